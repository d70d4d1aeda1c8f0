"""Pictures of experiments, from samples made up to be seen."""

import itertools

import numpy as np
import pytest
from PySide6.QtGui import QImage

from engine import experiment_commands
from engine.experiment import Results, Vary, comparison, ensemble, sweep
from engine.sample import CURVES, MEASURES, Sample
from gui import experiment_picture
from gui.charts.time_view import TimeView
from gui.experiments.differences import Differences
from gui.experiments.fan import FanChart
from gui.experiments.frame import numbers, spanned
from gui.experiments.heat_map import HeatMap, shade
from gui.experiments.sweep_line import SweepLine, positions
from gui.i18n import LANGUAGES, set_language
from gui.theme import THEMES, theme
from tests.engine.scenarios import small


def made_up(experiment, missing=0):
    """Worlds whose measures and curves grow with their place; the last ones are missing."""
    results = Results(experiment)
    points = len(results.times_s(experiment.variants[0]))
    worlds = experiment.worlds
    for n, world in enumerate(worlds[: len(worlds) - missing]):
        curves = np.linspace(0, n - 5, points) * np.ones((len(CURVES), 1))
        results.found[world] = Sample((float(n),) * len(MEASURES), curves.astype(np.float32))
    return results


def many():
    return made_up(ensemble("storm", small(), 9))


def line():
    return made_up(sweep(small(), [Vary("insurance.fund_pct", ("0.1", "0.5", "2"))], 3))


def heat():
    over = [Vary("insurance.fund_pct", ("0.1", "2")), Vary("adl.rank", ("none", "pro_rata"))]
    return made_up(sweep(small(), over, 2), missing=2)


def pair():
    return made_up(comparison(("a", "b"), small(), small(), 7))


@pytest.mark.parametrize("kind", [many, line, heat, pair])
def test_every_kind_gives_a_picture_in_every_look_and_language(qapp, tmp_path, kind):
    seen = set()
    for look, name in itertools.product(("light", "dark"), LANGUAGES):
        path = experiment_picture.save(kind(), tmp_path, "liquidated_bn", look, name)
        picture = QImage(str(path))
        assert picture.width() >= 2_000
        assert picture.pixelColor(40, picture.height() - 60) == theme.color("background")
        colors = {picture.pixel(x, y) for x in range(0, picture.width(), 7)
                  for y in range(0, picture.height(), 7)}  # fmt: skip
        assert len(colors) > 8
        seen.add(path.read_bytes())
    assert len(seen) == 4


def test_a_folder_that_cant_be_written_is_told(qapp, tmp_path):
    with pytest.raises(OSError, match="could not be written") as refused:
        experiment_picture.save(many(), tmp_path / "none", "liquidated_bn", "light", "en")
    assert str(refused.value.filename).endswith("picture.png")


def test_looks_and_languages_of_the_command_line_are_those_of_the_window():
    assert set(experiment_commands.THEMES) == set(THEMES)
    assert set(experiment_commands.LANGUAGES) == set(LANGUAGES)


def test_a_fan_tells_quantiles(qapp):
    chart = FanChart("price_index_pct", TimeView())
    chart.set_results(many())
    (fan,) = chart.fans
    assert fan.levels[:, -1].tolist() == pytest.approx([-4.6, -3.0, -1.0, 1.0, 2.6])
    assert "half of 9 worlds lie from −3.00 to 1.00, the median at −1.00" in (
        chart.accessibleDescription()
    )
    assert chart.accessibleName() == "Price index"
    set_language("zh_CN")
    assert chart.accessibleName() == "价格指数"
    chart.set_results(None)
    assert not chart.fans


def test_a_line_lies_to_scale_and_a_list_of_words_evenly(qapp):
    chart = SweepLine("adl_bn")
    chart.set_results(line())
    assert chart.levels[:, 2].tolist() == [1, 4, 7]
    assert chart.accessibleDescription() == (
        "Median at each value of insurance.fund_pct: 0.1: 1.00, 0.5: 4.00, 2: 7.00."
    )
    assert positions(("0", "1", "4")).tolist() == [0, 0.25, 1]
    assert positions(("none", "pro_rata", "x")).tolist() == [0, 0.5, 1]
    assert positions(("2", "2")).tolist() == [0.5, 0.5]
    assert positions(()).tolist() == []


def test_a_heat_map_has_the_first_setting_across_and_leaves_what_is_missing(qapp):
    chart = HeatMap("adl_bn")
    chart.set_results(heat())
    assert np.array_equal(chart.medians, [[0.5, 2.5], [4.5, np.nan]], equal_nan=True)
    assert chart.accessibleDescription() == (
        "Least at insurance.fund_pct = 0.1, adl.rank = none: 0.500; "
        "most at insurance.fund_pct = 2, adl.rank = none: 4.50."
    )
    ends = [theme.color("heat_low"), theme.color("heat_middle"), theme.color("heat_high")]
    assert [shade(share).name() for share in (0.0, 0.5, 1.0)] == [color.name() for color in ends]


def test_differences_leave_out_what_no_pair_can_tell(qapp):
    results = pair()
    for world, found in results.found.items():
        results.found[world] = Sample((np.nan, *found.values[1:]), found.curves)
    chart = Differences()
    chart.set_results(results)
    assert len(chart.rows) == len(MEASURES) - 1
    assert {tuple(row.moves) for row in chart.rows} == {(7.0,) * 7}
    assert chart.rows[0].ups == 7
    assert chart.rows[0].chance == 2 / 128
    assert "Longs among liquidations: +7.00 %" in chart.accessibleDescription()


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (-5, 5), (3, 3), (0, 0), (-2, 0), (np.nan, np.nan), (1e6, 2e6)]
)
def test_a_scale_has_room_and_marks_whatever_is_shown(low, high):
    first, last = spanned(low, high)
    assert first < last
    if np.isfinite(low):
        assert first <= low
        assert high <= last
    assert numbers(first, last, 5)
