import fake_run
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from engine.scenario import Position
from gui import format as fmt
from gui.charts import thinning, ticks
from gui.charts.figures import Figures
from gui.charts.marks import Mark, paint_level
from gui.charts.ticks import times
from gui.charts.time_charts import TimeCharts
from gui.i18n import set_language
from gui.player import Player
from gui.theme import theme

SHOCK_S = fake_run.SHOCK_MIN * 60.0


def at_cursor(minutes):
    return SHOCK_S + minutes * 60.0


@pytest.fixture
def player(qapp):
    player = Player()
    player.show(fake_run.fake_run(fake_run.fake_scenario()))
    player.seek(at_cursor(29))
    return player


@pytest.fixture
def charts(qtbot, player):
    charts = TimeCharts(player)
    qtbot.addWidget(charts)
    charts.resize(1_000, 640)
    charts.show()
    qtbot.waitExposed(charts)
    return charts


def pixel(charts, chart, x, y):
    image = chart.plot.viewport().grab().toImage()
    scale = image.devicePixelRatio()
    return image.pixelColor(round(x * scale), round(y * scale))


# ---------------------------------------------------------------- figures


def test_bars_add_up_to_the_liquidations_of_the_run(charts, player):
    charts.show_all()
    long, short = charts.liquidations.bars
    assert (long.top - long.base).sum() == pytest.approx(player.run["liquidated_long_usd"].sum())
    assert (short.base - short.top).sum() == pytest.approx(player.run["liquidated_short_usd"].sum())


def test_adl_bars_stack_to_all_that_was_closed(charts, player):
    charts.show_all()
    others, hedged = charts.adl.bars
    np.testing.assert_allclose(others.top, hedged.base)
    assert hedged.top.sum() == pytest.approx(player.run["adl_usd"].sum())
    assert (hedged.top - hedged.base).sum() == pytest.approx(player.run["adl_hedged_usd"].sum())


def test_figures_that_grow_are_those_of_the_whole_run():
    scenario = fake_run.fake_scenario()
    run = fake_run.fake_run(scenario, share=0.3)
    grown = Figures(run)
    fake_run.extend(run, len(run.grid))
    grown.extend()
    whole = Figures(fake_run.fake_run(scenario))
    np.testing.assert_array_equal(grown.log_price, whole.log_price)
    for name, total in whole.since_start.items():
        np.testing.assert_allclose(grown.since_start[name], total)


def test_prices_are_told_from_just_before_the_first_shock(charts, player):
    run = player.run
    before = np.searchsorted(run.grid.end_s, SHOCK_S, side="right") - 1
    change = np.expm1(run["log_price"][player.step, 0, 4] - run["log_price"][before, 0, 4])
    shown = charts.price.header.entries[4].value.replace("−", "-").rstrip("\N{NO-BREAK SPACE}%")
    assert float(shown) == pytest.approx(change * 100, abs=0.06)


def test_a_thinned_curve_keeps_its_peaks_and_is_short():
    time_s = np.cumsum(np.where(np.arange(50_000) % 7, 5.0, 60.0))
    values = np.random.default_rng(1).normal(size=50_000).cumsum()
    xs, ys = thinning.thin(time_s, values)
    assert len(xs) <= thinning.POINTS
    assert (ys.min(), ys.max()) == (values.min(), values.max())
    assert (np.diff(xs) >= 0).all()


def test_bars_within_a_long_step_share_it_evenly(charts, player):
    charts.view.show(at_cursor(400), at_cursor(410))  # steps of a minute, bars of ten seconds
    assert charts.liquidations.bin_s == 10.0
    heights = charts.liquidations.bars[0].top
    np.testing.assert_allclose(heights[0:6], heights[0])


def test_no_number_of_the_liquidations_holds_what_is_still_to_come(charts, player):
    charts.show_all()  # bars of many minutes, and the storm begins within one of them
    run, long = player.run, charts.liquidations.header.entries[0]
    flow = run["liquidated_long_usd"][:, 0].sum(axis=(1, 2))
    start_s, end_s = run.grid.start_s, run.grid.end_s
    for time_s in (0.0, SHOCK_S - 60.0, SHOCK_S + 60.0):
        player.seek(time_s)
        within = (end_s <= player.time_s) & (start_s >= player.time_s - charts.liquidations.bin_s)
        charts.liquidations.read_out(charts.figures)
        assert long.value == fmt.usd(float(flow[within].sum()))


# ---------------------------------------------------------------- the cursor


def test_the_boundary_between_bright_and_faint_follows_the_cursor(charts, player):
    chart = charts.liquidations
    bars = chart.bars[0]
    tallest = int(np.argmax(bars.top))
    x = chart.plot.x_px(float(bars.edges[tallest : tallest + 2].mean()))
    y = chart.plot.y_px(float(bars.top[tallest]) / 2)
    player.seek(at_cursor(170))
    assert pixel(charts, chart, x, y) == theme.color("long")
    player.seek(at_cursor(-10))
    faint = pixel(charts, chart, x, y)
    assert faint != theme.color("long")
    assert faint != theme.color("background")


def test_the_cursor_line_stands_at_one_place_in_all_charts(charts, player):
    for chart in charts.charts:
        x = round(chart.plot.x_px(player.time_s))
        assert pixel(charts, chart, x, chart.plot.frame_px().top() + 3) == theme.color("cursor")
        assert chart.plot.frame_px().left() == charts.price.plot.frame_px().left()
        assert chart.plot.frame_px().width() == charts.price.plot.frame_px().width()


def test_moving_the_cursor_rebuilds_no_curve(charts, player, monkeypatch):
    monkeypatch.setattr(charts.price.curves[0], "setData", pytest.fail)
    monkeypatch.setattr(charts.liquidations.bars[0], "set_bars", pytest.fail)
    player.seek(at_cursor(60))
    assert charts.price.plot.cursor_s == at_cursor(60)


def test_a_click_moves_the_cursor(qtbot, charts, player):
    plot = charts.adl.plot
    point = QPoint(round(plot.x_px(at_cursor(90))), 20)
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert player.time_s == pytest.approx(at_cursor(90), abs=plot.view.span_s / 500)


def test_the_cursor_can_be_dragged(qtbot, charts, player):
    viewport, plot = charts.price.plot.viewport(), charts.price.plot
    qtbot.mousePress(
        viewport, Qt.MouseButton.LeftButton, pos=QPoint(round(plot.x_px(player.time_s)), 40)
    )
    qtbot.mouseMove(viewport, QPoint(round(plot.x_px(at_cursor(60))), 40))
    qtbot.mouseRelease(
        viewport, Qt.MouseButton.LeftButton, pos=QPoint(round(plot.x_px(at_cursor(60))), 40)
    )
    assert player.time_s == pytest.approx(at_cursor(60), abs=plot.view.span_s / 500)
    assert charts.view.mode == "storm"  # the view stood still


# ---------------------------------------------------------------- the view


def test_the_storm_is_shown_first_and_all_is_a_click_away(qtbot, charts):
    assert (charts.view.first_s, charts.view.last_s) == (at_cursor(-45), at_cursor(180))
    qtbot.mouseClick(charts.bar.all, Qt.MouseButton.LeftButton)
    assert (charts.view.first_s, charts.view.last_s) == (0.0, 2 * 86_400.0)
    qtbot.mouseClick(charts.bar.storm, Qt.MouseButton.LeftButton)
    assert charts.view.last_s == at_cursor(180)


def test_without_a_shock_everything_is_shown(qtbot, player):
    player.show(fake_run.fake_run(fake_run.fake_scenario(shocked=False)))
    charts = TimeCharts(player)
    qtbot.addWidget(charts)
    charts.show()
    assert (charts.view.first_s, charts.view.last_s) == (0.0, 2 * 86_400.0)
    assert not charts.bar.storm.isEnabled()


def test_the_wheel_zooms_about_the_mouse(charts):
    plot = charts.price.plot
    where = QPointF(plot.x_px(at_cursor(60)), 40)
    event = QWheelEvent(
        where, where, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(plot.viewport(), event)
    assert charts.view.span_s == pytest.approx(225 * 60 / 1.25)
    assert plot.time_at(where.x()) == pytest.approx(at_cursor(60), abs=1)


def test_a_drag_moves_the_view_and_shift_marks_a_stretch(qtbot, charts):
    plot, view = charts.price.plot, charts.view
    viewport = plot.viewport()
    start, end = (QPoint(round(plot.x_px(at_cursor(m))), 40) for m in (100, 60))
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(viewport, end)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=end)
    assert view.first_s == pytest.approx(at_cursor(-5), abs=60)
    shift = Qt.KeyboardModifier.ShiftModifier
    start, end = (QPoint(round(plot.x_px(at_cursor(m))), 40) for m in (20, 50))
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, shift, start)
    qtbot.mouseMove(viewport, end)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, shift, end)
    assert view.first_s == pytest.approx(at_cursor(20), abs=60)
    assert view.last_s == pytest.approx(at_cursor(50), abs=60)


def test_the_view_never_leaves_the_scenario(charts):
    charts.view.pan(-1e9)
    assert charts.view.first_s == 0.0
    charts.view.zoom(1e-9)
    assert charts.view.span_s == 60.0
    charts.view.zoom(1e9)
    assert (charts.view.first_s, charts.view.last_s) == (0.0, 2 * 86_400.0)


def test_the_page_turns_after_the_cursor_unless_told_not_to(qtbot, charts, player):
    player.seek(at_cursor(300))
    assert charts.view.first_s < player.time_s < charts.view.last_s
    qtbot.mouseClick(charts.bar.follow, Qt.MouseButton.LeftButton)
    before = charts.view.first_s
    player.seek(at_cursor(-300))
    assert charts.view.first_s == before


def test_who_looks_elsewhere_while_playing_is_left_alone(charts, player):
    player.playing = True
    charts.view.show(at_cursor(400), at_cursor(500))
    player.seek(at_cursor(31))
    assert charts.view.first_s == at_cursor(400)


def test_bars_state_their_width(charts):
    assert "per minute" in charts.liquidations.header.unit.text()
    charts.show_all()
    assert "per 15 min" in charts.liquidations.header.unit.text()


# ---------------------------------------------------------------- legend, axes, words


def test_a_click_in_the_legend_hides_a_curve_and_fits_the_scale(qtbot, charts):
    small = charts.price.header.entries[4]
    low = charts.price.plot.getPlotItem().getViewBox().viewRange()[1][0]
    qtbot.mouseClick(small, Qt.MouseButton.LeftButton)
    assert not charts.price.curves[4].isVisible()
    assert charts.price.plot.getPlotItem().getViewBox().viewRange()[1][0] > low
    qtbot.mouseClick(small, Qt.MouseButton.LeftButton)
    assert charts.price.curves[4].isVisible()


@pytest.mark.parametrize("width", [420, 620, 900, 1_300])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_nothing_in_a_header_overlaps(charts, width, language):
    set_language(language)
    charts.resize(width, 640)
    for chart in charts.charts:
        parts = [chart.header.title, chart.header.unit, *chart.header.entries]
        boxes = [part.geometry() for part in parts]
        for i, box in enumerate(boxes):
            for other in boxes[i + 1 :]:
                assert not box.intersects(other), (chart.header.title.text(), width)
        assert all(entry.geometry().right() < chart.width() for entry in chart.header.entries)


def red_pixels(plot, left, right):
    """Count what is as red as the words at a shock, between two places."""
    image, red = plot.viewport().grab().toImage(), theme.color("danger")
    rows = range(image.height() - 30, image.height())
    return sum(image.pixelColor(x, y) == red for x in range(left, right) for y in rows)


def test_the_cursor_does_not_cross_the_words_at_a_shock(charts, player):
    plot = charts.price.plot
    mark = round(plot.x_px(SHOCK_S))
    player.seek(SHOCK_S + 3_600.0)
    assert red_pixels(plot, mark - 80, mark - 8) > 3
    player.seek(plot.time_at(mark - 20))
    assert red_pixels(plot, mark - 80, mark - 8) == 0
    assert red_pixels(plot, mark + 8, mark + 80) > 3
    player.seek(plot.time_at(mark - 130))
    assert red_pixels(plot, mark - 80, mark - 8) > 3


def test_words_on_lines_do_not_overlap(qtbot, charts, monkeypatch):
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QImage, QPainter

    written = []

    class Spy(QPainter):
        def drawText(self, box, *rest):  # noqa: N802
            written.append(QRectF(box))

    image = QImage(400, 200, QImage.Format.Format_ARGB32)
    painter = Spy(image)
    color = theme.color("danger")
    levels = (50.0, 55.0, 56.0, 62.0, 120.0)
    paint_level(painter, QRectF(0, 0, 400, 200), [Mark(y, f"word {y}", color) for y in levels])
    painter.end()
    assert len(written) == len(levels)  # beside each other where lines are close
    assert not any(a.intersects(b) for i, a in enumerate(written) for b in written[i + 1 :])
    struck = [b for b in written if any(b.top() < y + 0.5 < b.bottom() for y in levels)]
    assert len(struck) == 2  # the inner ones of four can't but be


def test_the_date_stands_where_a_day_begins():
    start = fake_run.fake_scenario().clock.start_datetime()
    labels = [text for _, text in times(20 * 3_600.0, 28 * 3_600.0, start, 8)]
    assert labels == [
        "20:00",
        "21:00",
        "22:00",
        "23:00",
        "11 Oct",
        "01:00",
        "02:00",
        "03:00",
        "04:00",
    ]


def test_my_liquidation_price_is_a_line_while_the_asset_is_shown(qtbot, player):
    position = Position(asset="ETH", venue="A", leverage=8.0, open_min=fake_run.SHOCK_MIN - 60)
    player.show(fake_run.fake_run(fake_run.fake_scenario(desk=(position,))))
    charts = TimeCharts(player)
    qtbot.addWidget(charts)
    charts.show()
    [(level, word, asset)] = charts.price.plot.lines
    assert -13.5 < level < -11.5
    assert "ETH" in word
    assert asset == 1
    charts.price.header.entries[1].click()
    assert charts.price.plot.lines == []


def test_every_chart_has_a_name_and_a_sentence(charts):
    charts._describe_views()
    for chart in charts.charts:
        assert chart.accessibleName()
        assert chart.accessibleDescription().endswith(".")


# ---------------------------------------------------------------- what comes and goes


def test_charts_show_what_is_computed_and_grow(qtbot, player):
    run = fake_run.fake_run(fake_run.fake_scenario(), share=0.5)
    player.show(run)
    charts = TimeCharts(player)
    qtbot.addWidget(charts)
    charts.show()
    charts.show_all()
    before = charts.price.curves[0].xData[-1]
    fake_run.extend(run, len(run.grid))
    player.grew.emit()
    assert before < charts.price.curves[0].xData[-1] == run.grid.end_s[-1]


def test_an_empty_run_and_no_run_are_no_trouble(qtbot, qapp):
    player = Player()
    charts = TimeCharts(player)
    qtbot.addWidget(charts)
    charts.show()
    charts.grab()
    player.show(fake_run.fake_run(fake_run.fake_scenario(), share=0.0))
    charts.grab()
    assert charts.price.header.entries[0].value == "–"


def test_hidden_charts_are_not_drawn_until_they_are_seen(qtbot, player, monkeypatch):
    charts = TimeCharts(player)
    qtbot.addWidget(charts)
    assert len(charts.price.curves[0].xData) == 0
    charts.show()
    assert len(charts.price.curves[0].xData) > 10


def test_another_number_of_assets(qtbot, charts, player):
    scenario = fake_run.fake_scenario()
    fewer = scenario.model_copy(update={"assets": scenario.assets[:2]})
    player.show(fake_run.fake_run(fewer))
    assert [entry.text() for entry in charts.price.header.entries] == ["BTC", "ETH"]
    assert not charts.price.curves[4].isVisible()


def test_without_insurance_funds_there_is_no_curve_of_them(charts, player):
    scenario = fake_run.fake_scenario()
    none = scenario.model_copy(
        update={"insurance": scenario.insurance.model_copy(update={"fund_pct": 0.0})}
    )
    player.show(fake_run.fake_run(none))
    assert not charts.open_interest.fund.isVisible()
    assert charts.open_interest.header.entries[1].value == "–"


def test_themes_and_languages_change_what_is_shown(charts):
    theme.set("light")
    assert charts.price.curves[1].opts["pen"].color() == theme.color("asset1")
    set_language("zh_CN")
    assert charts.liquidations.header.title.text() == "强平"


def test_the_view_turns_back_to_the_storm_when_the_cursor_does(charts, player):
    player.seek(at_cursor(-1_000))
    assert charts.view.mode == "free"
    player.seek(at_cursor(-5))
    assert charts.view.mode == "storm"
    assert (charts.view.first_s, charts.view.last_s) == (at_cursor(-45), at_cursor(180))


def test_another_run_leaves_the_view_where_it_is(charts, player):
    charts.view.show(at_cursor(300), at_cursor(400))
    player.show(fake_run.fake_run(fake_run.fake_scenario()))
    assert (charts.view.first_s, charts.view.last_s) == (at_cursor(300), at_cursor(400))


def test_moving_the_cursor_paints_the_strip_it_passed_over_and_no_more(qtbot, charts, player):
    viewport, plot = charts.price.plot.viewport(), charts.price.plot
    painted = []

    class Watch(QObject):
        def eventFilter(self, _watched, event):  # noqa: N802
            if event.type() == QEvent.Type.Paint:
                painted.append(event.region().boundingRect())
            return False

    QApplication.processEvents()  # what is still to be painted from before
    watch = Watch()
    viewport.installEventFilter(watch)
    before = plot.x_px(player.time_s)
    player.seek(player.time_s + 60)
    qtbot.waitUntil(lambda: bool(painted))
    viewport.removeEventFilter(watch)
    [strip] = painted
    assert strip.left() < before < plot.x_px(player.time_s) < strip.right()
    assert strip.width() < 20


def test_distances_grow_with_the_text(charts):
    before = charts.column.contentsMargins().left()
    theme.set_zoom(2.0)
    after = charts.column.contentsMargins().left()
    theme.set_zoom(1.0)
    assert after > 1.5 * before


def test_powers_of_ten_have_no_noughts_behind_their_point():
    assert [text for _, text in ticks.powers(-1.2, 2.2, 4)] == ["0.1", "1", "10", "100"]
    assert [text for _, text in ticks.powers(-0.9, -0.75, 2)] == ["0.1400", "0.1600"]
