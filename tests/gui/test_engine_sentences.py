"""Refusals of the engine in Chinese: every sentence it can say has a template."""

import ast
import re
from pathlib import Path

import pytest

import gui
from engine import scenario_file
from engine.scenario_file import ScenarioError
from gui.engine_sentences import translated
from gui.i18n import set_language

ENGINE = Path(__file__).parents[2] / "engine"
ERRORS = {
    "BudgetError", "ClusterError", "ScenarioError", "ValueError", "WorldLostError",
}  # fmt: skip
NOT_SHOWN = {"changes", "evidence", "experiment_commands", "record", "sample", "vary"}
COMMAND = "python3 dev.py setup distributed"
"""Modules whose errors no file and nobody at the window can cause."""

LATIN = re.compile(r"[A-Za-z]{3,}(?: [A-Za-z]+)+")
"""Some English words in a row."""


def sample_of(node):
    """What a sentence looks like, with 7 in its fields."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (p.value if isinstance(p, ast.Constant) else "7" for p in node.values)
        return "".join(parts)
    return None


def sentences():
    for file in sorted(ENGINE.glob("*.py")):
        if file.stem in NOT_SHOWN:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            call = node.exc if isinstance(node, ast.Raise) else None
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ERRORS and call.args:
                text = sample_of(call.args[0])
                if text and re.search("[a-z]{3}", text):
                    yield file.stem, text


def test_every_refusal_has_a_template():
    found = list(sentences())
    assert len(found) > 40
    set_language("zh_CN")
    missing = [
        (file, text) for file, text in found if LATIN.search(translated(text).replace(COMMAND, ""))
    ]
    assert not missing, "\n".join(map(str, missing))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('"version": 2', '"version": 99'), "无法读取 99"),
        (('"accounts": 200000', '"accounts": "many"'), "5,000,000 的整数"),
        (('"seed": 1', '"seed": -4'), "-4 不允许"),
        (('"format": "cascade"', '"format": "other"'), "这不是场景文件"),
        (("{", "["), "这不是 JSON 文本"),
    ],
)
def test_a_refused_file_is_told_in_chinese(tmp_path, change, says):
    text = gui.OCTOBER.read_text(encoding="utf-8")
    path = tmp_path / "mine.cascade"
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(ScenarioError) as refused:
        scenario_file.load(path)
    assert translated(str(refused.value)) == str(refused.value)  # English stays as it is
    set_language("zh_CN")
    told = translated(str(refused.value))
    assert told.startswith("mine.cascade：")
    assert says in told


def test_several_refusals_are_all_told(tmp_path):
    path = tmp_path / "mine.cascade"
    text = gui.OCTOBER.read_text(encoding="utf-8")
    path.write_text(text.replace('"seed": 1', '"seed": -4, "colour": 3'), encoding="utf-8")
    with pytest.raises(ScenarioError) as refused:
        scenario_file.load(path)
    set_language("zh_CN")
    told = translated(str(refused.value))
    assert "没有这个设置" in told
    assert "不允许；" in told
    assert not LATIN.search(told)


def test_a_file_that_is_not_there_is_told_in_chinese(tmp_path):
    set_language("zh_CN")
    with pytest.raises(ScenarioError) as refused:
        scenario_file.load(tmp_path / "gone.cascade")
    assert translated(str(refused.value)).endswith("：没有这个文件或文件夹")
