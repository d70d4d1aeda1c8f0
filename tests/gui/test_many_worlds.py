"""Many worlds: what can be played, how it is shown, and what becomes of a world that is chosen."""

import fake_run
import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication, QWidget

from engine.clock import grid
from engine.experiment import Results, ensemble
from engine.sample import CURVES, MEASURES, Sample, points_s
from gui import settings as kept_settings
from gui.document import Document
from gui.experiment_job import Job
from gui.i18n import set_language, tr
from gui.kept_worlds import keep
from gui.pinned import Pinned
from gui.player import Player
from gui.theme import theme
from gui.views.many_worlds import ManyWorlds
from gui.views.play_bar import PlayBar
from gui.views.setting_picker import SettingPicker
from tests.engine.scenarios import small


@pytest.fixture
def window(qtbot, october):
    owner = QWidget()
    qtbot.addWidget(owner)
    document, player = Document(small()), Player()
    window = ManyWorlds(document, Pinned(player), owner)
    window.show()
    yield window
    window.shut()


def made_up(experiment):
    """Results in which everything is known: world n of all has n for every measure."""
    found = {}
    for nth, world in enumerate(experiment.worlds):
        points = len(points_s(grid(experiment.variants[0].scenario)))
        curves = np.full((len(CURVES), points), nth, dtype=np.float32)
        found[world] = Sample(tuple(float(nth) for _ in MEASURES), curves)
    return Results(experiment, found)


def choose(window, kind):
    window.kind.setCurrentIndex(["seeds", "one", "two", "pair"].index(kind))
    window.play_bar.seeds.setValue(5)


# ---------------------------------------------------------------- played in processes


def test_worlds_are_played_beside_the_window_and_shown(window, qtbot):
    choose(window, "seeds")
    window.play_bar.seeds.setValue(3)
    with qtbot.waitSignal(window.play_bar.ended, timeout=120_000):
        qtbot.mouseClick(window.play_bar.button, Qt.MouseButton.LeftButton)
        assert window.play_bar.button.text() == "Stop"
        assert window.play_bar.progress.isVisible()
    assert window.play_bar.status.text() == "3 worlds played"
    assert len(window.results.results.found) == 3
    assert len(window.results.distribution.values) == 3
    assert window.csv.isEnabled()
    assert window.play_bar.button.text() == "Begin"
    set_language("zh_CN")
    assert (
        window.play_bar.status.text() == tr("{count} worlds played", count=3) != "3 worlds played"
    )
    theme.set_zoom(1.5)
    sizes = {window.results.tabs.tabBar().font().pointSizeF(), QApplication.font().pointSizeF()}
    theme.set_zoom(1.0)
    assert len(sizes) == 1


def test_stopping_keeps_what_is_finished(qtbot):
    job = Job(ensemble("worlds", small(), 40), processes=1)
    grown = []
    job.grew.connect(grown.append)
    with qtbot.waitSignal(job.ended, timeout=120_000) as ended:
        job.start()
        qtbot.waitUntil(lambda: bool(grown), timeout=100_000)
        job.cancel()
    assert ended.args == [""]
    assert job.cancelled
    assert 0 < len(grown[-1].found) < 40


def test_a_scheduler_that_does_not_answer_is_told_in_a_sentence(window, qtbot):
    pytest.importorskip("engine.cluster")
    window.play_bar.scheduler.setText("nonsense")
    with qtbot.waitSignal(window.play_bar.ended, timeout=60_000):
        qtbot.mouseClick(window.play_bar.button, Qt.MouseButton.LeftButton)
    assert "0 of 20 worlds are finished" in window.play_bar.status.text()
    assert window.play_bar.status.property("role") == "danger"


@pytest.mark.parametrize("there", [True, False])
def test_a_cluster_is_offered_only_with_the_package_for_it(qtbot, monkeypatch, there):
    monkeypatch.setattr("gui.views.play_bar.available", lambda: there)
    bar = PlayBar()
    qtbot.addWidget(bar)
    assert bar.scheduler.isHidden() is not there


# ---------------------------------------------------------------- interrupted batches


def kept_files():
    return sorted((kept_settings.folder("data") / "worlds").glob("*"))


def test_an_interrupted_batch_goes_on_where_it_stopped(window, qtbot):
    choose(window, "seeds")
    window.play_bar.seeds.setValue(40)
    with qtbot.waitSignal(window.play_bar.grew, timeout=100_000):
        qtbot.mouseClick(window.play_bar.button, Qt.MouseButton.LeftButton)
    window.shut()  # in the middle of it
    qtbot.waitUntil(lambda: [path.suffix for path in kept_files()] == [".worlds"])
    again = ManyWorlds(window.document, window.pinned, window.parentWidget())
    again.play_bar.seeds.setValue(40)
    grown = []
    again.play_bar.grew.connect(grown.append)
    with qtbot.waitSignal(again.play_bar.ended, timeout=100_000):
        again.play_bar.button.click()
    assert 0 < len(grown[0].found) < 40  # what was kept is there at once
    assert len(grown[-1].found) == 40
    told = f"40 worlds played · {len(grown[0].found)} of them were kept before"
    assert again.play_bar.status.text() == told
    assert kept_files() == []  # a batch that is whole needs no journal


def test_kept_worlds_are_the_same_to_the_bit(qtbot):
    experiment = ensemble("worlds", small(), 6)
    whole = made_up(experiment)
    results, keeping = keep(experiment)
    assert not results.found
    keeping.add({world: found.as_json() for world, found in list(whole.found.items())[:4]})
    assert keep(experiment)[1] is None  # another window holds it: played without
    keeping.end(whole=False)
    more = ensemble("worlds", small(), 9)  # the same with more seeds
    results, keeping = keep(more)
    keeping.end(whole=True)
    assert list(results.found) == experiment.worlds[:4]
    for world, found in results.found.items():
        assert found.values == whole.found[world].values
        assert (found.curves == whole.found[world].curves).all()
    assert kept_files() == []


def test_only_the_latest_batches_are_kept_and_damaged_ones_begun_anew(qtbot):
    for seed in range(8):
        _, keeping = keep(ensemble("worlds", small().model_copy(update={"seed": seed}), 2))
        keeping.end(whole=False)
    assert len(kept_files()) == 5
    last = max(kept_files(), key=lambda path: path.stat().st_mtime)
    last.write_text("nonsense\n")
    results, keeping = keep(ensemble("worlds", small().model_copy(update={"seed": 7}), 2))
    assert not results.found
    assert keeping.path == last
    keeping.end(whole=True)


# ---------------------------------------------------------------- what is to be played


def test_a_setting_is_found_by_its_words_and_gets_a_range_around_its_value(qtbot):
    picker = SettingPicker()
    qtbot.addWidget(picker)
    scenario = small()
    picker.set_scenario(scenario)
    picker.choose("shocks.0.size_pct")
    assert picker.setting.path == "shocks.0.size_pct"
    picker.choose("crowd.long_share")
    first, *_, last = map(float, picker.vary().values)
    assert first < scenario.crowd.long_share < last <= 1.0
    assert len(picker.vary().values) == 5
    picker.choose("adl.rank")
    assert "pro_rata" in picker.vary().values
    assert not picker.count.isEnabled()


def test_values_that_are_not_allowed_are_refused_with_what_is(window, qtbot):
    choose(window, "one")
    window.pickers[0].first.setText("lots")
    qtbot.mouseClick(window.play_bar.button, Qt.MouseButton.LeftButton)
    assert "type a number from" in window.play_bar.status.text()
    assert not window.play_bar.playing
    window.pickers[0].first.setText(window.pickers[0].last.text())
    qtbot.mouseClick(window.play_bar.button, Qt.MouseButton.LeftButton)
    assert "two different values" in window.play_bar.status.text()


def test_the_same_setting_twice_is_refused(window, qtbot):
    choose(window, "two")
    window.pickers[1].choose(window.pickers[0].setting.path)
    qtbot.mouseClick(window.play_bar.button, Qt.MouseButton.LeftButton)
    assert window.play_bar.status.property("role") == "danger"


def test_a_smaller_crowd_is_offered_where_it_is_smaller(window):
    assert window.play_bar.fewer.isHidden()
    large = window.document.scenario
    large = large.model_copy(update={"crowd": large.crowd.model_copy(update={"accounts": 50_000})})
    window.play_bar.take_scenario(large)
    assert not window.play_bar.fewer.isHidden()
    assert window.play_bar.with_crowd(large).crowd.accounts == 20_000
    window.play_bar.fewer.setChecked(False)
    assert window.play_bar.with_crowd(large) == large


def test_a_against_b_needs_a(window):
    choose(window, "pair")
    assert not window.play_bar.button.isEnabled()
    run = fake_run.fake_run(small())
    window.pinned.player.show(run)
    window.pinned.pin()
    assert window.play_bar.button.isEnabled()
    experiment = window.experiment()
    assert [variant.name for variant in experiment.variants] == ["A", "B"]
    window.results.set_results(made_up(experiment))
    assert window.results.shown() == [window.results.fan, window.results.differences]


# ---------------------------------------------------------------- what is shown and chosen


def show(window, kind):
    choose(window, kind)
    for picker in window.pickers:
        picker.count.setValue(2)
    experiment = window.experiment()
    window._asked = window._question()
    window._grew(made_up(experiment))
    QApplication.processEvents()  # everything is laid out
    return experiment


@pytest.mark.parametrize("kind", ["seeds", "one", "two"])
def test_results_that_are_not_there_yet_are_shown_empty(window, kind):
    choose(window, kind)
    window.results.set_results(Results(window.experiment()))
    window.results.grab()


def test_an_empty_window_says_what_it_answers_and_what_that_takes(window):
    told = set()
    for kind in ("seeds", "one", "two", "pair"):
        choose(window, kind)
        assert not window.results.invitation.isHidden()
        assert window.results.tabs.isHidden()
        told.add(window.results.invitation.text.text())
    assert len(told) == 4
    choose(window, "two")
    window.pickers[0].count.setValue(3)
    window.pickers[1].count.setValue(4)
    assert window.play_bar.cost.text().startswith("60 worlds, about ")


def test_pictures_say_what_they_belong_to_and_when_they_are_stale(window):
    show(window, "seeds")
    assert window.results.belongs.text() == "Small market · seeds 3 to 7 · 2,000 accounts"
    assert window.results.belongs.property("role") == "muted"
    window.open_world(window.results.results.experiment.variants[0], 5)
    assert window.results.belongs.property("role") == "muted"  # a seed is no other scenario
    window.document.change("A change", "insurance.fund_pct", 5.0)
    assert "scenario was changed" in window.results.belongs.text()
    assert window.results.belongs.property("role") == "danger"
    window.document.undo()
    assert window.results.belongs.property("role") == "muted"
    choose(window, "one")
    assert "something else is chosen" in window.results.belongs.text()
    choose(window, "seeds")
    assert "⚠" not in window.results.belongs.text()


def test_lines_of_the_distribution_have_names_that_do_not_touch(window, monkeypatch):
    show(window, "seeds")
    chart = window.results.distribution
    named = []
    monkeypatch.setattr(chart, "paint_above", lambda _p, _f, marks, _c: named.append(marks))
    chart.grab()
    marks = named[0]
    assert [name.replace("\N{NO-BREAK SPACE}", "") for _, name in marks] == [
        "median", "5%", "95%", "25%", "75%",
    ]  # fmt: skip
    assert marks[0][0] == chart._x(chart.frame(), 2.0)


def test_a_dot_opens_its_world_as_one_step(window, qtbot):
    show(window, "seeds")
    chart = window.results.distribution
    chart.setFocus()
    for _ in range(5):
        qtbot.keyClick(chart, Qt.Key.Key_Right)
    qtbot.keyClick(chart, Qt.Key.Key_Return)
    first = small().seed
    assert window.document.scenario.seed == first + 4
    assert window.document.undo_stack.undoText() == f"World with seed {first + 4}"
    at, _ = chart._dots(chart.frame())
    qtbot.mouseMove(chart, at[1].toPoint())
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=at[1].toPoint())
    assert window.document.scenario.seed == first + 1
    window.document.undo()
    window.document.undo()
    assert window.document.scenario == small()


def test_a_cell_opens_its_settings(window, qtbot):
    experiment = show(window, "two")
    heat = window.results.heat
    frame = heat.frame()
    point = QPointF(frame.left() + frame.width() * 0.75, frame.top() + frame.height() * 0.75)
    assert heat.variant_at(point) == 2  # the second value to the right, the first upward
    qtbot.mouseClick(heat, Qt.MouseButton.LeftButton, pos=point.toPoint())
    chosen = window.document.scenario
    variant = experiment.variants[2]
    assert chosen == variant.scenario.model_copy(update={"seed": chosen.seed})
    assert heat.paths[0] == "Insurance fund"
    assert "%" in heat.across[0]


def test_a_value_of_one_setting_opens_too(window, qtbot):
    experiment = show(window, "one")
    line = window.results.line
    frame = line.frame()
    qtbot.mouseClick(
        line,
        Qt.MouseButton.LeftButton,
        pos=QPointF(frame.right() - 2, frame.center().y()).toPoint(),
    )
    assert window.document.scenario.insurance == experiment.variants[-1].scenario.insurance


@pytest.mark.parametrize(
    ("kind", "keys", "place"),
    [("one", "Right Right Left Right", 1), ("two", "Right Up Right Down Right", 2)],
)
def test_values_and_cells_are_chosen_by_keys(window, qtbot, kind, keys, place):
    experiment = show(window, kind)
    (chart,) = window.results.shown()
    chart.setFocus()
    chart.point_at(None)
    for key in keys.split():
        qtbot.keyClick(chart, getattr(Qt.Key, f"Key_{key}"))
    assert chart.pointed == place
    assert chart.told_of(place) in chart.texts()[1]
    assert chart.accessibleDescription() == chart.told_of(place)
    chart.grab()
    qtbot.keyClick(chart, Qt.Key.Key_Return)
    chosen = window.document.scenario
    assert chosen == experiment.variants[place].scenario.model_copy(update={"seed": chosen.seed})


def test_worlds_stand_in_a_table_and_open_from_it(window, qtbot):
    experiment = show(window, "one")
    table = window.results.table
    window.results.tabs.setCurrentIndex(1)
    model = table.worlds
    assert model.rowCount() == len(experiment.worlds) == 10
    assert model.headerData(0, Qt.Orientation.Horizontal) == "Insurance fund"
    table.setCurrentIndex(model.index(9, 0))
    table.activated.emit(model.index(9, 0))
    assert window.document.scenario.seed == small().seed + 4


def test_worlds_are_copied_with_their_titles(window, qtbot, qapp):
    show(window, "one")
    window.results.tabs.setCurrentIndex(1)
    table = window.results.table
    table.setFocus()
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(table, Qt.Key.Key_C, control)
    lines = qapp.clipboard().text().split("\n")
    assert len(lines) == 11
    assert lines[0].startswith("Insurance fund\tSeed\tLiquidations, bn USD\t")
    table.selectRow(3)
    qtbot.keyClick(table, Qt.Key.Key_C, control)
    assert qapp.clipboard().text().split("\n") == [lines[0], lines[4]]


def test_another_quantity_is_a_choice(window):
    show(window, "seeds")
    results = window.results
    results.curve.setCurrentIndex(list(CURVES).index("price_smallest_pct"))
    results.curve.activated.emit(0)
    results.measure.setCurrentIndex(list(MEASURES).index("adl_bn"))
    results.measure.activated.emit(0)
    assert results.fan.texts()[0] == "Price of the smallest asset"
    assert results.distribution.texts()[0] == "Closed by ADL"


def test_billions_are_counted_in_the_language_s_own_units(window, tmp_path):
    show(window, "seeds")
    chart, table = window.results.distribution, window.results.table.worlds
    assert chart.texts()[1] == "bn USD"
    (middle,) = chart.values[2:3]
    set_language("zh_CN")
    assert chart.texts()[1] == "亿美元"
    assert chart.values[2] == 10 * middle == 20
    row = [table.data(table.index(2, column)) for column in range(table.columnCount())]
    head = [table.headerData(n, Qt.Orientation.Horizontal) for n in range(table.columnCount())]
    assert dict(zip(head, row, strict=True))["强平\n亿美元"] == "20.0"
    window.save_csv(tmp_path)
    assert (tmp_path / "worlds.csv").read_text().splitlines()[0].split(",")[2] == "liquidated_bn"


def test_differences_that_are_rounding_move_nothing(window):
    window.pinned.player.show(fake_run.fake_run(small()))
    window.pinned.pin()
    choose(window, "pair")
    results = made_up(window.experiment())
    chart = window.results.differences
    for world, found in results.found.items():
        values = tuple(3.2 + (1e-15 if world.variant == "B" else 0.0) for _ in found.values)
        results.found[world] = Sample(values, found.curves)
    chart.set_results(results)
    assert {chart._told(row).split()[0] for row in chart.rows} == {"0"}
    assert {chart._verdict(row) for row in chart.rows} == {"nothing moves"}


def test_csv_and_picture_are_saved_or_refused_with_a_sentence(window, tmp_path):
    show(window, "seeds")
    window.save_csv(tmp_path)
    assert (tmp_path / "worlds.csv").read_text().count("\n") == 6
    window.save_image(tmp_path / "worlds.png")
    assert (tmp_path / "worlds.png").stat().st_size > 1_000
    assert window.play_bar.status.property("role") == "muted"
    window.save_csv(tmp_path / "nowhere")
    assert "could not be written" in window.play_bar.status.text()
