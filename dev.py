#!/usr/bin/env python3
"""Set up, run, test and build Cascade Lab. Needs nothing but Python itself.

    python3 dev.py setup            make .venv and install what requirements.txt names
    python3 dev.py run [FILE ...]   open the program; without a display, play into out/
    python3 dev.py test [ARGS ...]  lint, format, types and tests; ARGS go to pytest
    python3 dev.py build            freeze the program into dist/ and smoke-test it
    python3 dev.py lock             choose versions anew from pyproject.toml

Every command first does whatever set-up is missing.
"""

import ctypes
import hashlib
import importlib.util
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
DEV_LOCK = ROOT / "requirements-dev.txt"  # names everything the run lock names, and the tools
UV_VERSION = "0.13.9"

OCTOBER = "assets/scenarios/october-2025.cascade"

# What Qt's own wheels expect of a Linux system: the file it loads, Debian's package that holds it.
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
}
X11_LIBRARIES = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
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
    """Whether the system's loader finds a shared library: the question Qt itself will ask."""
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
    display: bool,
    loads: Callable[[str], bool] = loads,
    has_font: Callable[[str], bool] = has_font,
) -> list[str]:
    """Debian's names for the libraries and fonts this Linux system does not have yet."""
    libraries = dict(LIBRARIES, **(X11_LIBRARIES if display else {}))
    return [package for library, package in libraries.items() if not loads(library)] + [
        package for language, package in FONTS.items() if not has_font(language)
    ]


def venv_package() -> list[str]:
    """Debian splits the part of Python that makes environments off into a package of its own."""
    if importlib.util.find_spec("ensurepip"):
        return []
    return ["python{}.{}-venv".format(*sys.version_info)]


def apt_commands(packages: list[str], prefix: list[str]) -> list[list[str]]:
    """The commands that install Debian packages; `prefix` is how to become root, if need be."""
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    return [
        [*apt, "update"],
        [*apt, "install", "-y", "--no-install-recommends", *packages],
    ]


def way_to_root() -> list[str] | None:
    """How to run a command as root without being asked anything; None if there is no way."""
    if os.geteuid() == 0:
        return []
    asks_nothing = shutil.which("sudo") and run_quietly(["sudo", "-n", "true"]) == 0
    return ["sudo", "-n"] if asks_nothing else None


def provide_system_packages() -> None:
    """Install what the Linux system lacks where that is allowed; otherwise say what to do."""
    if sys.platform != "linux":
        return
    packages = venv_package() + missing_packages(has_display(sys.platform, os.environ))
    if not packages:
        return
    names = " ".join(packages)
    if not shutil.which("apt-get"):
        say(
            "Qt or Python needs parts of the system that are not there. Debian calls them\n"
            "    {}\nPlease install them with this system's own package manager.".format(names)
        )
        return
    root = way_to_root()
    if root is not None:
        say("Installing what Qt needs of the system: {}".format(names))
        update, install = apt_commands(packages, root)
        run_quietly(update)  # may fail for a source that has nothing to do with these packages
        if call(install) == 0:
            return
    say(
        "Some parts of the system are missing, and only its administrator can install them:\n"
        "    sudo apt-get update && sudo apt-get install -y --no-install-recommends " + names + "\n"
        "Without the libraries nothing can be drawn, without the fonts text shows as boxes."
    )


# ---------------------------------------------------------------- the environment


def fingerprint(locks: list[Path]) -> dict[str, str]:
    """What an environment with these locks installed by this Python would be stamped with."""
    stamp = {lock.name: hashlib.sha256(lock.read_bytes()).hexdigest() for lock in locks}
    return dict(stamp, python=sys.version)


def stamped() -> dict[str, str]:
    """What the environment says about itself; nothing if it is missing or half made."""
    try:
        return json.loads(STAMP.read_text(encoding="utf-8")) if PYTHON.exists() else {}
    except (OSError, ValueError):
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
    if not holds(stamp, [RUN_LOCK]):
        make_environment()
    STAMP.unlink(missing_ok=True)
    say("Installing the packages {} names ...".format(locks[-1].name))
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    exactly = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", locks[-1].name]
    briefly = [] if sys.stdout.isatty() else ["--quiet"]
    if call([*pip, *exactly, *briefly]) != 0:
        raise SetupError(
            "The packages could not be installed; pip says why above. If it is the network,\n"
            "just start the same command again: what was downloaded is kept."
        )
    STAMP.write_text(json.dumps(fingerprint(locks), indent=1), encoding="utf-8")
    say("Installed in {:.0f} s.".format(time.monotonic() - started))


def make_environment() -> None:
    """An empty .venv in place of whatever is there."""
    if Path(sys.prefix).resolve() == VENV.resolve():
        raise SetupError(
            "The environment has to be made anew, which cannot be done from inside it.\n"
            "Start this with the system's own Python: python3 dev.py setup"
        )
    say("Making .venv with Python {}.{}.{} ...".format(*sys.version_info))
    if call([sys.executable, "-m", "venv", "--clear", str(VENV)]) != 0:
        raise SetupError("Python could not make the environment; it says why above.")


# ---------------------------------------------------------------- commands


def setup() -> int:
    """Make everything ready for `run`."""
    provide_system_packages()
    provide_environment([RUN_LOCK])
    say("Ready: python3 dev.py run")
    return 0


def run(*arguments: str) -> int:
    """Open the program, or play the October scenario into a folder where there is no display."""
    provide_system_packages()
    provide_environment([RUN_LOCK])
    if has_display(sys.platform, os.environ):
        return call([str(PYTHON), "main.py", *arguments])
    return play_without_window(*arguments)


def play_without_window(*arguments: str) -> int:
    """Figures and pictures of each scenario instead of a window."""
    for scenario in arguments or [OCTOBER]:
        folder = ROOT / "out" / Path(scenario).stem
        say("No display here: playing {} without a window.".format(scenario))
        code = call([str(PYTHON), "main.py", "run", scenario, "--out", str(folder)])
        code = code or call(
            [str(PYTHON), "main.py", "--pictures", str(folder)], QT_QPA_PLATFORM="offscreen"
        )
        if code != 0:
            return code
        say("Figures and pictures are in {}".format(folder))
        for file in sorted(folder.iterdir()):
            print("    " + file.name, flush=True)
    return 0


def test(*arguments: str) -> int:
    """Run every check, also after one has failed, and sum up."""
    provide_system_packages()
    provide_environment([RUN_LOCK, DEV_LOCK])
    checks = {
        "ruff check": ["ruff", "check", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "mypy": ["mypy"],
        "pytest": ["pytest", *arguments],
    }
    results = {}
    for name, command in checks.items():
        say(name)
        started = time.monotonic()
        code = call([str(PYTHON), "-m", *command], QT_QPA_PLATFORM="offscreen")
        results[name] = (code, time.monotonic() - started)
    say("Summary")
    for name, (code, seconds) in results.items():
        verdict = "FAILED ({})".format(code) if code else "passed"
        print("    {:<12} {:<11} {:6.1f} s".format(name, verdict, seconds), flush=True)
    return next((code for code, _ in results.values() if code), 0)


def build() -> int:
    """Freeze the program into dist/ and see whether the frozen one starts."""
    provide_system_packages()
    provide_environment([RUN_LOCK, DEV_LOCK])
    freeze = ["PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN", "build.spec"]
    code = call([str(PYTHON), "-m", *freeze])
    return code or smoke_test_frozen()


def smoke_test_frozen() -> int:
    """Start the frozen program; it must end well and say nothing on stderr."""
    program = ROOT / "dist" / "CascadeLab" / ("CascadeLab.exe" if os.name == "nt" else "CascadeLab")
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(
            [str(program), "--smoke", folder],
            check=False,
            env=dict(os.environ, QT_QPA_PLATFORM="offscreen"),
            stderr=subprocess.PIPE,
            timeout=180,
        )
        pictures = list(Path(folder).iterdir())
    complaint = result.stderr.decode(errors="replace").strip()
    if result.returncode or complaint or not pictures:
        say("The frozen program does not work (exit code {}).".format(result.returncode))
        print(complaint, file=sys.stderr)
        return result.returncode or 1
    say("The frozen program works: {}".format(program.parent))
    return 0


def lock() -> int:
    """Write both lock files anew from pyproject.toml, for every platform and Python at once."""
    with tempfile.TemporaryDirectory() as folder:
        tool = [str(Path(folder) / PYTHON.relative_to(VENV)), "-m"]
        if call([sys.executable, "-m", "venv", folder]) != 0:
            return 1
        if call([*tool, "pip", "install", "-q", "uv==" + UV_VERSION]) != 0:
            return 1
        resolve = [*tool, "uv", "pip", "compile", "pyproject.toml", "--quiet", "--upgrade"]
        resolve += ["--universal", "--python-version", "3.11", "--only-binary", ":all:"]
        resolve += ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"]
        resolve += ["--custom-compile-command", "python3 dev.py lock"]
        return call([*resolve, "-o", RUN_LOCK.name]) or call(
            [*resolve, "--group", "dev", "-c", RUN_LOCK.name, "-o", DEV_LOCK.name]
        )


COMMANDS = {"setup": setup, "run": run, "test": test, "build": build, "lock": lock}
TAKES_ARGUMENTS = ("run", "test")


# ---------------------------------------------------------------- talking and calling


def say(text: str) -> None:
    """One message of this script's own, told apart from what the tools print."""
    print("» " + text.replace("\n", "\n  "), flush=True)


def call(command: list[str], **environ: str) -> int:
    """Run a command in the project's folder, showing what it prints; its exit code."""
    environ = dict(os.environ, **environ)
    code = subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode
    return code if code >= 0 else 128 - code  # ended by a signal: the shells' convention


def run_quietly(command: list[str]) -> int:
    """Run a command whose output interests nobody; its exit code."""
    nowhere = subprocess.DEVNULL
    result = subprocess.run(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, check=False)
    return result.returncode


def main(arguments: list[str]) -> int:
    """Carry out one command; the exit code."""
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if name not in COMMANDS or (rest and name not in TAKES_ARGUMENTS):
        print(__doc__)
        return 0 if name in ("-h", "--help") else 2
    try:
        return COMMANDS[name](*rest)
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
