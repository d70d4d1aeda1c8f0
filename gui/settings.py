"""What the program remembers between two starts, as JSON in the user's settings folder.

The window's geometry is not among it; ``QSettings`` keeps that.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import appdirs

from engine.atomic import write_atomically

APP = "CascadeLab"
RECENT_FILES = 10

log = logging.getLogger(__name__)


def folder(kind: str) -> Path:
    """Return the person's folder for ``config``, ``data`` or ``log`` files.

    CASCADE_LAB_HOME overrides where they are.
    """
    if home := os.environ.get("CASCADE_LAB_HOME"):
        return Path(home) / kind
    where = {
        "config": appdirs.user_config_dir,
        "data": appdirs.user_data_dir,
        "log": appdirs.user_log_dir,
    }[kind]
    return Path(where(APP, appauthor=False))


@dataclass
class Settings:
    """Choices of the person, each with what a first start finds."""

    theme: str = "system"
    language: str = ""
    """One of gui.i18n.LANGUAGES; empty: that of the desktop."""

    zoom: float = 1.0
    speed: float = 600.0
    """As in gui.player.SPEEDS; 0 stands for "as fast as computed" (JSON has no infinity)."""

    recent_files: tuple[str, ...] = ()

    def add_recent(self, path: Path) -> None:
        """Put a file on top of the recent ones."""
        name = str(path.resolve())
        others = tuple(other for other in self.recent_files if other != name)
        self.recent_files = (name, *others)[:RECENT_FILES]

    def forget_recent(self, path: Path) -> None:
        """Take a file that is gone off the list."""
        name = str(path.resolve())
        self.recent_files = tuple(other for other in self.recent_files if other != name)


def settings_file() -> Path:
    """Return where the settings are kept."""
    return folder("config") / "settings.json"


def load() -> Settings:
    """Return the settings; defaults for whatever is missing, unknown or of another type.

    A file that can't be read as JSON is kept aside as ``settings.json.broken``.
    """
    file = settings_file()
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("not an object")
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, RecursionError) as error:
        log.warning("%s: %s; using defaults", file, error)
        _keep_aside(file)
        return Settings()
    settings = Settings()
    for field in fields(Settings):
        if field.name in content:
            default = getattr(settings, field.name)
            setattr(settings, field.name, _checked(content[field.name], default))
    return settings


def save(settings: Settings) -> None:
    """Write the settings; a disk that refuses them is no reason to disturb anybody."""
    file = settings_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, json.dumps(asdict(settings), indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        log.warning("%s: %s; settings not kept", file, error)


def _checked(value: Any, default: Any) -> Any:
    """Return ``value`` if it is of the default's type, else the default."""
    if isinstance(default, tuple):
        is_list = isinstance(value, list) and all(isinstance(entry, str) for entry in value)
        return tuple(value) if is_list else default
    if isinstance(default, float):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return float(value) if is_number and abs(value) < 1e12 else default
    return value if type(value) is type(default) else default


def _keep_aside(file: Path) -> None:
    try:
        file.replace(file.with_name(file.name + ".broken"))
    except OSError as error:
        log.warning("%s: %s", file, error)
