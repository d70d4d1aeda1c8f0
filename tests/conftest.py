"""What every test relies on: no screen, nobody's own settings, the same outcome every time."""

import atexit
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import settings

# All of this stands before anything imports Qt, appdirs or the program, which read it only once.
HOME = Path(tempfile.mkdtemp(prefix="cascade-lab-tests-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ.update(
    QT_QPA_PLATFORM="offscreen",
    LC_ALL="C.UTF-8",
    TZ="UTC",
    HOME=str(HOME),
    XDG_CONFIG_HOME=str(HOME / "config"),
    XDG_DATA_HOME=str(HOME / "data"),
    XDG_CACHE_HOME=str(HOME / "cache"),
    XDG_STATE_HOME=str(HOME / "state"),
)
if sys.platform == "win32":
    import appdirs

    # Windows is asked for its folders by a call, not by the environment.
    appdirs._get_win_folder = lambda name: str(HOME / name)
else:
    time.tzset()

# `pytest --hypothesis-profile=search` looks further, and somewhere else each time.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True, database=None)
settings.register_profile("search", deadline=None, max_examples=2_000, print_blob=True)
settings.load_profile("ci")


@pytest.fixture(scope="session", autouse=True)
def _numbers_as_in_c():
    """Decimal points and no thousands separators, whatever country the tests run in."""
    from PySide6.QtCore import QLocale

    QLocale.setDefault(QLocale.c())
