"""A is kept, and every further run is held against it: through the window's widgets."""

import fake_run
import numpy as np
import pytest
from windows import closed, opened

from gui.charts.legend import Entry, Header
from gui.charts.tabs import TABS
from gui.charts.time_charts import TimeCharts
from gui.i18n import set_language
from gui.pinned import Pinned
from gui.player import Player
from gui.theme import theme

SHOCK_S = fake_run.SHOCK_MIN * 60.0


@pytest.fixture
def window(qtbot, october, shared_worker):
    window = opened(qtbot, shared_worker)
    window.resize(1440, 900)
    yield window
    closed(qtbot, window)


def change(qtbot, window, path="seed", value=11):
    with qtbot.waitSignal(window.runner.finished, timeout=20_000):
        window.document.change("A change", path, value)
    qtbot.waitUntil(lambda: window.player.run is window.runner.run)


def seen(bar):
    """What the bar offers, on buttons or, where there is no room for them, in its menu."""
    shown = {name for name, button in bar.buttons.items() if not button.isHidden()}
    in_menu = set() if bar.more.isHidden() else set(bar.more.menu().actions())
    return shown | {name for name in bar.offered if bar._actions[name] in in_menu}


# ---------------------------------------------------------------- keeping A


def test_nothing_is_offered_before_anything_has_changed(window):
    assert window.comparing.bar.isHidden()
    assert not window.actions_["pin_before"].isEnabled()
    assert window.actions_["pin"].isEnabled()


def test_after_a_change_the_run_before_is_one_click_away(qtbot, window):
    before = window.player.run
    change(qtbot, window)
    bar, pinned = window.comparing.bar, window.comparing.pinned
    assert seen(bar) == {"pin_before"}
    assert not bar.isHidden()
    bar.buttons["pin_before"].click()
    assert pinned.run is before
    assert window.charts.price.other.run is before


def test_a_run_that_was_stopped_and_gone_on_with_is_no_other_run(qapp):
    scenario = fake_run.fake_scenario()
    player = Player()
    pinned = Pinned(player)
    player.show(fake_run.fake_run(scenario))
    pinned.pin()
    player.show(fake_run.fake_run(scenario))
    assert not pinned.can_pin_before
    assert pinned.run is player.run


def test_the_offer_can_be_declined_and_comes_with_the_next_change(qtbot, window):
    change(qtbot, window)
    bar = window.comparing.bar
    bar.close_button.click()
    assert bar.isHidden()
    change(qtbot, window, value=12)
    assert not bar.isHidden()


def test_every_further_run_is_held_against_a(qtbot, window):
    window.actions_["pin"].trigger()
    a = window.player.run
    assert window.charts.price.other is None  # it is A that is on the screen
    assert "This run is A" in window.comparing.bar.text.toolTip()
    for seed in (11, 12):
        change(qtbot, window, value=seed)
        assert window.comparing.pinned.drawn is a
        assert window.charts.price.other.run is a
    window.actions_["unpin"].trigger()
    assert window.charts.price.other is None
    assert window.charts.price.other_switch.isHidden()


def test_one_difference_is_told_by_its_name_more_by_their_number(qtbot, window):
    window.actions_["pin"].trigger()
    change(qtbot, window, "crowd.long_share", 0.8)
    assert "Crowd · Long side" in _told(window)
    assert "→ 80\xa0%" in _told(window)
    change(qtbot, window, "insurance.fund_pct", 3.0)
    assert "2 settings differ" in _told(window)


def _told(window):
    return window.comparing.bar.text.toolTip()


def test_another_seed_is_warned_of_and_put_right_in_one_click(qtbot, window):
    window.actions_["pin"].trigger()
    change(qtbot, window)
    bar = window.comparing.bar
    assert "their seeds differ" in _told(window)
    assert "seed_of_a" in seen(bar)
    with qtbot.waitSignal(window.runner.finished, timeout=20_000):
        bar.buttons["seed_of_a"].click()
    assert window.document.scenario.seed == 7
    assert window.document.undo_stack.undoText() == "Take the seed of A"
    assert "seed_of_a" not in seen(bar)
    assert "their seeds differ" not in _told(window)


def test_opening_another_file_offers_nothing_but_keeps_a(qtbot, window):
    window.actions_["pin"].trigger()
    a = window.player.run
    change(qtbot, window)
    window.document.undo_stack.setClean()
    with qtbot.waitSignal(window.runner.finished, timeout=20_000):
        window.document.new()
    assert window.comparing.pinned.run is a
    assert not window.comparing.pinned.can_pin_before


def test_half_computed_runs_of_a_drag_are_not_the_run_before(qapp):
    player = Player()
    pinned = Pinned(player)
    whole = fake_run.fake_run(fake_run.fake_scenario())
    half = fake_run.fake_run(fake_run.fake_scenario(), share=0.4)
    now = fake_run.fake_run(fake_run.fake_scenario())
    for run in (whole, half, now):
        player.show(run)
    assert pinned.before is whole


def test_the_bar_follows_the_language(qtbot, window):
    window.actions_["pin"].trigger()
    change(qtbot, window)
    set_language("zh_CN")
    assert "B 与 A 相比" in _told(window)
    assert window.comparing.bar.buttons["show_a"].text() == "显示 A"


# ---------------------------------------------------------------- room for A


@pytest.fixture
def usual_window(window, dressed, qtbot):
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: window.charts.width() > 700)
    return window


def places(charts):
    """Where the charts begin: below tabs and the line of the view."""
    return charts.geometry(), charts.tabs.pos(), charts.bar.geometry(), charts.price.pos()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_keeping_a_moves_no_chart(qtbot, usual_window, language):
    window = usual_window
    set_language(language)
    bar, charts = window.comparing.bar, window.charts
    qtbot.wait(300)  # the other language has its own sizes
    before = places(charts)
    change(qtbot, window)
    qtbot.waitUntil(lambda: bar.width() > 100)
    assert places(charts) == before
    assert not bar.buttons["pin_before"].isHidden()
    bar.buttons["pin_before"].click()
    qtbot.waitUntil(lambda: len(bar.offered) == 4)
    assert places(charts) == before
    assert seen(bar) == {"seed_of_a", "compare", "show_a", "pin"}
    shown = [b for b in (*bar.buttons.values(), bar.more, bar.close_button) if not b.isHidden()]
    assert all(bar.rect().contains(button.geometry()) for button in shown)


def test_with_a_every_small_chart_keeps_a_scale(qtbot, usual_window):
    window = usual_window
    change(qtbot, window)
    window.actions_["pin_before"].trigger()
    for chart in (window.charts.liquidations, window.charts.adl, window.charts.open_interest):
        low, high = chart.plot.getPlotItem().getViewBox().viewRange()[1]
        seen_levels = [level for level in chart.plot.levels if low <= level <= high]
        assert len(seen_levels) >= 2, chart.header.title.text()


def test_a_wide_bar_has_every_button(qtbot, window):
    window.resize(1900, 1000)
    window.actions_["pin"].trigger()
    change(qtbot, window)
    bar = window.comparing.bar
    qtbot.waitUntil(bar.more.isHidden)
    assert {name for name, button in bar.buttons.items() if not button.isHidden()} == set(
        bar.offered
    )


def test_words_beside_the_title_make_room_for_the_legend(qapp):
    header = Header()
    header.resize(theme.unit(640), theme.unit(40))
    entries = [Entry("long", header), Entry("short", header)]
    for entry in entries:
        entry.setText("a name")
        entry.widest_value = "888 mn Δ+888 mn"
    header.set_entries(entries)
    header.set_texts("Liquidations", "USD per minute · 88.8 bn so far · and still more words")
    assert entries[0].y() < header.title.height() / 2
    assert header.unit.text().startswith("USD per minute")
    assert header.unit.text().endswith("…")
    assert "still more words" in header.unit.toolTip()
    assert header.unit.geometry().right() < entries[0].x()


# ---------------------------------------------------------------- A in the charts


@pytest.fixture
def charts(qtbot):
    """B on the screen; A, to be set, falls twice as deep and liquidates twice as much."""
    player = Player()
    player.show(fake_run.fake_run(fake_run.fake_scenario()))
    player.seek(SHOCK_S + 1_740.0)
    charts = TimeCharts(player)
    qtbot.addWidget(charts)
    charts.resize(theme.unit(1_400), theme.unit(700))
    charts.show()
    qtbot.waitExposed(charts)
    return charts


def other_run():
    run = fake_run.fake_run(fake_run.fake_scenario())
    for name in ("liquidated_long_usd", "adl_usd", "adl_hedged_usd"):
        run._series[name] *= 2
    run._series["open_interest_usd"] *= 1.1
    run._series["depth_share"] *= 0.25
    run._series["log_price"] += np.where(run.grid.end_s > SHOCK_S, -0.7, 0.0)[:, None, None]
    run._series["price_usd"][:] = np.exp(run["log_price"])[:, :, None]
    run._series["price_usd"][:, :, 1] *= 1.01
    return run


def test_a_is_drawn_behind_in_all_four_charts_and_fits_on_the_scale(charts):
    charts.set_other(other_run())
    _, levels = charts.price.other_curves[0].getData()
    low, high = charts.price.plot.getPlotItem().getViewBox().viewRange()[1]
    assert low <= levels.min() < -50
    assert high >= levels.max()
    assert charts.price.other_curves[0].zValue() < charts.price.curves[-1].zValue()
    _, tops = charts.liquidations.outlines[0].getData()
    bars = charts.liquidations.bars[0]
    np.testing.assert_allclose(tops, 2 * bars.top)
    assert charts.liquidations.plot.getPlotItem().getViewBox().viewRange()[1][1] >= tops.max()
    _, closed_usd = charts.adl.outlines[1].getData()
    np.testing.assert_allclose(closed_usd, 2 * charts.adl.bars[1].top)
    _, interest = charts.open_interest.others[0].getData()
    _, here = charts.open_interest.open_interest.getData()
    np.testing.assert_allclose(interest, 1.1 * here)


def test_a_is_drawn_behind_depth_and_gaps_too(charts):
    charts.set_other(other_run())
    charts.show_tab([tab.name for tab in TABS].index("depth"))
    depth = charts.views["depth"]
    _, here = depth.curves[0].getData()
    _, there = depth.other_curves[0].getData()
    np.testing.assert_allclose(there, here - np.log10(4))  # on a log scale
    told = depth.header.entries[0].value.replace("\N{NO-BREAK SPACE}", "")
    assert told == "100% · A 25.0% · Δ +75.0"
    charts.show_tab([tab.name for tab in TABS].index("gaps"))
    gaps = charts.views["gaps"]
    _, there = gaps.other_curves[1].getData()
    assert there.max() > 0.9
    assert " · A " in gaps.header.entries[1].value
    assert "Δ −1.00" in gaps.header.entries[1].value
    gaps.other_switch.click()
    assert not gaps.other_curves[1].isVisible()


def test_the_legend_tells_a_b_and_the_difference(charts):
    alone = [entry.value for entry in charts.price.header.entries]
    charts.set_other(other_run())
    for before, entry in zip(alone, charts.price.header.entries, strict=True):
        assert entry.value.startswith(f"{before} · A −")
        assert "Δ +" in entry.value
    long = charts.liquidations.header.entries[0].value
    here, there, difference = long.split(" · ")
    assert there.startswith("A ")
    assert difference == f"Δ −{here}"


def test_narrow_charts_tell_a_in_the_hint(charts):
    charts.resize(theme.unit(700), theme.unit(700))
    charts.set_other(other_run())
    entry = charts.price.header.entries[0]
    assert " · A " not in entry.value
    assert "Δ+" in entry.value
    assert " · A −" in entry.toolTip()


def test_a_is_hidden_by_the_switch_of_a_chart(charts):
    charts.set_other(other_run())
    charts.price.other_switch.click()
    assert not charts.price.other_curves[0].isVisible()
    assert " · A " not in charts.price.header.entries[0].value
    assert charts.liquidations.outlines[0].isVisible()
    charts.price.other_switch.click()
    assert charts.price.other_curves[0].isVisible()


def test_beyond_what_is_computed_a_is_unknown(charts):
    charts.set_other(fake_run.fake_run(fake_run.fake_scenario(), share=0.2))
    assert "A – · Δ –" in charts.price.header.entries[0].value
    assert "A – · Δ –" in charts.liquidations.header.entries[0].value


def test_without_the_chosen_asset_in_a_nothing_of_it_is_drawn(charts):
    charts.choice.choose("Small", None)
    scenario = fake_run.fake_scenario()
    fewer = scenario.model_copy(update={"assets": scenario.assets[:3]})
    charts.set_other(fake_run.fake_run(fewer))
    assert charts.price.other is None
    charts.choice.choose(None, None)
    assert charts.price.other is not None
    assert charts.price.other_curves[0].isVisible()
    assert not charts.price.other_curves[4].isVisible()
