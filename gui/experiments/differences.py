"""Paired differences: what changes from one scenario to another, seed by seed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from engine.arrays import Floats
from engine.evidence import sign_test
from engine.experiment import Results
from engine.sample import MEASURES
from gui import format as fmt
from gui.experiments.frame import FramedChart
from gui.i18n import tr
from gui.theme import theme

DOT = 2.2
LEAST_LINES = 1.3
"""Height of a row, in lines of text."""

SURE = 0.05
"""A chance below this is set in bold colour."""


ROUNDING = 1e-9
"""A move this small beside what moves is none: sums of floats hang on their order."""


class Row(NamedTuple):
    """One measure: its name with its unit, what each of both gives for every seed, (n,)."""

    name: str
    unit: str
    first: Floats
    second: Floats

    @property
    def moves(self) -> Floats:
        """Second − first of every seed, (n,)."""
        moves = self.second - self.first
        size = np.maximum(np.abs(self.first), np.abs(self.second))
        return np.where(np.abs(moves) > ROUNDING * size, moves, 0.0)

    @property
    def ups(self) -> int:
        """How many seeds rise."""
        return int((self.moves > 0).sum())

    @property
    def chance(self) -> float | None:
        """Chance of such a majority if both ways were as likely."""
        return sign_test(self.ups, int((self.moves < 0).sum()))


class Differences(FramedChart):
    """One row per measure, each to its own scale: a dot per seed, its median, and the sign test."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names = ("", "")
        self.rows: list[Row] = []
        self.retranslate()

    def set_results(self, results: Results | None) -> None:
        """Show what is finished of a comparison; measures that no pair can tell are left out."""
        self.names, self.rows = ("", ""), []
        if results is not None:
            one, other = results.experiment.variants
            self.names = (one.name, other.name)
            for key, measured in MEASURES.items():
                pairs = results.pairs(key)
                if len(pairs):
                    first, second = fmt.factor(measured.unit) * pairs.T
                    self.rows.append(Row(measured.name, measured.unit, first, second))
        self.show_again()

    def texts(self) -> tuple[str, str]:
        one, other = self.names
        return tr("Differences, seed by seed"), tr("{other} minus {one}", one=one, other=other)

    def summary(self) -> str:
        return "; ".join(f"{tr(row.name)}: {self._told(row)}" for row in self.rows)

    def _told(self, row: Row) -> str:
        middle, *between = (float(np.median(of)) for of in (row.moves, row.first, row.second))
        return f"{fmt.difference(middle, *between)} {fmt.unit(row.unit)}"

    def _verdict(self, row: Row) -> str:
        if row.chance is None:
            return tr("nothing moves")
        chance = "< 0.001" if row.chance < 0.001 else f"= {fmt.significant(row.chance, 2)}"
        return tr(
            "{ups} of {count} rise, p {chance}", ups=row.ups, count=len(row.moves), chance=chance
        )

    def margins(self) -> tuple[int, int, int]:
        gap = theme.unit(14)
        names = self.widest([tr(row.name) for row in self.rows])
        told = self.widest([self._told(row) for row in self.rows])
        verdicts = self.widest([self._verdict(row) for row in self.rows])
        return names + 2 * gap, told + verdicts + 4 * gap, theme.unit(8)

    def minimumSizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(40 * line, round((3 + LEAST_LINES * len(self.rows)) * line))

    def paint(self, painter: QPainter, frame: QRectF) -> None:
        height = frame.height() / max(len(self.rows), 1)
        zero = frame.center().x()
        told_px = self.widest([self._told(row) for row in self.rows])
        painter.setPen(theme.color("border"))
        painter.drawLine(QPointF(zero, frame.top()), QPointF(zero, frame.bottom()))
        for nth, row in enumerate(self.rows):
            strip = QRectF(frame.left(), frame.top() + nth * height, frame.width(), height)
            painter.setPen(theme.color("grid"))
            painter.drawLine(strip.bottomLeft(), strip.bottomRight())
            middle = Qt.AlignmentFlag.AlignVCenter
            gap = theme.unit(14)
            painter.setPen(theme.color("text"))
            painter.drawText(
                QRectF(0, strip.top(), strip.left() - gap, height),
                middle | Qt.AlignmentFlag.AlignRight,
                tr(row.name),
            )
            right = QRectF(strip.right() + gap, strip.top(), told_px, height)
            painter.drawText(right, middle | Qt.AlignmentFlag.AlignLeft, self._told(row))
            sure = row.chance is not None and row.chance < SURE
            painter.setPen(theme.color("accent" if sure else "faint"))
            right = QRectF(right.right() + gap, strip.top(), self.width(), height)
            painter.drawText(right, middle | Qt.AlignmentFlag.AlignLeft, self._verdict(row))
            self._paint_moves(painter, strip, row)

    def _paint_moves(self, painter: QPainter, strip: QRectF, row: Row) -> None:
        """Paint a dot per seed, spread upright so that they can be told apart, and the median."""
        reach = float(np.abs(row.moves).max()) or 1.0
        half = strip.width() / 2 - theme.unit(6)
        x = strip.center().x() + row.moves / reach * half
        # Golden-ratio steps: even however many dots there are, and the same every time.
        y = strip.center().y() + (np.arange(len(x)) * 0.618034 % 1 - 0.5) * strip.height() * 0.6
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("asset1", 0.6))
        for at in zip(x.tolist(), y.tolist(), strict=True):
            painter.drawEllipse(QPointF(*at), theme.unit(DOT), theme.unit(DOT))
        median = strip.center().x() + float(np.median(row.moves)) / reach * half
        painter.setPen(QPen(theme.color("text"), 2))
        inset = strip.height() * 0.15
        painter.drawLine(
            QPointF(median, strip.top() + inset), QPointF(median, strip.bottom() - inset)
        )
