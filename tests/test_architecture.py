"""How the house is built, as sentences that can fail.

Imports are read from the source, also those inside functions and under TYPE_CHECKING: a room that
knows another only for its types still knows it.
"""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import gui

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE_LINES = 450


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {
    module_name(path): path
    for path in [ROOT / "main.py", *ROOT.glob("engine/**/*.py"), *ROOT.glob("gui/**/*.py")]
}


def inside(package: str) -> list[str]:
    """The modules of a package, which must be there for a sentence about them to mean anything."""
    found = [name for name in MODULES if name == package or name.startswith(package + ".")]
    assert found, f"{package} holds no modules"
    return found


def imports(module: str) -> set[str]:
    """Full names of what a module imports, down to the project's own modules."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            source = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            for alias in node.names:
                whole = f"{source}.{alias.name}"
                found.add(whole if whole in MODULES else source)
    return found


def tracked_files() -> list[Path]:
    """The files that are, or are about to be, in the repository."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout")
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    files = [ROOT / name for name in listing.split("\0") if name]
    return [path for path in files if path.is_file()]


def lines_matching(pattern: str, files: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in files
        for number, line in enumerate(path.read_bytes().decode(errors="ignore").splitlines(), 1)
        if re.search(pattern, line)
    ]


def test_the_engine_imports_the_standard_library_numpy_pydantic_and_itself():
    allowed = sys.stdlib_module_names | {"numpy", "pydantic", "pydantic_core", "engine"}
    strangers = {
        (module, name)
        for module in inside("engine")
        for name in imports(module)
        if name.split(".")[0] not in allowed
    }
    assert strangers == {("engine.cluster", "distributed")}  # asked for, never needed


def loaded_by(modules: list[str], strangers: set[str]) -> str:
    """Which strangers are loaded with some modules, by a Python of its own."""
    code = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        f"print({{name.split('.')[0] for name in sys.modules}} & {strangers} or 'none')"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *modules], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


def test_importing_the_whole_engine_loads_no_qt():
    strangers = {"PySide6", "shiboken6", "pyqtgraph", "gui", "distributed"}
    assert loaded_by(inside("engine"), strangers) == "none"


def test_the_frame_of_the_window_stands_before_anything_heavy_is_loaded():
    assert loaded_by(["gui.app"], {"numpy", "pydantic", "pyqtgraph"}) == "none"


@pytest.mark.parametrize("room", ["gui.charts", "gui.panels"])
def test_charts_and_panels_do_not_know_the_window_they_stand_in(room):
    window = {"gui.main_window", "gui.app"}
    assert window <= set(MODULES)
    assert not {module for module in inside(room) if imports(module) & window}


def test_nothing_imports_main():
    assert "main" in MODULES
    assert not {module for module in MODULES if "main" in imports(module)}


def test_no_two_modules_import_each_other_not_even_by_way_of_others():
    graph = {module: imports(module) & set(MODULES) - {module} for module in MODULES}
    assert any(graph.values())
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_every_file_is_named_after_its_idea():
    evasion = re.compile(r"utils?|help(er|ers)|managers?|misc|common")
    paths = [MODULES[module] for module in [*inside("engine"), *inside("gui")]]
    names = {name for path in paths for name in (path.stem, path.parent.name)}
    assert not {name for name in names if evasion.fullmatch(name)}


def test_no_file_holds_more_than_one_idea():
    paths = [MODULES[module] for module in [*inside("engine"), *inside("gui")]]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    assert not {path: length for path, length in lengths.items() if length > LONGEST_FILE_LINES}


def test_the_program_and_its_packaging_agree_on_the_version():
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert metadata["project"]["version"] == gui.VERSION


def test_assets_hold_data_and_no_code():
    files = [path for path in (ROOT / "assets").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if path.suffix.startswith(".py")]


def test_no_file_names_a_place_on_somebody_s_machine():
    # Put together here so that this file does not find itself.
    places = [rf"(?<![\w.])/{folder}/" for folder in ("work", "root", "opt")]
    homes = [rf"(?<![\w.])/{folder}/\w" for folder in ("home", "Users")]
    files = tracked_files()
    assert files
    assert not lines_matching("|".join([*places, *homes, r"[A-Z]:\\+Users\\"]), files)


def test_no_file_names_a_package_index():
    names = ["pypi", "pythonhosted", "anaconda", "artifactory", "tsinghua", "aliyun"]
    hosts = [rf"\b{name}\.(\w+\.)*(org|com|net|io|cn|edu)\b" for name in names]
    options = [r"^\s*--(extra-)?index-url\b", r"^\s*--find-links\b", r"\bindex-url\s*="]
    files = tracked_files()
    assert ROOT / "requirements.txt" in files
    assert not lines_matching("|".join([*hosts, *options]), files)
