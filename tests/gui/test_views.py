"""The windows beside the main one, through their widgets: presets, compare, reality check."""

import json

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel
from windows import closed, opened

from engine import check
from engine.claims import CLAIMS, all_checks
from engine.experiment import Results
from engine.presets import PRESETS, applied, preset
from gui.i18n import set_language
from gui.theme import theme


@pytest.fixture
def window(qtbot, october, shared_worker):
    window = opened(qtbot, shared_worker)
    yield window
    closed(qtbot, window)


def rows(table):
    return table.texts()[1:]


def change(qtbot, window, path, value):
    with qtbot.waitSignal(window.runner.finished, timeout=20_000):
        window.document.change("A change", path, value)
    qtbot.waitUntil(lambda: window.player.run is window.runner.run)


# ---------------------------------------------------------------- presets


@pytest.fixture
def presets(window):
    window.actions_["presets"].trigger()
    return window.comparing.windows["presets"]


def choose(presets, key):
    presets.list.setCurrentRow([each.key for each in PRESETS].index(key))


def test_every_preset_is_listed_with_its_paragraph_and_what_it_changes(presets):
    assert presets.list.count() == len(PRESETS) == 16
    for place, each in enumerate(PRESETS):
        presets.list.setCurrentRow(place)
        assert presets.list.item(place).text() == each.name
        assert presets.idea.text() == each.idea
        assert presets.changes.rowCount() or presets.refusal.text()
    choose(presets, "funds-ten-times")
    ((label, before, after),) = rows(presets.changes)
    assert "Insurance fund" in label
    assert float(after.split()[0]) == pytest.approx(10 * float(before.split()[0]))


def test_one_is_applied_in_one_step(presets, window, qtbot):
    before = window.document.scenario
    choose(presets, "no-adl")
    qtbot.mouseClick(presets.apply, Qt.MouseButton.LeftButton)
    assert window.document.scenario == applied(before, preset("no-adl"))
    assert window.document.undo_stack.count() == 1
    assert window.comparing.pinned.run is None
    assert "like that already" in presets.refusal.text()
    assert not presets.apply.isEnabled()


def test_one_is_applied_and_held_against_the_run_before(presets, window, qtbot):
    a = window.player.run
    choose(presets, "no-adl")
    with qtbot.waitSignal(window.runner.finished, timeout=20_000):
        qtbot.mouseClick(presets.compare, Qt.MouseButton.LeftButton)
    assert window.comparing.pinned.drawn is a
    assert window.player.run is not a


def test_one_that_does_not_fit_says_why_and_can_not_be_applied(presets):
    choose(presets, "leverage-capped")  # my desk holds a position at eight times leverage
    assert "doesn't fit here" in presets.refusal.text()
    assert not presets.compare.isEnabled()


# ---------------------------------------------------------------- compare


@pytest.fixture
def compare(window):
    window.actions_["compare"].trigger()
    return window.comparing.windows["compare"]


def test_without_a_it_says_what_to_do_and_offers_it(compare, window, qtbot):
    assert "There is no A yet" in compare.invitation.text.text()
    assert compare.measures.isHidden()
    qtbot.mouseClick(compare.buttons["pin"], Qt.MouseButton.LeftButton)
    assert window.comparing.pinned.run is window.player.run
    assert "This run is A" in compare.invitation.text.text()
    qtbot.mouseClick(compare.buttons["presets"], Qt.MouseButton.LeftButton)
    assert window.comparing.windows["presets"].isVisible()
    with qtbot.waitSignal(compare.measuring.done, timeout=20_000):
        change(qtbot, window, "insurance.fund_pct", 5.0)
    assert compare.invitation.isHidden()
    assert not compare.measures.isHidden()


def test_it_lists_which_settings_differ_and_pairs_of_measures(compare, window, qtbot):
    window.actions_["pin"].trigger()
    with qtbot.waitSignal(compare.measuring.done, timeout=20_000):
        change(qtbot, window, "insurance.fund_pct", 5.0)
    assert [row[0] for row in rows(compare.settings)] == ["Insurance and ADL · Insurance fund"]

    def settled():  # once B is computed whole: the made-up market knows no settings
        (told,) = [row for row in rows(compare.measures) if row[0] == "Liquidations, bn USD"]
        assert told[1] == told[2] != "–"
        assert told[3] in ("0", "0.0", "0.00")

    qtbot.waitUntil(settled, timeout=10_000)
    assert compare.warning.isHidden()


def test_other_seeds_are_warned_of(compare, window, qtbot):
    window.actions_["pin"].trigger()
    change(qtbot, window, "seed", 12)
    assert "Their seeds differ" in compare.warning.text()
    assert not compare.warning.isHidden()
    with qtbot.waitSignal(window.runner.finished, timeout=20_000):
        qtbot.mouseClick(compare.buttons["seed_of_a"], Qt.MouseButton.LeftButton)
    assert compare.warning.isHidden()


def test_both_tables_are_saved(compare, window, qtbot, tmp_path, monkeypatch):
    window.actions_["pin"].trigger()
    with qtbot.waitSignal(compare.measuring.done, timeout=20_000):
        change(qtbot, window, "insurance.fund_pct", 5.0)
    file = tmp_path / "a-b.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    qtbot.mouseClick(compare.export, Qt.MouseButton.LeftButton)
    text = file.read_text(encoding="utf-8")
    assert "Setting,A,B" in text
    assert "Measure,A,B,B − A" in text
    compare.save(tmp_path / "nowhere" / "a-b.csv")
    assert "could not be written" in compare.warning.text()


def test_a_table_is_copied_as_lines(compare, window, qtbot, qapp):
    window.actions_["pin"].trigger()
    change(qtbot, window, "insurance.fund_pct", 5.0)
    compare.settings.selectRow(0)
    qtbot.keyClick(compare.settings, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert qapp.clipboard().text().count("\t") == 2


# ---------------------------------------------------------------- the reality check


@pytest.fixture
def reality(window, qtbot):
    window.actions_["check"].trigger()
    reality = window.comparing.windows["check"]
    with qtbot.waitSignal(reality.measuring.done, timeout=20_000):
        reality._measure()
    return reality


def test_it_has_thirteen_rows_with_their_checks_and_this_run_s_value_at_once(reality, window):
    texts = rows(reality.table)
    for claim in CLAIMS:
        assert [f"{claim.number}. {claim.says}", *[""] * 6] in texts
    by_name = {row[0]: row for row in texts}
    (share,) = [c for c in all_checks() if c.name == "Share of the four largest"]
    row = by_name[share.name]
    assert row[1] == "60 to 64 %"
    assert row[2] == "80.0"
    assert row[3] == "✗ not met"
    assert by_name["Liquidations of the year"][2:4] == ["–", ""]  # four days can't tell


def found(reality, seeds, contrasts):
    """Results of worlds in which measure n of seed s is n + s, and one more with a preset."""
    scenario = reality.session.document.scenario
    reality._scenarios = {scenario.name: scenario}
    experiment = check.experiment(reality._scenarios, seeds, contrasts)
    return Results(
        experiment,
        {
            world: [n + world.seed + (world.variant != scenario.name)
                    for n in range(len(check.MEASURES))]
            for world in experiment.worlds
        },
    )  # fmt: skip


def test_billions_of_claims_are_counted_in_chinese_units(reality):
    set_language("zh_CN")
    texts = {row[0]: row for row in rows(reality.table)}
    assert texts["全年强平额"][1] == "1,350 至 1,650 亿美元"
    assert texts["全年成交额"][1].endswith("万亿美元")


def test_many_seeds_stand_beside_it_as_median_and_middle_half(reality):
    reality._grew(found(reality, 5, False))
    row = next(row for row in rows(reality.table) if row[0] == "Liquidations of the year")
    assert row[4] == "9.00 (8.00 to 10.0)"  # seeds 7 to 11
    assert row[5] == "✗ not met"
    assert "Over 5 seeds" in reality.sums.text()
    assert reality.export.isEnabled()


def test_columns_without_a_figure_are_not_there(reality):
    hidden = [reality.table.isColumnHidden(column) for column in range(7)]
    assert hidden == [False, False, False, False, True, True, False]
    reality._grew(found(reality, 5, False))
    assert not any(reality.table.isColumnHidden(column) for column in range(7))


def test_one_of_the_program_s_own_scenarios_can_be_checked_instead(reality, window, qtbot):
    reality.which.setCurrentIndex(reality.which.findText("Calm day"))
    assert reality.table.isHidden()  # nothing of it is known so far
    assert "many seeds of “Calm day”" in reality.invitation.text.text()
    assert reality.play_bar.cost.text().startswith("20 worlds, about ")
    assert reality.begin_button.isVisible()
    reality._scenarios = {"Calm day": reality.play_bar.with_crowd(reality.scenario)}
    experiment = check.experiment(reality._scenarios, 2, False)
    reality._grew(Results(experiment, {w: [1.0] * len(check.MEASURES) for w in experiment.worlds}))
    assert reality.table.isColumnHidden(2)  # the run on the screen is another scenario's
    assert "Over 2 seeds of Calm day" in reality.sums.text()
    assert reality.sums.property("role") == "value"
    reality.which.setCurrentIndex(0)
    assert "not what is chosen now" in reality.sums.text()
    assert reality.sums.property("role") == "danger"


def test_an_edit_makes_what_the_seeds_say_stale(reality, window, qtbot):
    reality._grew(found(reality, 5, False))
    assert "⚠" not in reality.sums.text()
    change(qtbot, window, "insurance.fund_pct", 5.0)
    assert "⚠" in reality.sums.text()


def test_counterfactuals_have_rows_once_they_were_played(reality, tmp_path):
    assert not [row for row in rows(reality.table) if row[6].startswith("preset:")]
    reality._grew(found(reality, 3, True))
    contrasts = [row for row in rows(reality.table) if row[6].startswith("preset:")]
    assert len(contrasts) == sum(len(claim.contrasts) for claim in CLAIMS)
    reality.save(tmp_path)
    assert len(json.loads((tmp_path / "check.json").read_text())) > len(contrasts)
    assert "check.csv" in reality.play_bar.status.text()


def test_seeds_that_are_missing_after_a_stop_leave_no_false_pairs(reality):
    results = found(reality, 3, True)
    name = reality.session.document.scenario.name
    for world in list(results.found):
        if (world.variant == name) == (world.seed == 7):
            del results.found[world]
    (outcome,) = check.outcomes(results, reality._scenarios, True)
    assert not any(shift.moves for shift in outcome.shifts)


# ---------------------------------------------------------------- looks


@pytest.mark.parametrize("look", ["light", "projector"])
@pytest.mark.parametrize("name", ["compare", "presets", "many", "check"])
def test_every_window_takes_up_language_and_look(window, qtbot, name, look):
    window.actions_["pin"].trigger()
    change(qtbot, window, "insurance.fund_pct", 5.0)
    window.actions_[name].trigger()
    view = window.comparing.windows[name]
    english = view.windowTitle()
    set_language("zh_CN")
    theme.set(look)
    qtbot.wait(50)
    assert view.windowTitle() != english
    told = [label for label in view.findChildren(QLabel) if label.isVisible() and label.text()]
    assert told
    assert any(ord(letter) > 0x3000 for label in told for letter in label.text())
    image = view.grab().toImage()
    corner = image.pixelColor(2, 2)
    assert corner == theme.color("surface") or look == "light"
    assert np.isfinite(corner.lightnessF())
