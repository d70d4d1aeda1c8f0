"""The tabs of the charts: one at a time, each with its names, and which markets they show."""

import numpy as np
import pytest
from looking import NAMES, choose, look_at, number, shown
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QTextBrowser

from engine.record import Run
from engine.run import run as played
from engine.run import stretches
from gui import assumptions
from gui.i18n import set_language
from gui.player import Player
from gui.theme import theme
from tests.engine.scenarios import settings, small

# ---------------------------------------------------------------- one at a time


def test_what_was_never_looked_at_is_not_there_and_what_cannot_be_seen_is_not_drawn(
    qtbot, charts, monkeypatch
):
    assert set(charts.views) == {"price", "liquidations", "adl", "open_interest"}
    [depth] = look_at(charts, "depth")
    assert depth.isVisible()
    assert not charts.liquidations.isVisible()
    monkeypatch.setattr(charts.liquidations, "draw", pytest.fail)
    monkeypatch.setattr(charts.liquidations, "read_out", pytest.fail)
    charts.player.seek(30 * 60.0)
    charts.view.show(0.0, 1_800.0)
    charts.player.grew.emit()
    monkeypatch.undo()
    look_at(charts, "overview")
    assert charts.liquidations.isVisible()
    assert not depth.isVisible()
    assert charts.liquidations.plot.cursor_s == 30 * 60.0


@pytest.mark.parametrize("name", NAMES)
def test_all_pictures_over_time_lie_between_the_same_edges(qtbot, charts, name):
    look_at(charts, name)
    charts.grab()
    frames = [chart.plot.frame_px() for chart in charts.charts]
    assert frames
    assert {(frame.left(), frame.right()) for frame in frames} == {
        (frames[0].left(), frames[0].right())
    }
    assert charts.axis.plot in [chart.plot for chart in charts.charts]


@pytest.mark.parametrize(("language", "look"), [("en", "projector"), ("zh_CN", "light")])
def test_every_tab_has_names_units_and_sentences_in_every_look(charts, language, look):
    set_language(language)
    theme.set(look)
    for name in NAMES:
        views = look_at(charts, name)
        charts._describe_views()
        charts.grab()
        for view in views:
            assert view.accessibleName()
            assert view.accessibleDescription().endswith("." if language == "en" else "。")
            assert view.header.unit.text() or view.header.unit.toolTip()
            assert view.header.help.isVisible()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [520, 800, 1_300])
def test_nothing_in_the_headers_overlaps(charts, name, width):
    charts.resize(width, 640)
    for view in look_at(charts, name):
        header = view.header
        parts = [header.title, header.help, *header.switches, header.unit, *header.entries]
        boxes = [part.geometry() for part in parts if part.width() > 0 and not part.isHidden()]
        for i, box in enumerate(boxes):
            assert not [other for other in boxes[i + 1 :] if box.intersects(other)]
        assert all(box.right() <= header.width() for box in boxes)


def test_a_click_in_the_map_moves_the_cursor_and_a_drag_the_view(qtbot, charts):
    [heat_map] = look_at(charts, "map")
    plot = heat_map.plot
    where = QPoint(round(plot.x_px(40 * 60.0)), 60)
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert charts.player.time_s == pytest.approx(40 * 60.0, abs=plot.view.span_s / 300)


def test_a_question_mark_opens_what_lies_behind_a_chart(qtbot, charts):
    [heat_map] = look_at(charts, "map")
    qtbot.mouseClick(heat_map.header.help, Qt.MouseButton.LeftButton)
    [page] = heat_map.findChildren(QTextBrowser)
    assert "liquidation map" in page.toPlainText().lower()
    assert "unrealistic" in page.toPlainText()


@pytest.mark.parametrize("name", NAMES)
def test_every_question_mark_has_a_section_of_the_model_s_page(charts, name):
    for view in (*look_at(charts, name), charts.price):
        assert assumptions.sections()[view.section].markdown.strip()


def test_many_venues_and_assets_break_no_tab(qtbot, qapp):
    plain = settings()
    assets = [plain["assets"][i % 2] | {"name": f"Asset {i}"} for i in range(20)]
    venue = {"open_interest_share": 0.1, "depth_share": 0.1, "index_share": 0.1}
    scenario = small(
        assets=assets,
        venues=[{"name": f"Venue {i}", **venue} for i in range(10)],
        clock={"duration_min": 40, "fine_step_s": 30, "fine_window_min": 10},
    )
    player = Player()
    player.show(played(scenario))
    player.seek(30 * 60.0)
    charts = shown(qtbot, player)
    for name in NAMES:
        look_at(charts, name)
        charts.grab()
        charts._describe_views()
        entries = [entry for view in charts.charts for entry in view.header.entries]
        assert all(entry.geometry().right() <= charts.width() for entry in entries)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_computed_yet_and_no_shock_are_no_trouble(qtbot, qapp, name):
    player = Player()
    charts = shown(qtbot, player)
    look_at(charts, name)
    charts.grab()
    scenario = small(shocks=[], clock={"duration_min": 40})
    player.show(Run(scenario))
    charts.grab()
    run = Run(scenario)
    player.show(run)
    for stretch in stretches(scenario):
        run.append(stretch)
        player.grew.emit()
    player.seek(30 * 60.0)
    charts.grab()
    charts._describe_views()


# ---------------------------------------------------------------- which markets


def test_one_asset_and_one_venue_can_be_chosen(qtbot, charts, run):
    choose(charts.bar.asset, "Small")
    choose(charts.bar.venue, "B")
    charts.show_all()
    charts.liquidations.cumulative.click()
    long = run["liquidated_long_usd"][:, 0, 1, 1].sum()
    assert charts.liquidations.bars[0].top[-1] == pytest.approx(long)
    assert charts.liquidations.header.title.text() == "Liquidations · Small · B"
    step = charts.player.step
    shock = charts.figures.reference_log_price()
    change = np.log(run["price_usd"][step, 0, 1]) - shock
    told = [number(entry.value) for entry in charts.price.header.entries]
    np.testing.assert_allclose(told, np.expm1(change) * 100, atol=0.06)
    choose(charts.bar.asset, "Every asset")
    choose(charts.bar.venue, "Every venue")
    both = run["liquidated_long_usd"].sum()
    assert charts.liquidations.bars[0].top[-1] == pytest.approx(both)


def test_what_shows_one_asset_shows_the_largest_until_another_is_chosen(qtbot, charts):
    [heat_map] = look_at(charts, "map")
    assert charts.bar.asset.currentText() == "BTC"
    assert heat_map.header.title.text() == "Liquidation map · BTC"
    choose(charts.bar.asset, "BTC")
    look_at(charts, "overview")
    assert charts.bar.asset.currentText() == "Every asset"
    look_at(charts, "map")
    choose(charts.bar.asset, "Small")
    assert heat_map.header.title.text() == "Liquidation map · Small"
    look_at(charts, "overview")
    assert charts.bar.asset.currentText() == "Small"


def test_a_choice_that_another_scenario_does_not_have_is_let_go(charts, player):
    choose(charts.bar.asset, "Small")
    plain = settings()
    player.show(played(small(assets=plain["assets"][:1], clock={"duration_min": 30})))
    assert charts.choice.asset is None
    assert charts.bar.asset.currentText() == "Every asset"


def test_prices_in_usd_stand_on_a_log_scale(charts, run):
    charts.price.in_usd.click()
    usd = np.exp(run["log_price"][charts.player.step, 0])
    told = [float(entry.value.replace(",", "")) for entry in charts.price.header.entries]
    np.testing.assert_allclose(told, usd, rtol=2e-3)
    assert charts.price.curves[1].yData[-1] == pytest.approx(
        np.log10(np.exp(run["log_price"][-1, 0, 1])), abs=1e-9
    )
    for level, text in charts.price.plot.left._tickLevels[0]:
        assert float(text.replace(",", "")) == pytest.approx(10**level, rel=1e-3)
