"""The program as a process: what it prints, writes and returns."""

import os
import subprocess
import sys
from pathlib import Path

import made_up
import pytest

from engine import scenario_file
from engine.scenario import Clock

ROOT = Path(__file__).parents[2]
PNG = b"\x89PNG"


def run_program(tmp_path, *arguments):
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "CASCADE_LAB_HOME": str(tmp_path / "home"),
    }
    return subprocess.run(
        [sys.executable, ROOT / "main.py", *map(str, arguments)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False,
        encoding="utf-8",
    )  # fmt: skip


@pytest.fixture
def small(tmp_path):
    """A scenario that the engine computes in no time."""
    scenario = made_up.scenario(clock=Clock(duration_min=2_760))
    path = tmp_path / "small.cascade"
    scenario_file.save(scenario, path)
    return path


def test_the_smoke_test_leaves_a_picture(tmp_path):
    done = run_program(tmp_path, "--smoke", "out/deep")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out" / "deep" / "window.png").read_bytes()[:4] == PNG


def test_pictures_of_a_few_moments(tmp_path, small):
    done = run_program(tmp_path, "--pictures", "album", small)
    assert (done.returncode, done.stderr) == (0, "")
    names = sorted(path.name for path in (tmp_path / "album").iterdir())
    assert names == ["1-before.png", "2-storm.png", "3-after.png", "4-end.png"]
    pictures = {(tmp_path / "album" / name).read_bytes() for name in names}
    assert len(pictures) == 4
    for picture in pictures:
        width, height = (int.from_bytes(picture[at : at + 4]) for at in (16, 20))
        assert (width, height) == (1920, 1080)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--pictures", "album", "missing.cascade"],
        ["--pictures", "album", "bad.cascade"],
        ["--nonsense"],
        ["one.cascade", "two.cascade"],
        ["--smoke", "out", "small.cascade"],
        ["--smoke", "bad.cascade"],
        ["--smoke"],
        ["run", "bad.cascade", "--out", "out"],
        ["frobnicate"],
    ],
)
def test_bad_arguments_and_files_get_one_line_and_two(tmp_path, arguments):
    (tmp_path / "bad.cascade").write_text("{}", encoding="utf-8")
    done = run_program(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_without_a_window_loads_no_qt(tmp_path, small):
    blocker = tmp_path / "PySide6"
    blocker.mkdir()
    (blocker / "__init__.py").write_text("raise SystemExit('Qt was loaded')", encoding="utf-8")
    script = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]; import main; "
        f"sys.exit(main.main(['run', {str(small)!r}, '--out', 'out', '--set', "
        "'crowd.accounts=500']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "summary.json").exists()


def test_the_version_is_printed(tmp_path):
    done = run_program(tmp_path, "--version")
    assert done.returncode == 0
    assert "Cascade Lab" in done.stdout + done.stderr


LOOK_AND_QUIT = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication, QMessageBox
sys.path.insert(0, {root!r})
import main
from gui import app

class Window(app.MainWindow):
    def fill(self):
        super().fill()
        QTimer.singleShot(0, self.look)
    def look(self):
        for box in self.findChildren(QMessageBox):
            print(box.text(), box.informativeText(), sep="|")
        print(self.document.scenario.name, self.isVisible())
        self.document.change("Something to undo", "crowd.long_share", 0.8)
        self.document.undo_stack.setClean()
        for file in {double_clicked!r}:
            QApplication.sendEvent(QApplication.instance(), QFileOpenEvent(file))
            print(self.document.title)
        self.close()

app.MainWindow = Window
sys.exit(main.main({arguments!r}))
"""


def look_and_quit(tmp_path, *arguments, double_clicked=()):
    script = LOOK_AND_QUIT.format(
        root=str(ROOT),
        arguments=list(map(str, arguments)),
        double_clicked=list(map(str, double_clicked)),
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False, encoding="utf-8",
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen",
             "CASCADE_LAB_HOME": str(tmp_path / "home")},
    )  # fmt: skip


def test_a_file_on_the_command_line_is_opened(tmp_path, small):
    done = look_and_quit(tmp_path, small)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Made up True\n"


def test_a_file_double_clicked_on_a_mac_is_opened_in_the_window(tmp_path, small):
    done = look_and_quit(tmp_path, double_clicked=[small])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "October 2025 True\nsmall\n"


def test_an_unreadable_file_is_told_and_october_opens_instead(tmp_path):
    (tmp_path / "bad.cascade").write_text("{}", encoding="utf-8")
    done = look_and_quit(tmp_path, "bad.cascade")
    assert done.returncode == 0, done.stderr
    told, opened = done.stdout.splitlines()
    assert "bad.cascade" in told
    assert "October 2025 scenario was opened instead" in told
    assert opened == "October 2025 True"


def test_a_crash_of_the_interpreter_and_warnings_have_a_file(tmp_path, small):
    look_and_quit(tmp_path, small)
    assert (tmp_path / "home" / "log" / "crash.log").exists()
