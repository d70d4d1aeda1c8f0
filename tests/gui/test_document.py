import re

import made_up
import pytest

from engine import scenario_file
from engine.scenario_file import ScenarioError
from gui.document import Document


@pytest.fixture
def document(qapp):
    return Document(made_up.scenario())


def long_share(document):
    return document.scenario.crowd.long_share


def test_an_edit_can_be_undone_and_redone_by_name(document, qtbot):
    with qtbot.waitSignal(document.changed):
        document.change("More longs", "crowd.long_share", 0.8)
    assert document.undo_stack.undoText() == "More longs"
    document.undo()
    assert long_share(document) == 0.68
    document.redo()
    assert long_share(document) == 0.8


def test_a_drag_is_one_step(document):
    for share in (0.7, 0.72, 0.74):
        document.change("More longs", "crowd.long_share", share, merge="crowd.long_share")
    document.end_merge()
    document.change("More longs", "crowd.long_share", 0.9, merge="crowd.long_share")
    document.undo()
    assert long_share(document) == 0.74
    document.undo()
    assert long_share(document) == 0.68
    assert not document.undo_stack.canUndo()


def test_two_sliders_are_two_steps(document):
    document.change("More longs", "crowd.long_share", 0.7, merge="crowd.long_share")
    document.change("More hedges", "crowd.hedged_share", 0.5, merge="crowd.hedged_share")
    document.undo()
    assert (long_share(document), document.scenario.crowd.hedged_share) == (0.7, 0.45)


def test_a_drag_back_to_where_it_began_leaves_no_step(document):
    for share in (0.7, 0.68):
        document.change("More longs", "crowd.long_share", share, merge="crowd.long_share")
    assert not document.undo_stack.canUndo()
    assert not document.modified


def test_what_changes_nothing_is_no_step(document, qtbot):
    with qtbot.assertNotEmitted(document.changed):
        document.change("Same longs", "crowd.long_share", 0.68)
    assert not document.modified


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("crowd.long_share", 3.0),
        ("crowd.long_share", "many"),
        ("crowd.nothing", 1.0),
        ("shocks.5.size_pct", -3.0),
        ("desk.0.leverage", 125.0),
    ],
)
def test_a_refused_change_leaves_the_document_alone(document, path, value):
    before = document.scenario
    with pytest.raises(ScenarioError):
        document.change("Nonsense", path, value)
    assert document.scenario is before
    assert not document.undo_stack.canUndo()


def test_an_unchecked_copy_is_checked(document):
    crowd = document.scenario.crowd.model_copy(update={"long_share": 7.0})
    with pytest.raises(ScenarioError, match="long_share"):
        document.edit("Nonsense", document.scenario.model_copy(update={"crowd": crowd}))
    assert long_share(document) == 0.68


def test_saving_settles_and_undoing_unsettles(document, tmp_path, qtbot):
    document.change("More longs", "crowd.long_share", 0.8)
    assert document.modified
    path = tmp_path / "mine.cascade"
    with qtbot.waitSignal(document.saved_state_changed):
        document.save(path)
    assert not document.modified
    assert (document.path, document.title) == (path, "mine")
    assert scenario_file.load(path) == document.scenario
    document.undo()
    assert document.modified
    document.redo()
    assert not document.modified


def test_a_drag_across_a_save_is_two_steps(document, tmp_path):
    document.change("More longs", "crowd.long_share", 0.7, merge="crowd.long_share")
    document.save(tmp_path / "mine.cascade")
    document.change("More longs", "crowd.long_share", 0.8, merge="crowd.long_share")
    assert document.modified
    document.undo()
    assert not document.modified


def test_a_failed_save_changes_nothing(document, tmp_path):
    document.change("More longs", "crowd.long_share", 0.8)
    with pytest.raises(OSError, match=r"No such file|cannot find"):
        document.save(tmp_path / "nowhere" / "mine.cascade")
    assert document.modified
    assert document.path is None


def test_opening_replaces_everything(document, tmp_path, qtbot):
    path = tmp_path / "other.cascade"
    scenario_file.save(made_up.scenario(seed=99), path)
    document.change("More longs", "crowd.long_share", 0.8)
    with qtbot.waitSignals([document.opened, document.changed], order="strict"):
        document.open(path)
    assert (document.scenario.seed, document.path) == (99, path)
    assert not document.modified
    assert not document.undo_stack.canUndo()


BAD_FILES = {
    "truncated": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "not JSON": lambda text: "name = October",
    "another version": lambda text: re.sub('"version": \\d+', '"version": 99', text),
    "NaN": lambda text: text.replace('"long_share": 0.68', '"long_share": NaN'),
    "out of range": lambda text: text.replace('"long_share": 0.68', '"long_share": 6.8'),
    "unknown key": lambda text: text.replace('"long_share"', '"lung_share"'),
    "huge": lambda text: text + " " * 5_000_001,
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_bad_file_leaves_the_document_alone(document, tmp_path, kind):
    path = tmp_path / "bad.cascade"
    good = scenario_file.dumps(document.scenario)
    bad = BAD_FILES[kind](good)
    assert bad != good
    path.write_text(bad, encoding="utf-8")
    document.change("More longs", "crowd.long_share", 0.8)
    before = document.scenario
    with pytest.raises(ScenarioError, match=r"bad\.cascade"):
        document.open(path)
    assert document.scenario is before
    assert document.modified
    assert document.path is None
    assert document.undo_stack.undoText() == "More longs"


def test_a_new_scenario_has_the_usual_market_and_no_news(document, october):
    document.new()
    assert document.scenario.assets == made_up.scenario().assets
    assert document.scenario.shocks == document.scenario.desk == ()
    assert document.path is None
    assert not document.modified
