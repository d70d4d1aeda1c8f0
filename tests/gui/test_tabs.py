"""The tabs of the charts, on a small market that the engine has played."""

from dataclasses import astuple

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QTextBrowser, QWidget

from engine import explain, ledgers
from engine.leverage import LEVERAGE_EDGES
from engine.record import CAUSES, MAP_BINS, MAP_LOG_RANGE, Run
from engine.run import run as played
from engine.run import stretches
from gui import assumptions
from gui.charts.crowd_leverage import median
from gui.charts.legend import Entry, Header
from gui.charts.tabs import TABS
from gui.charts.time_charts import TimeCharts
from gui.i18n import set_language
from gui.player import Player
from gui.theme import theme
from tests.engine.scenarios import everything, settings, small

NAMES = [tab.name for tab in TABS]


@pytest.fixture(scope="module")
def run():
    return played(everything())


@pytest.fixture
def player(qapp, run):
    player = Player()
    player.show(run)
    player.seek(55 * 60.0)
    return player


def shown(qtbot, player):
    charts = TimeCharts(player)
    qtbot.addWidget(charts)
    charts.resize(1_000, 640)
    charts.show()
    qtbot.waitExposed(charts)
    return charts


@pytest.fixture
def charts(qtbot, player):
    return shown(qtbot, player)


def look_at(charts, name):
    """Show a tab by clicking it; return what it consists of beside the price."""
    charts.tabs.setCurrentIndex(NAMES.index(name))
    return [charts.views[each] for each in (*charts.tab.above, *charts.tab.below)]


def number(text):
    return float(text.replace("−", "-").rstrip("\N{NO-BREAK SPACE}%"))


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


def choose(box, text):
    box.setCurrentIndex(box.findText(text))
    box.activated.emit(box.currentIndex())


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


# ---------------------------------------------------------------- liquidation map


def test_the_map_s_legend_sums_up_what_waits_within_ten_percent(charts, run):
    [heat_map] = look_at(charts, "map")
    step = charts.player.step
    [newest] = [each for each in run.maps if each.step <= step][-1:]
    edges = np.log(100_000.0) + np.linspace(*MAP_LOG_RANGE, MAP_BINS + 1)
    at = run["log_price"][step, 0, 0]
    fine = np.linspace(edges[0], edges[-1], 200 * MAP_BINS + 1)
    middle = (fine[:-1] + fine[1:]) / 2
    each = np.repeat(newest.notional_usd[0, 0], 200, axis=1) / 200
    below = each[0, (middle > at + np.log(0.9)) & (middle < at)].sum()
    above = each[1, (middle > at) & (middle < at + np.log(1.1))].sum()
    assert heat_map._near(charts.figures) == pytest.approx((below, above), rel=1e-2)


def test_a_place_on_the_map_tells_price_and_amounts(charts, run):
    [heat_map] = look_at(charts, "map")
    charts.show_all()
    chosen = next(each for each in run.maps if each.step >= charts.player.step)
    fullest = int(chosen.notional_usd[0, 0, 0, 90:].argmax()) + 90
    width = (MAP_LOG_RANGE[1] - MAP_LOG_RANGE[0]) / MAP_BINS
    middle = np.log(100_000.0) + MAP_LOG_RANGE[0] + (fullest + 0.5) * width
    x = heat_map.plot.x_px(run.grid.end_s[chosen.step] + 1.0) + 1
    y = heat_map.plot.y_px(middle / np.log(10))
    words = heat_map.words_at(QPoint(round(x), round(y)))
    low, high = np.exp(middle - width / 2), np.exp(middle + width / 2)
    assert f"{low:,.0f} and {high:,.0f} USD" in words
    assert "long" in words
    assert heat_map.words_at(QPoint(0, 0)) == ""


def test_cells_have_the_colour_of_the_larger_side_and_go_with_its_switch(charts):
    [heat_map] = look_at(charts, "map")
    charts.show_all()
    image = heat_map.heat.image
    pixels = {image.pixel(image.width() - 1, y) for y in range(MAP_BINS)}
    assert len(pixels) > 10
    for entry in heat_map.header.entries:
        entry.click()
    image = heat_map.heat.image
    ground = theme.color("background").rgb()
    assert {image.pixel(image.width() - 1, y) for y in range(MAP_BINS)} == {ground}


def test_the_colours_mean_the_same_wherever_one_looks(charts):
    [heat_map] = look_at(charts, "map")
    charts.show_all()
    scale = heat_map.bar._range
    charts.view.show(0.0, 600.0)
    assert heat_map.bar._range == scale
    assert 10 ** scale[1] >= heat_map.largest_usd


# ---------------------------------------------------------------- depth and gaps


def test_depth_is_told_in_percent_of_normal_and_in_usd(charts, run):
    [depth] = look_at(charts, "depth")
    share = run["depth_share"][charts.player.step, 0]
    told = [number(entry.value) for entry in depth.header.entries]
    np.testing.assert_allclose(told, share * 100, atol=0.06)
    depth.in_usd.click()
    assert depth._values(charts.figures, 1, 0) == pytest.approx(run["depth_share"][0, 0, 1] * 5e6)
    assert "USD" in depth.header.unit.text()


def test_depth_on_a_log_scale_and_on_a_plain_one(charts, run):
    [depth] = look_at(charts, "depth")
    charts.show_all()
    np.testing.assert_allclose(10 ** depth.curves[1].yData, run["depth_share"][:, 0, 1] * 100)
    depth.log.click()
    np.testing.assert_allclose(depth.curves[1].yData, run["depth_share"][:, 0, 1] * 100)


def test_gaps_are_told_against_the_mean_and_say_who_is_dear(charts, run):
    [gaps] = look_at(charts, "gaps")
    choose(charts.bar.asset, "Small")
    step = charts.player.step
    price = run["price_usd"][step, 0, :, 1]
    mean = np.exp(run["log_price"][step, 0, 1])
    told = [number(entry.value) for entry in gaps.header.entries]
    np.testing.assert_allclose(told, (price / mean - 1) * 100, atol=0.006)
    dear, cheap = "ABC"[int(price.argmax())], "ABC"[int(price.argmin())]
    assert f"{dear} is" in gaps.header.unit.text()
    assert f"dearer than {cheap}" in gaps.header.unit.text()


# ---------------------------------------------------------------- the crowd's leverage


def test_medians_of_leverage_are_told_in_the_language_on_the_screen(charts):
    [crowd] = look_at(charts, "leverage")
    assert all(entry.value.startswith("median") for entry in crowd.header.entries)
    set_language("zh_CN")
    assert all(entry.value.startswith("中位数") for entry in crowd.header.entries)
    assert crowd.log.text() == "对数"


def test_the_crowd_s_leverage_is_that_of_the_last_count_before_the_cursor(charts, run):
    [crowd] = look_at(charts, "leverage")
    counted = [each for each in run.maps if each.by_leverage_usd is not None]
    [newest] = [each for each in counted if each.step <= charts.player.step][-1:]
    shown_usd = np.array(crowd.content.usd)
    np.testing.assert_allclose(shown_usd, newest.by_leverage_usd[0].sum(axis=0), rtol=1e-6)
    choose(charts.bar.asset, "Small")
    np.testing.assert_allclose(crowd.content.usd, newest.by_leverage_usd[0, 1], rtol=1e-6)
    assert "Small" in crowd.header.title.text()


def test_the_median_lies_where_half_the_money_is_below():
    usd = np.zeros(len(LEVERAGE_EDGES) - 1)
    usd[[4, 20]] = 1.0, 1.0
    assert LEVERAGE_EDGES[5] <= median(usd) <= LEVERAGE_EDGES[20]
    usd[4] = 0.5
    assert LEVERAGE_EDGES[20] <= median(usd) <= LEVERAGE_EDGES[21]
    assert np.isnan(median(0 * usd))


def test_a_moment_that_shows_nothing_new_is_not_painted(qtbot, charts, run, monkeypatch):
    [crowd] = look_at(charts, "leverage")
    counts = [each.step for each in run.maps if each.by_leverage_usd is not None]
    charts.player.seek(float(run.grid.end_s[counts[2]]))
    charts.grab()
    monkeypatch.setattr(crowd.canvas, "update", pytest.fail)
    charts.player.seek(float(run.grid.end_s[counts[2]]) + 1.0)


def test_a_column_tells_its_leverage_and_amount(charts):
    [crowd] = look_at(charts, "leverage")
    charts.grab()
    box, text = max(crowd.canvas.hints, key=lambda hint: hint[0].left())
    assert crowd.canvas.hint_at(box.center()) == text
    assert "×" in text
    assert "USD" in text
    assert crowd.canvas.hint_at(QPointF(-5, -5)) == ""


# ---------------------------------------------------------------- why it fell


def test_the_causes_add_up_to_the_change_of_the_price(charts, run):
    [waterfall] = look_at(charts, "causes")
    choose(charts.bar.asset, "Small")
    for button in (waterfall.before_shock, waterfall.peak, waterfall.begin):
        button.click()
        change = waterfall.content
        assert [cause for cause, _ in change.parts] == list(CAUSES)
        total = sum(usd for _, usd in change.parts)
        assert total == pytest.approx(change.to_usd - change.from_usd, rel=1e-6)
        rows = waterfall._rows(change)
        assert rows[-1].end == pytest.approx(rows[-2].end, abs=change.from_usd * 1e-4)
    assert change.from_usd == pytest.approx(0.5)
    assert change.to_usd == pytest.approx(np.exp(run["log_price"][charts.player.step, 0, 1]))


def test_a_change_is_counted_from_before_the_shock_from_the_peak_or_from_a_moment_chosen(
    charts, run
):
    [waterfall] = look_at(charts, "causes")
    log = run["log_price"][:, 0, 0]
    step = charts.player.step
    waterfall.peak.click()
    assert np.log(waterfall.content.from_usd) == pytest.approx(
        max(np.log(100_000.0), log[: step + 1].max())
    )
    waterfall.before_shock.click()
    assert waterfall.content.first == explain.shock_step(run)
    waterfall.here.click()
    assert waterfall.content is None
    assert "a later moment" in waterfall.summary()
    charts.player.seek(charts.player.time_s + 600.0)
    assert waterfall.content.first == step + 1
    charts.player.seek(0.0)
    assert waterfall.content is None


def test_parts_of_a_price_add_up_even_if_it_came_back_to_where_it_was():
    parts = explain.parts_of_price({"news": -0.2, "arbitrage": 0.2}, 100.0, 100.0)
    assert parts == pytest.approx({"news": -20.0, "arbitrage": 20.0})
    parts = explain.parts_of_price({"news": np.log(0.5) - 0.1, "arbitrage": 0.1}, 100.0, 50.0)
    assert sum(parts.values()) == pytest.approx(-50.0)


# ---------------------------------------------------------------- who bore the losses


def test_losses_up_to_the_cursor_are_those_of_the_ledger_and_add_up(charts, run):
    [losses] = look_at(charts, "losses")
    for minute in (10.0, 55.0, 90.0):
        charts.player.seek(minute * 60.0)
        expected = ledgers.losses(run, 0, charts.player.step + 1)
        assert astuple(losses.content) == pytest.approx(astuple(expected), abs=1.0)
        paid = sum(part.usd for part in losses._paid(expected))
        lost = sum(part.usd for part in losses._lost(expected))
        assert paid == pytest.approx(lost)


def test_what_is_magnified_is_led_to_around_the_words(charts):
    [losses] = look_at(charts, "losses")
    image = losses.canvas.grab().toImage()
    wedge = theme.color("raised")
    places = ((x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3))
    assert not any(image.pixelColor(x, y) == wedge for x, y in places)


# ---------------------------------------------------------------- room


def test_a_picture_that_grows_gets_more_marks(qtbot, charts):
    [gaps] = look_at(charts, "gaps")
    charts.resize(1_000, 300)
    charts.grab()
    few = len(gaps.plot.levels)
    charts.resize(1_000, 1_000)
    charts.grab()
    assert len(gaps.plot.levels) > few


def test_many_names_leave_their_values_to_the_hints(qtbot):
    header = Header()
    qtbot.addWidget(header)
    header.resize(700, 60)
    for count, brief in ((4, False), (40, True)):
        entries = [Entry(f"asset{i % 8}", header, i) for i in range(count)]
        for entry in entries:
            entry.setText("Asset")
            entry.widest_value = "−88.8 %"
        header.set_entries(entries)
        assert {entry.brief for entry in entries} == {brief}
        entries[0].set_value("−1.2 %")
        assert ("−1.2 %" in entries[0].toolTip()) == brief


def test_a_value_stands_beside_its_name_whatever_room_is_kept(qtbot):
    header = Header()
    qtbot.addWidget(header)
    entry = Entry("asset0", header)
    entry.setText("BTC")
    entry.widest_value = "888 mn Δ+888 mn"
    entry.set_value("0")
    entry.resize(entry.sizeHint())
    image = entry.grab().toImage()
    ground = image.pixelColor(image.width() - 1, 0)
    painted = [
        x
        for x in range(image.width())
        if any(image.pixelColor(x, y) != ground for y in range(image.height()))
    ]
    assert max(painted) < image.width() / 2


def test_words_beside_a_title_are_cut_between_what_they_say(qapp):
    header = Header()
    header.resize(theme.unit(560), theme.unit(40))
    entry = Entry("adl", header)
    entry.setText("a name that takes a lot of room")
    header.set_entries([entry])
    header.set_texts("ADL hits", "USD per minute · 7.69 bn so far · 2,222 accounts, and still more")
    assert header.unit.text() == "USD per minute · 7.69 bn so far …"
    header.set_texts("ADL hits", "USD per 1.5 % of price, all venues · model, not data, and more")
    assert header.unit.text() == "USD per 1.5 % of price, all venues …"


def test_pages_on_what_lies_behind_need_no_scrolling(qtbot, dressed):
    parent = QWidget()
    qtbot.addWidget(parent)
    for number in assumptions.sections():
        dialog = assumptions.window(number, parent)
        page = dialog.findChild(QTextBrowser)
        dialog.show()
        qtbot.waitExposed(dialog)
        assert page.horizontalScrollBar().maximum() == 0, number
        assert page.verticalScrollBar().maximum() == 0, number
        dialog.close()
