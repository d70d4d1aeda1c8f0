#!/usr/bin/env python3
"""Set up, run, test and build Cascade Lab. Needs nothing but Python itself.

    python3 dev.py setup            make .venv and install what requirements.txt names;
                                    setup distributed: also what computing on a cluster takes
    python3 dev.py run [FILE ...]   open the program; without a display, play into out/
    python3 dev.py test [ARGS ...]  lint, format, types and tests; ARGS go to pytest
    python3 dev.py build            freeze the program into dist/ and smoke-test it
    python3 dev.py bench [--quick]  measure the engine's speed; prints one table
    python3 dev.py lock             choose versions anew from pyproject.toml

Every command first does whatever set-up is missing.
"""

import ctypes
import hashlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path


def too_old(version: "tuple[int, int]") -> str:
    """What to tell someone whose Python cannot run the program; empty if it can."""
    if version >= (3, 11):
        return ""
    return (
        "Cascade Lab needs Python 3.11 or newer, and this is Python {}.{}.\n"
        "Install a newer one and start this again with it, for example: python3.12 dev.py run"
    ).format(*version)


# Stands before everything only newer Pythons understand. To say its sentence, an old Python must
# be able to parse the whole file, so the syntax here stays within Python 3.6 (a test checks it).
if too_old(sys.version_info[:2]):
    sys.exit(too_old(sys.version_info[:2]))

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "installed.json"
RUN_LOCK = ROOT / "requirements.txt"
CLUSTER_LOCK = ROOT / "requirements-distributed.txt"  # ... and what it takes to use a cluster
DEV_LOCK = ROOT / "requirements-dev.txt"  # ... and the tools
BENCH_LOCK = ROOT / "requirements-bench.txt"  # what the engine is compared with, on its own
BENCH_VENV = ROOT / ".venv-bench"
UV_VERSION = "0.13.9"

OCTOBER = ROOT / "assets" / "scenarios" / "october-2025.cascade"
FROZEN = ROOT / "dist" / "CascadeLab" / ("CascadeLab.exe" if os.name == "nt" else "CascadeLab")
SMOKE_SECONDS = 180.0  # a window that hangs must not hang a build

# What Qt's wheels expect of a Linux system: the file it loads, and Debian's package that holds it.
# By the environment variable that says it is needed; "" is always.
LIBRARIES = {
    "": {
        "libGL.so.1": "libgl1",
        "libEGL.so.1": "libegl1",
        "libX11.so.6": "libx11-6",
        "libxkbcommon.so.0": "libxkbcommon0",
        "libfontconfig.so.1": "libfontconfig1",
        "libfreetype.so.6": "libfreetype6",
        "libdbus-1.so.3": "libdbus-1-3",
        "libglib-2.0.so.0": "libglib2.0-0",
    },
    "DISPLAY": {
        "libX11-xcb.so.1": "libx11-xcb1",
        "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
        "libxcb.so.1": "libxcb1",
        "libxcb-cursor.so.0": "libxcb-cursor0",
        "libxcb-icccm.so.4": "libxcb-icccm4",
        "libxcb-image.so.0": "libxcb-image0",
        "libxcb-keysyms.so.1": "libxcb-keysyms1",
        "libxcb-randr.so.0": "libxcb-randr0",
        "libxcb-render.so.0": "libxcb-render0",
        "libxcb-render-util.so.0": "libxcb-render-util0",
        "libxcb-shape.so.0": "libxcb-shape0",
        "libxcb-shm.so.0": "libxcb-shm0",
        "libxcb-sync.so.1": "libxcb-sync1",
        "libxcb-util.so.1": "libxcb-util1",
        "libxcb-xfixes.so.0": "libxcb-xfixes0",
        "libxcb-xkb.so.1": "libxcb-xkb1",
    },
    "WAYLAND_DISPLAY": {
        "libwayland-client.so.0": "libwayland-client0",
        "libwayland-cursor.so.0": "libwayland-cursor0",
    },
}
FONTS = {"en": "fonts-dejavu-core", "zh-cn": "fonts-wqy-microhei"}


class SetupError(Exception):
    """Something the reader has to mend before this can go on; the text says what."""


# ---------------------------------------------------------------- what the system lacks


def has_display(platform: str, environ: Mapping[str, str]) -> bool:
    """Whether a window opened now could be seen."""
    if environ.get("QT_QPA_PLATFORM", "").split(":")[0] in ("offscreen", "minimal"):
        return False
    if platform != "linux":
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def loads(library: str) -> bool:
    """Whether the system's loader finds a library: the question Qt itself will ask."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_font(language: str) -> bool:
    """Whether fontconfig, which Qt asks too, knows a font with this language's letters."""
    try:
        fontconfig = ctypes.CDLL("libfontconfig.so.1")
    except OSError:
        return False
    fontconfig.FcNameParse.restype = ctypes.c_void_p
    fontconfig.FcObjectSetCreate.restype = ctypes.c_void_p
    fontconfig.FcFontList.restype = ctypes.POINTER(ctypes.c_int)  # a set begins with its length
    pattern = ctypes.c_void_p(fontconfig.FcNameParse(":lang={}".format(language).encode()))
    properties = ctypes.c_void_p(fontconfig.FcObjectSetCreate())
    fonts = fontconfig.FcFontList(None, pattern, properties)
    return bool(fonts) and fonts[0] > 0


def missing_packages(
    environ: Mapping[str, str],
    loads: Callable[[str], bool] = loads,
    has_font: Callable[[str], bool] = has_font,
) -> list[str]:
    """Debian's names for the libraries and fonts this Linux system does not have yet."""
    needed = [group for name, group in LIBRARIES.items() if not name or environ.get(name)]
    return [
        package for group in needed for library, package in group.items() if not loads(library)
    ] + [package for language, package in FONTS.items() if not has_font(language)]


def venv_package() -> list[str]:
    """Debian splits the part of Python that makes environments off into a package of its own."""
    importlib.invalidate_caches()  # it may have been installed a moment ago
    if importlib.util.find_spec("ensurepip"):
        return []
    return ["python{}.{}-venv".format(*sys.version_info)]


def build_packages() -> list[str]:
    """What PyInstaller needs of a Linux system: a disassembler, and Python as a library."""
    python = "libpython{}.{}".format(*sys.version_info)
    needed = {
        "binutils": shutil.which("objdump") is not None,
        python: loads(python + ".so.1.0"),
    }
    return [package for package, there in needed.items() if not there]


def apt_commands(packages: list[str], as_root: list[str]) -> list[list[str]]:
    """The two commands that install Debian packages; `as_root` is what makes a command root's."""
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    return [
        [*apt, "update"],
        [*apt, "install", "-y", "--no-install-recommends", *packages],
    ]


def advice(packages: list[str], has_apt: bool) -> str:
    """What to do about missing packages where this script may not or cannot install them."""
    names = " ".join(packages)
    reason = (
        "This system lacks parts that Python or Qt need, and they can't be installed from here.\n"
        "Without the libraries nothing can be drawn, without the fonts text shows as boxes.\n"
    )
    if has_apt:
        apt_install = "apt-get install -y --no-install-recommends " + names
        return reason + "Please run:\n    sudo apt-get update && sudo " + apt_install
    return reason + "Please install what Debian calls:\n    " + names


def way_to_root() -> "list[str] | None":
    """What makes a command root's without a question being asked; None if nothing does."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and call_silently(["sudo", "-n", "true"]) == 0:
        return ["sudo", "-n"]
    return None


def provide_system_packages(for_building: bool = False) -> bool:
    """Install what a Linux system lacks, or say what to do; whether nothing is missing now."""
    if sys.platform != "linux":
        return True
    if for_building:  # the frozen program takes along what it needs for every kind of display
        packages = build_packages() + missing_packages(dict.fromkeys(LIBRARIES, "any"))
    else:
        packages = missing_packages(os.environ)
    packages += venv_package()
    if not packages:
        return True
    has_apt = shutil.which("apt-get") is not None
    as_root = way_to_root() if has_apt else None
    if as_root is not None:
        say("Installing what Python and Qt need of the system: " + " ".join(packages))
        apt_update, apt_install = apt_commands(packages, as_root)
        call_silently(apt_update)  # may fail for a source that has nothing to do with these
        if call_silently(apt_install) == 0:
            return True
    say(advice(packages, has_apt))
    return False


# ---------------------------------------------------------------- the environment


def fingerprint(locks: list[Path]) -> dict[str, str]:
    """What an environment with these locks installed by this Python would be stamped with."""
    stamp = {lock.name: hashlib.sha256(lock.read_bytes()).hexdigest() for lock in locks}
    return dict(stamp, python=sys.version)


def stamped() -> dict[str, str]:
    """What the environment says about itself; nothing if it is missing or half made."""
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8"))) if PYTHON.exists() else {}
    except (OSError, TypeError, ValueError):
        return {}


def holds(stamp: dict[str, str], locks: list[Path]) -> bool:
    """Whether an environment with this stamp has these locks installed, for this Python."""
    return fingerprint(locks).items() <= stamp.items()


def provide_environment(locks: list[Path]) -> None:
    """Make .venv hold exactly what the locks say; do nothing if it does already.

    The stamp goes first and comes back last, so that an interrupted installation has none and is
    begun anew. Only the tools are added to a finished environment; any other change starts afresh,
    because packages left over from an older lock are the hardest faults to find.
    """
    stamp = stamped()
    if holds(stamp, locks):
        return
    started = time.monotonic()
    if holds(stamp, [RUN_LOCK]):
        STAMP.unlink()
    else:
        make_environment()
    install(locks[-1])
    STAMP.write_text(json.dumps(fingerprint(locks), indent=1), encoding="utf-8")
    say("Installed in {:.0f} s.".format(time.monotonic() - started))


def make_environment() -> None:
    """Put an empty .venv in the place of whatever is there."""
    if Path(sys.prefix).resolve() == VENV.resolve():
        raise SetupError(
            "The environment has to be made anew, which cannot be done from inside it.\n"
            "Start this with the system's own Python: python3 dev.py setup"
        )
    if venv_package():
        raise SetupError("This Python cannot make environments; what it lacks is named above.")
    say("Making .venv with Python {}.{}.{} ...".format(*sys.version_info))
    if call([sys.executable, "-m", "venv", "--clear", str(VENV)]) != 0:
        raise SetupError("Python could not make the environment; it says why above.")


def install(lock: Path, python: Path = PYTHON) -> None:
    """Install the packages a lock names: these versions, with these hashes, and no others."""
    say("Installing the packages that {} names ...".format(lock.name))
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    exactly = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", lock.name]
    briefly = [] if sys.stdout.isatty() else ["--quiet"]  # no progress bars into a log
    if call([*pip, *exactly, *briefly]) != 0:
        raise SetupError(
            "The packages could not be installed; pip says why above. If it is the network,\n"
            "start the same command again: what was downloaded is kept. If a version cannot be\n"
            "found, this system may be too old for Qt: docs/decisions/0001-dependencies.md."
        )


def environment_works() -> bool:
    """Whether the installed packages can be imported; if not, Python says why."""
    packages = "PySide6.QtWidgets, PySide6.QtOpenGLWidgets, pyqtgraph, numpy, pydantic, appdirs"
    return call([str(PYTHON), "-c", "import " + packages], QT_QPA_PLATFORM="offscreen") == 0


# ---------------------------------------------------------------- commands


def setup(*extras: str) -> int:
    """Make everything ready for `run`, also after something in .venv was damaged."""
    locks = [RUN_LOCK, *([CLUSTER_LOCK] if extras else [])]
    complete = provide_system_packages()
    provide_environment(locks)
    if not environment_works():
        if not complete:
            raise SetupError("The program cannot start without the parts named above.")
        say("The environment is damaged; making it anew.")
        STAMP.unlink()
        provide_environment(locks)
        if not environment_works():
            raise SetupError("The program's packages do not start here; Python says why above.")
    say("Ready. Next: python3 dev.py run" if complete else "Ready but for the parts named above.")
    return 0


def run(*arguments: str) -> int:
    """Open the program, or play without a window where there is no display."""
    provide_system_packages()
    provide_environment([RUN_LOCK])
    if has_display(sys.platform, os.environ):
        return call_program(*arguments)
    if all(argument.endswith(".cascade") or Path(argument).is_file() for argument in arguments):
        return play_without_window(*arguments)
    return call_program(*arguments)  # options and commands that want no window anyway


def play_without_window(*scenarios: str) -> int:
    """Figures and pictures of each scenario, in a folder, instead of a window."""
    say("There is no display here, so the scenario is played into a folder, without a window.")
    for scenario in scenarios or [str(OCTOBER)]:
        folder = ROOT / "out" / Path(scenario).stem
        code = call_program("run", scenario, "--out", str(folder))
        code = code or call_program("--pictures", str(folder), scenario)
        if code != 0:
            return code
        say("Figures and pictures are in {}".format(folder))
        for path in sorted(folder.iterdir()):
            say("  " + path.name)
    return 0


def call_program(*arguments: str) -> int:
    """Run main.py from the folder the reader is in, so that file names mean what they say."""
    environ = {} if has_display(sys.platform, os.environ) else {"QT_QPA_PLATFORM": "offscreen"}
    return call([str(PYTHON), str(ROOT / "main.py"), *arguments], folder=Path.cwd(), **environ)


def test(*arguments: str) -> int:
    """Run every check, also after one has failed, and sum up."""
    provide_system_packages()
    provide_environment([RUN_LOCK, DEV_LOCK])
    checks = {
        "ruff check": ["ruff", "check", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "mypy": ["mypy", "--no-incremental"],  # its cache remembers modules as missing that came
        "pytest": ["pytest", *arguments],
    }
    results = {}
    for name, command in checks.items():
        say(name)
        started = time.monotonic()
        code = call([str(PYTHON), "-m", *command], QT_QPA_PLATFORM="offscreen")
        results[name] = (code, time.monotonic() - started)
    say("In short:")
    for name, (code, seconds) in results.items():
        verdict = "FAILED ({})".format(code) if code else "passed"
        say("  {:<11}  {:<12} {:6.1f} s".format(name, verdict, seconds))
    return next((code for code, _ in results.values() if code), 0)


def build() -> int:
    """Freeze the program into dist/ and see whether the frozen one starts."""
    provide_system_packages(for_building=True)
    provide_environment([RUN_LOCK, DEV_LOCK])
    freeze = ["PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN", "build.spec"]
    return call([str(PYTHON), "-m", *freeze]) or smoke_test_frozen()


def smoke_test_frozen() -> int:
    """Start the frozen program, away from the user's settings: it must work in silence."""
    with tempfile.TemporaryDirectory() as folder:
        private = dict.fromkeys(["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "APPDATA"], folder)
        result = subprocess.run(
            [str(FROZEN), "--smoke", folder],
            env=dict(os.environ, QT_QPA_PLATFORM="offscreen", **private),
            stderr=subprocess.PIPE,
            timeout=SMOKE_SECONDS,
            check=False,
        )
        has_picture = any(Path(folder).glob("*.png"))
    complaint = result.stderr.decode(errors="replace").strip()
    if result.returncode == 0 and not complaint and has_picture:
        say("The frozen program works: {}".format(FROZEN.parent))
        return 0
    say("The frozen program does not work: exit code {}.".format(result.returncode))
    say(complaint or "It said nothing on stderr.")
    return result.returncode or 1


def bench(*arguments: str) -> int:
    """Measure the engine's speed, against Mesa and mesa-frames too if they can be installed."""
    provide_environment([RUN_LOCK])
    others = others_python()
    named = ["--others", str(others)] if others else []
    return call([str(PYTHON), str(ROOT / "tests" / "bench" / "table.py"), *named, *arguments])


def others_python() -> "Path | None":
    """The Python that has what the engine is compared with; None if that can't be installed."""
    python, stamp = BENCH_VENV / PYTHON.relative_to(VENV), BENCH_VENV / STAMP.name
    installed = json.dumps(fingerprint([BENCH_LOCK]))
    if stamp.exists() and stamp.read_text(encoding="utf-8") == installed:
        return python
    try:
        if call([sys.executable, "-m", "venv", "--clear", str(BENCH_VENV)]) != 0:
            raise SetupError("Python could not make an environment for them; it says why above.")
        install(BENCH_LOCK, python)
    except SetupError as error:
        say("{}\nMeasuring without Mesa and mesa-frames.".format(error))
        return None
    stamp.write_text(installed, encoding="utf-8")
    return python


def lock() -> int:
    """Write the lock files anew from pyproject.toml, for every platform and Python at once."""
    with tempfile.TemporaryDirectory() as folder:
        tool = [str(Path(folder) / PYTHON.relative_to(VENV)), "-m"]
        resolve = [*tool, "uv", "pip", "compile", "--quiet", "--upgrade"]
        resolve += ["--universal", "--python-version", "3.11", "--only-binary", ":all:"]
        resolve += ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"]
        resolve += ["--custom-compile-command", "python3 dev.py lock"]
        project = "pyproject.toml"
        cluster = [*resolve, project, "--extra", "distributed"]
        steps = [
            [sys.executable, "-m", "venv", folder],
            [*tool, "pip", "install", "--quiet", "uv==" + UV_VERSION],
            [*resolve, project, "-o", RUN_LOCK.name],
            [*cluster, "-c", RUN_LOCK.name, "-o", CLUSTER_LOCK.name],
            [*cluster, "--group", "dev", "-c", CLUSTER_LOCK.name, "-o", DEV_LOCK.name],
            [*resolve, "--group", "bench", "-o", BENCH_LOCK.name],
        ]
        return next((code for code in map(call, steps) if code), 0)


COMMANDS: dict[str, Callable[..., int]] = {
    "setup": setup,
    "run": run,
    "test": test,
    "build": build,
    "bench": bench,
    "lock": lock,
}
TAKES_ARGUMENTS = ("run", "test", "bench")
EXTRAS = ["distributed"]


# ---------------------------------------------------------------- talking and calling


def say(text: str) -> None:
    """Print a message of this script's own, told apart from what the tools print."""
    print("dev: " + text.replace("\n", "\n     "), flush=True)


def call(command: list[str], folder: Path = ROOT, **environ: str) -> int:
    """Run a command, showing what it prints; its exit code."""
    result = subprocess.run(command, cwd=folder, env=dict(os.environ, **environ), check=False)
    code = result.returncode
    return code if code >= 0 else 128 - code  # ended by a signal: the shells' convention


def call_silently(command: list[str]) -> int:
    """Run a command whose output interests nobody; its exit code."""
    nowhere = subprocess.DEVNULL
    result = subprocess.run(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, check=False)
    return result.returncode


def main(arguments: list[str]) -> int:
    """Carry out one command; the exit code."""
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    may_take = EXTRAS if name == "setup" else rest if name in TAKES_ARGUMENTS else []
    if name not in COMMANDS or not set(rest) <= set(may_take):
        print(__doc__)
        return 0 if name in ("-h", "--help") else 2
    try:
        return COMMANDS[name](*rest)
    except (SetupError, subprocess.TimeoutExpired) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a folder's name may hold letters a console lacks
    sys.exit(main(sys.argv[1:]))
