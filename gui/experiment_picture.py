"""A picture of an experiment, made without a display: which charts, how large, in which look."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from engine.experiment import Results
from gui.application import make_application
from gui.charts.time_view import TimeView
from gui.experiments.differences import Differences
from gui.experiments.fan import FanChart
from gui.experiments.heat_map import HeatMap
from gui.experiments.sweep_line import SweepLine
from gui.i18n import as_shipped, in_a_row, tr
from gui.i18n import language as chosen_language
from gui.settings import Settings
from gui.theme import theme as chosen_theme

NAME = "picture.png"
WIDTH, HEIGHT = 1_100, 760
"""In units of :meth:`gui.theme.Theme.unit`."""

SHARPNESS = 2.0
"""Pixels of the file per pixel of the screen."""


def save(results: Results, folder: Path, measure: str, theme: str, language: str) -> Path:
    """Draw what is finished of an experiment and save it to a folder; return the path.

    Parameters
    ----------
    measure
        What a sweep shows, one of :data:`engine.sample.MEASURES`.
    theme, language
        One of :data:`gui.theme.THEMES`, of :data:`gui.i18n.LANGUAGES`.

    Raises
    ------
    OSError
        If the file can't be written.
    """
    if QApplication.instance() is None:
        if sys.platform == "linux":
            os.environ["QT_QPA_PLATFORM"] = "offscreen"  # nothing will be shown
        make_application(Settings(theme=theme, language=language))
    chosen_theme.set(theme)
    chosen_language.choose(language)
    path = folder / NAME
    sheet = Sheet(results, measure)
    sheet.resize(sheet.sizeHint())
    sheet.ensurePolished()
    picture = QPixmap(sheet.size() * SHARPNESS)
    picture.setDevicePixelRatio(SHARPNESS)
    sheet.render(picture)
    if not picture.save(str(path)):
        raise OSError(None, "the picture could not be written", str(path))
    return path


class Sheet(QWidget):
    """A heading, how to read it, and the charts that suit the kind of experiment."""

    def __init__(self, results: Results, measure: str) -> None:
        super().__init__()
        experiment = results.experiment
        self.setObjectName("sheet")
        self.setAutoFillBackground(True)
        column = QVBoxLayout(self)
        gap = chosen_theme.unit(10)
        column.setContentsMargins(gap, gap, gap, gap)
        column.setSpacing(gap)
        names = " · ".join(dict.fromkeys(as_shipped(v.scenario.name) for v in experiment.variants))
        heading = QLabel(tr("{name}: {count} worlds", name=names, count=f"{len(results.found):,}"))
        heading.setProperty("role", "title")
        column.addWidget(heading)
        how = QLabel(_how_to_read(results))
        how.setProperty("role", "muted")
        how.setWordWrap(True)
        column.addWidget(how)
        for chart, stretch in _charts(results, measure):
            column.addWidget(chart, stretch)

    def sizeHint(self) -> QSize:
        wanted = QSize(chosen_theme.unit(WIDTH), chosen_theme.unit(HEIGHT))
        return wanted.expandedTo(self.minimumSizeHint())


def _charts(results: Results, measure: str) -> list[tuple[QWidget, int]]:
    """Return charts filled with the results, and their shares of the height."""
    experiment = results.experiment
    if experiment.kind == "sweep":
        chart = SweepLine(measure) if len(experiment.varied) == 1 else HeatMap(measure)
        chart.set_results(results)
        return [(chart, 1)]
    view = TimeView()
    view.set_scenario(experiment.variants[0].scenario)
    pair = experiment.kind == "comparison"
    curves = (
        ["price_index_pct"] if pair else ["price_index_pct", "liquidated_bn", "open_interest_bn"]
    )
    charts: list[tuple[QWidget, int]] = []
    for curve in curves:
        fan = FanChart(curve, view)
        fan.set_results(results)
        view.setParent(fan)  # it lives as long as what shows it
        charts.append((fan, 1))
    if pair:
        differences = Differences()
        differences.set_results(results)
        charts.append((differences, 2))
    return charts


def _how_to_read(results: Results) -> str:
    bands = tr("Line: median of the worlds; dark band: the middle half; light band: 90% of them.")
    kind = results.experiment.kind
    if kind == "comparison":
        dots = tr(
            "Each dot is one seed, played in both; the stroke is their median; p is the chance of "
            "such a majority if both ways were as likely (sign test)."
        )
        return in_a_row(bands, dots)
    if kind == "sweep" and len(results.experiment.varied) > 1:
        return tr("Each cell is the median of {count} worlds.", count=results.experiment.seeds)
    return bands
