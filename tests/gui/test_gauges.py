"""The gauges follow the cursor and say what the engine's own figures say."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTextBrowser

from engine import explain, ledgers
from engine.record import Run
from engine.run import run as played
from engine.scenario import Shock
from gui.i18n import set_language
from gui.panels.gauges import Gauges
from gui.player import Player
from gui.totals import Totals, shock_steps
from tests.engine.scenarios import everything, small


@pytest.fixture(scope="module")
def run():
    return played(everything())


@pytest.fixture
def player(qapp, run):
    player = Player()
    player.show(run)
    return player


@pytest.fixture
def gauges(qtbot, player):
    gauges = Gauges(player)
    qtbot.addWidget(gauges)
    gauges.resize(1_200, 60)
    gauges.show()
    return gauges


def test_at_the_end_they_show_what_the_ledgers_say(gauges, player, run):
    player.to_end()
    highest = run["cascade_number"][-1, 0].max()
    assert gauges.cascade.reading.value == f"{highest:.2f}"
    assert gauges.amplification.reading.value == f"{explain.amplification(run, 0):.2f}×"
    fee = ledgers.fee_on_leverage(run, 0)
    assert gauges.fee.reading.value == f"{fee.of_volume * 100:.2f}\N{NO-BREAK SPACE}%"


def test_totals_that_grow_are_those_of_the_whole_run(run):
    whole = Totals(run)
    part = Run(run.scenario)
    grown = Totals(part)
    for steps in (1, 50, 51, 150, run.computed):
        part.begin_with(run, steps)
        grown.extend()
    np.testing.assert_allclose(grown.amplification, whole.amplification)
    for name, sums in whole.since_start.items():
        np.testing.assert_allclose(grown.since_start[name], sums)
    np.testing.assert_array_equal(grown.fund_usd, whole.fund_usd)


def test_amplification_at_the_cursor_knows_nothing_of_what_comes_later(run):
    totals = Totals(run)
    shock = explain.shock_step(run)
    assert np.isnan(totals.amplification[:shock]).all()
    steps = shock + 100
    short = Run(run.scenario)
    short.begin_with(run, steps)
    assert totals.amplification[steps - 1] == pytest.approx(explain.amplification(short, 0))
    assert totals.amplification[-1] == pytest.approx(explain.amplification(run, 0))


def test_each_says_what_its_number_means(gauges, player):
    player.seek(40 * 60.0)
    for gauge in gauges.gauges:
        assert gauge.accessibleName()
        assert gauge.reading.meaning.endswith(".")
        assert gauge.reading.meaning in gauge.accessibleDescription()
        assert gauge.reading.meaning in gauge.toolTip()
    set_language("zh_CN")
    assert gauges.fee.reading.meaning.endswith("。")


def test_before_the_start_and_without_news_they_say_so(qtbot, player, gauges):
    player.seek(0.0)
    assert {gauge.reading.value for gauge in gauges.gauges} == {"–"}
    player.show(played(small(shocks=[], clock={"duration_min": 10})))
    player.seek(300.0)
    assert gauges.cascade.reading.value != "–"


def test_a_click_tells_more(qtbot, gauges, player):
    qtbot.mouseClick(gauges.cascade, Qt.MouseButton.LeftButton)
    pages = gauges.window().findChildren(QTextBrowser)
    assert any("cascade number" in page.toPlainText().lower() for page in pages)


def test_where_sentences_are_longer_than_the_gauge_they_get_a_second_line(gauges):
    wide = gauges.cascade.sizeHint().height()
    gauges.resize(500, 60)
    assert gauges.cascade.sizeHint().height() > wide


def test_what_has_not_changed_is_not_painted(gauges, player, monkeypatch):
    player.seek(40 * 60.0)
    for gauge in gauges.gauges:
        monkeypatch.setattr(gauge, "update", pytest.fail)
    gauges.renew()


def test_amplification_counts_from_the_largest_shock_so_far():
    first, second = Shock(at_min=20.0, size_pct=-4.0), Shock(at_min=60.0, size_pct=-7.0)
    base = small()
    both = played(base.model_copy(update={"shocks": (second, first)}))
    alone = played(base.model_copy(update={"shocks": (first,)}))
    between, after = shock_steps(both)[1], both.computed
    assert shock_steps(both) == [both.grid.step_at(1_200.0), both.grid.step_at(3_600.0)]
    of_both, of_one = Totals(both).amplification, Totals(alone).amplification
    assert np.isfinite(of_both[between - 1])
    np.testing.assert_allclose(of_both[:between], of_one[:between])
    assert of_both[after - 1] == pytest.approx(explain.amplification(both, 0))
