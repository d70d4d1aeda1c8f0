"""What the pictures of each tab tell, against the run."""

from dataclasses import astuple

import numpy as np
import pytest
from looking import choose, look_at, number
from PySide6.QtCore import QPoint, QPointF

from engine import explain, ledgers
from engine.leverage import LEVERAGE_EDGES
from engine.record import CAUSES, MAP_BINS, MAP_LOG_RANGE
from gui.charts.crowd_leverage import median
from gui.i18n import set_language
from gui.theme import theme

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
    assert depth.values(charts.figures, 1, 0) == pytest.approx(run["depth_share"][0, 0, 1] * 5e6)
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
