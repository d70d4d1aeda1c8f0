import json
from pathlib import Path

import pytest

from gui import VERSION
from gui import settings as kept
from gui.settings import RECENT_FILES, Settings


def write(text):
    file = kept.settings_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_a_first_start_finds_defaults():
    assert kept.load() == Settings()


def test_what_is_saved_is_loaded():
    settings = Settings("light", "zh_CN", 1.25, 0.0, ("/a/b.cascade",))
    kept.save(settings)
    assert kept.load() == settings


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, '{"zoom": 1e999'])
def test_a_broken_file_is_kept_aside(text):
    file = write(text)
    assert kept.load() == Settings()
    assert not file.exists()
    assert file.with_name("settings.json.broken").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "content",
    [
        {"theme": 3, "zoom": "large", "recent_files": "one", "language": None},
        {"recent_files": [1, 2]},
        {"zoom": True, "speed": None},
        {"zoom": 1e300, "unknown": {}},
    ],
)
def test_values_of_another_type_are_defaults(content):
    write(json.dumps(content))
    assert kept.load() == Settings()


def test_one_bad_value_does_not_take_the_good_ones_along():
    write(json.dumps({"theme": "light", "zoom": []}))
    assert kept.load() == Settings(theme="light")


def test_a_folder_that_cannot_be_written_disturbs_nobody(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("CASCADE_LAB_HOME", str(tmp_path / "file"))
    kept.save(Settings(theme="light"))
    assert kept.load() == Settings()


def test_recent_files_are_few_and_each_is_there_once(tmp_path):
    settings = Settings()
    for i in range(RECENT_FILES + 3):
        settings.add_recent(tmp_path / f"{i}.cascade")
    settings.add_recent(tmp_path / "7.cascade")
    names = [Path(name).stem for name in settings.recent_files]
    assert names == ["7", "12", "11", "10", "9", "8", "6", "5", "4", "3"]


def test_the_version_is_that_of_the_project():
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["version"] == VERSION
