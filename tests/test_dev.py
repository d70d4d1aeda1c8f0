"""dev.py decides what to install and how to start; here it decides without doing it."""

import ast
import json
import re
import sys
from pathlib import Path

import pytest

import dev

SOURCE = Path(dev.__file__).read_text(encoding="utf-8")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project folder with two locks, and a finished environment without packages."""
    for name, value in {
        "ROOT": tmp_path,
        "VENV": tmp_path / ".venv",
        "PYTHON": tmp_path / ".venv" / "python",
        "STAMP": tmp_path / ".venv" / "installed.json",
        "RUN_LOCK": tmp_path / "requirements.txt",
        "CLUSTER_LOCK": tmp_path / "requirements-distributed.txt",
        "DEV_LOCK": tmp_path / "requirements-dev.txt",
        "BENCH_LOCK": tmp_path / "requirements-bench.txt",
        "BENCH_VENV": tmp_path / ".venv-bench",
    }.items():
        monkeypatch.setattr(dev, name, value)
    dev.RUN_LOCK.write_text("numpy==1\n")
    dev.CLUSTER_LOCK.write_text("numpy==1\ndistributed==1\n")
    dev.DEV_LOCK.write_text("numpy==1\npytest==1\n")
    return tmp_path


@pytest.fixture
def steps(project, monkeypatch):
    """What an environment is made of, written down instead of done."""
    done = []

    def make_environment():
        done.append("make")
        dev.VENV.mkdir(exist_ok=True)
        dev.PYTHON.touch()
        dev.STAMP.unlink(missing_ok=True)

    monkeypatch.setattr(dev, "make_environment", make_environment)
    monkeypatch.setattr(dev, "install", lambda lock: done.append(lock.name))
    return done


class TestPython:
    @pytest.mark.parametrize("version", [(3, 11), (3, 14), (4, 0)])
    def test_new_enough_is_let_in_without_a_word(self, version):
        assert dev.too_old(version) == ""

    def test_too_old_is_told_what_it_is_and_what_is_needed(self):
        message = dev.too_old((3, 10))
        assert "3.11 or newer" in message
        assert "this is Python 3.10" in message

    def test_a_python_from_2016_can_read_the_file_far_enough_to_say_so(self):
        ast.parse(SOURCE, feature_version=(3, 6))

    def test_only_the_standard_library_is_imported(self):
        nodes = [node for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, ast.Import)]
        names = {alias.name.split(".")[0] for node in nodes for alias in node.names}
        assert names
        assert names <= sys.stdlib_module_names

    def test_messages_can_be_printed_on_any_console(self):
        assert SOURCE.isascii()


class TestStamp:
    def test_a_fresh_folder_gets_an_environment_with_the_run_lock(self, steps):
        dev.provide_environment([dev.RUN_LOCK])
        assert steps == ["make", "requirements.txt"]

    def test_nothing_is_done_twice(self, steps):
        dev.provide_environment([dev.RUN_LOCK])
        dev.provide_environment([dev.RUN_LOCK])
        assert steps == ["make", "requirements.txt"]

    def test_tools_are_added_to_a_finished_environment(self, steps):
        dev.provide_environment([dev.RUN_LOCK])
        dev.provide_environment([dev.RUN_LOCK, dev.DEV_LOCK])
        assert steps == ["make", "requirements.txt", "requirements-dev.txt"]

    def test_what_a_cluster_takes_is_added_where_it_is_asked_for(self, steps, monkeypatch):
        monkeypatch.setattr(dev, "provide_system_packages", lambda: True)
        monkeypatch.setattr(dev, "environment_works", lambda: True)
        assert dev.main(["setup"]) == dev.main(["setup", "distributed"]) == dev.main(["setup"]) == 0
        assert steps == ["make", "requirements.txt", "requirements-distributed.txt"]

    def test_an_environment_with_tools_is_good_for_running_too(self, steps):
        dev.provide_environment([dev.RUN_LOCK, dev.DEV_LOCK])
        dev.provide_environment([dev.RUN_LOCK])
        assert steps == ["make", "requirements-dev.txt"]

    def test_a_changed_lock_makes_it_anew(self, steps):
        dev.provide_environment([dev.RUN_LOCK])
        dev.RUN_LOCK.write_text("numpy==2\n")
        dev.provide_environment([dev.RUN_LOCK])
        assert steps == ["make", "requirements.txt"] * 2

    def test_another_python_makes_it_anew(self, steps, monkeypatch):
        dev.provide_environment([dev.RUN_LOCK])
        monkeypatch.setattr(sys, "version", "3.99.0 (another)")
        dev.provide_environment([dev.RUN_LOCK])
        assert steps == ["make", "requirements.txt"] * 2

    def test_a_python_that_went_away_makes_it_anew(self, steps):
        dev.provide_environment([dev.RUN_LOCK])
        dev.PYTHON.unlink()
        dev.provide_environment([dev.RUN_LOCK])
        assert steps == ["make", "requirements.txt"] * 2

    @pytest.mark.parametrize("content", ["", "{", "[1, 2]", '{"python": "3.6"}'])
    def test_an_unreadable_or_foreign_stamp_makes_it_anew(self, steps, content):
        dev.provide_environment([dev.RUN_LOCK])
        dev.STAMP.write_text(content)
        dev.provide_environment([dev.RUN_LOCK])
        assert steps == ["make", "requirements.txt"] * 2

    @pytest.mark.parametrize("before", [[], ["RUN_LOCK"]])
    def test_an_interrupted_installation_leaves_no_stamp(self, steps, monkeypatch, before):
        if before:
            dev.provide_environment([getattr(dev, name) for name in before])

        def interrupted(lock):
            raise KeyboardInterrupt

        monkeypatch.setattr(dev, "install", interrupted)
        with pytest.raises(KeyboardInterrupt):
            dev.provide_environment([dev.RUN_LOCK, dev.DEV_LOCK])
        assert dev.stamped() == {}

    def test_the_stamp_says_which_locks_by_their_content(self, steps):
        dev.provide_environment([dev.RUN_LOCK])
        stamp = json.loads(dev.STAMP.read_text())
        assert set(stamp) == {"python", "requirements.txt"}
        assert re.fullmatch("[0-9a-f]{64}", stamp["requirements.txt"])


class TestSystem:
    def test_a_complete_system_needs_nothing(self):
        everything = {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}
        assert dev.missing_packages(everything, lambda _: True, lambda _: True) == []

    def test_only_what_is_missing_is_named(self):
        missing = dev.missing_packages(
            {}, lambda library: library != "libEGL.so.1", lambda language: language != "zh-cn"
        )
        assert missing == ["libegl1", "fonts-wqy-microhei"]

    def test_what_a_window_needs_is_asked_for_only_where_a_window_can_open(self):
        without = dev.missing_packages({}, lambda _: False, lambda _: True)
        on_x11 = dev.missing_packages({"DISPLAY": ":0"}, lambda _: False, lambda _: True)
        assert "libgl1" in without
        assert "libxcb-cursor0" not in without
        assert set(without) < set(on_x11)
        assert "libxcb-cursor0" in on_x11

    def test_a_library_nobody_has_does_not_load(self):
        assert not dev.loads("libno-such-thing.so.1")

    def test_root_installs_directly_and_others_by_sudo(self):
        update, install = dev.apt_commands(["libgl1"], [])
        assert update == ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "update"]
        assert install[2:] == ["apt-get", "install", "-y", "--no-install-recommends", "libgl1"]
        assert dev.apt_commands(["libgl1"], ["sudo", "-n"])[1][:3] == ["sudo", "-n", "env"]

    def test_the_advice_is_a_command_that_can_be_copied(self):
        lines = dev.advice(["libgl1", "libegl1"], has_apt=True).splitlines()
        assert lines[-1].strip() == (
            "sudo apt-get update && sudo apt-get install -y --no-install-recommends libgl1 libegl1"
        )

    def test_without_apt_the_packages_are_named_and_no_command_is_pretended(self):
        advice = dev.advice(["libgl1"], has_apt=False)
        assert "libgl1" in advice
        assert "apt-get" not in advice

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems bring these libraries")
    def test_every_library_qt_was_linked_with_is_in_the_table(self):
        import PySide6

        folder = Path(PySide6.__file__).parent / "Qt" / "lib"
        linked = set()
        for name in ["Core", "Gui", "Widgets", "OpenGL", "DBus", "XcbQpa", "WaylandClient"]:
            content = (folder / f"libQt6{name}.so.6").read_bytes()
            linked |= set(re.findall(rb"\0(lib[\w+.-]+?\.so\.\d+)(?=\0)", content))
        brought_along = {path.name for path in folder.iterdir()}
        part_of_debian = {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6"}
        part_of_debian |= {"libz.so.1", "libzstd.so.1", "libgthread-2.0.so.0"}
        in_the_table = {library for group in dev.LIBRARIES.values() for library in group}
        names = {name.decode() for name in linked}
        assert "libxcb-cursor.so.0" in names
        assert names - brought_along - part_of_debian - in_the_table == set()


class TestDisplay:
    @pytest.mark.parametrize(
        ("platform", "environ", "expected"),
        [
            ("linux", {}, False),
            ("linux", {"DISPLAY": ""}, False),
            ("linux", {"DISPLAY": ":0"}, True),
            ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
            ("linux", {"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, False),
            ("linux", {"DISPLAY": ":0", "QT_QPA_PLATFORM": "xcb"}, True),
            ("darwin", {}, True),
            ("win32", {}, True),
            ("win32", {"QT_QPA_PLATFORM": "offscreen"}, False),
        ],
    )
    def test_a_window_is_opened_only_where_it_can_be_seen(self, platform, environ, expected):
        assert dev.has_display(platform, environ) is expected


class TestRun:
    @pytest.fixture
    def calls(self, project, monkeypatch):
        """Each command run would start, with the platform Qt would be told to use."""
        made = []

        def call(command, folder=None, **environ):
            made.append((*command[2:], environ.get("QT_QPA_PLATFORM", "")))
            return 0

        monkeypatch.setattr(dev, "call", call)
        monkeypatch.setattr(dev, "provide_system_packages", lambda: True)
        monkeypatch.setattr(dev, "provide_environment", lambda locks: None)
        monkeypatch.setattr(dev, "has_display", lambda platform, environ: False)
        return made

    def test_with_a_display_the_arguments_go_to_the_program(self, calls, monkeypatch):
        monkeypatch.setattr(dev, "has_display", lambda platform, environ: True)
        assert dev.main(["run", "my.cascade"]) == 0
        assert calls == [("my.cascade", "")]

    def test_without_one_october_is_played_into_a_folder_that_is_named(
        self, calls, project, capsys
    ):
        folder = project / "out" / "october-2025"
        folder.mkdir(parents=True)
        (folder / "summary.json").touch()
        assert dev.main(["run"]) == 0
        (played, pictured) = calls
        assert played == ("run", str(dev.OCTOBER), "--out", str(folder), "offscreen")
        assert pictured == ("--pictures", str(folder), str(dev.OCTOBER), "offscreen")
        printed = capsys.readouterr().out
        assert "no display" in printed
        assert str(folder) in printed
        assert "summary.json" in printed

    @pytest.mark.parametrize(
        "arguments", [["run", "my.cascade", "--out", "there"], ["--version"], ["--smoke", "there"]]
    )
    def test_what_wants_no_window_is_passed_on_as_it_is(self, calls, arguments):
        assert dev.main(["run", *arguments]) == 0
        assert calls == [(*arguments, "offscreen")]

    def test_the_first_failure_ends_it_and_is_passed_on(self, project, calls, monkeypatch):
        monkeypatch.setattr(dev, "call", lambda command, **_: calls.append(command) or 3)
        assert dev.main(["run"]) == 3
        assert len(calls) == 1


class TestCommands:
    def test_every_command_is_explained(self):
        for name in dev.COMMANDS:
            assert f"dev.py {name}" in dev.__doc__

    @pytest.mark.parametrize(
        ("arguments", "code"), [([], 2), (["dance"], 2), (["setup", "now"], 2), (["--help"], 0)]
    )
    def test_anything_else_is_answered_with_the_explanation(self, arguments, code, capsys):
        assert dev.main(arguments) == code
        assert "dev.py setup" in capsys.readouterr().out

    def test_every_check_runs_even_if_the_first_fails(self, monkeypatch, capsys):
        made = []

        def call(command, **_):
            made.append(command[2:])
            return 1 if "ruff" in command else 0

        monkeypatch.setattr(dev, "call", call)
        monkeypatch.setattr(dev, "provide_system_packages", lambda: True)
        monkeypatch.setattr(dev, "provide_environment", lambda locks: None)
        assert dev.main(["test", "-k", "engine"]) == 1
        assert [command[0] for command in made] == ["ruff", "ruff", "mypy", "pytest"]
        assert made[-1] == ["pytest", "-k", "engine"]
        summary = capsys.readouterr().out
        assert summary.count("FAILED") == 2
        assert summary.count("passed") == 2

    def test_a_signal_becomes_the_exit_code_the_shells_give_it(self, tmp_path):
        code = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
        expected = 15 if sys.platform == "win32" else 128 + 15
        assert dev.call([sys.executable, "-c", code], tmp_path) == expected


class TestBench:
    @pytest.fixture
    def attempts(self, project, monkeypatch):
        """What is installed for comparison, written down instead of done."""
        done = []
        dev.BENCH_LOCK.write_text("mesa==3\n")
        monkeypatch.setattr(dev, "call", lambda command: dev.BENCH_VENV.mkdir(exist_ok=True) or 0)
        monkeypatch.setattr(dev, "install", lambda lock, python: done.append((lock.name, python)))
        return done

    def test_what_the_engine_is_compared_with_is_installed_once_in_its_own_environment(
        self, attempts
    ):
        python = dev.BENCH_VENV / "python"
        assert [dev.others_python(), dev.others_python()] == [python, python]
        assert attempts == [("requirements-bench.txt", python)]

    def test_it_is_installed_anew_when_its_lock_changes(self, attempts):
        dev.others_python()
        dev.BENCH_LOCK.write_text("mesa==4\n")
        dev.others_python()
        assert len(attempts) == 2

    def test_where_it_cannot_be_installed_the_rest_is_measured_without_it(
        self, attempts, monkeypatch, capsys
    ):
        def refuse(lock, python):
            raise dev.SetupError("no wheels")

        monkeypatch.setattr(dev, "install", refuse)
        assert dev.others_python() is None
        assert "no wheels" in capsys.readouterr().out
        assert not (dev.BENCH_VENV / "installed.json").exists()
