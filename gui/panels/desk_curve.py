"""My money over time: what was put in, and what it has become; faint beyond the cursor."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.record import Run
from engine.scenario import Position
from gui import format as fmt
from gui.i18n import tr
from gui.player import Player
from gui.theme import theme

WORLD = 0


def put_in_usd(position: Position) -> float:
    """Return the money a position was given: its collateral, or what coins cost."""
    added = sum(change.add_collateral_usd for change in position.changes)
    return position.notional_usd / position.leverage + added


def equity_over_time_usd(run: Run) -> np.ndarray:
    """Return all the desk's money at the end of each computed step: put in, plus gains."""
    put_in = sum(put_in_usd(position) for position in run.scenario.desk)
    gains = run["desk_pnl_usd"][: run.computed, WORLD]
    total: np.ndarray = put_in + np.nan_to_num(gains).sum(axis=1)
    return total


class DeskCurve(QWidget):
    """A small chart of the desk's equity over the whole scenario."""

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.player = player
        self._run: Run | None = None
        self._times_s = self._equity_usd = np.empty(0)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def renew(self) -> None:
        """Take up the run and the cursor as they are."""
        run = self.player.run
        if run is None or not run.computed or not run.scenario.desk:
            self._run, self._equity_usd = None, np.empty(0)
        elif run is not self._run or len(self._equity_usd) != run.computed:
            self._run = run
            self._equity_usd = equity_over_time_usd(run)
            self._times_s = run.grid.end_s[: run.computed]
        self.setVisible(bool(len(self._equity_usd)))
        self.setAccessibleDescription(self.sentence(self.player.time_s))
        self.update()

    def retranslate(self) -> None:
        """Take up another language."""
        self.setAccessibleName(tr("My money over time"))
        self.renew()

    def sentence(self, time_s: float) -> str:
        """Say what the money was and is at a time."""
        if self._run is None:
            return ""
        start = self._run.scenario.clock.start_datetime()
        return tr(
            "{time}: {now} of {put_in} put in",
            time=fmt.date_clock(start, time_s),
            now=fmt.dollars(self.usd_at(time_s)),
            put_in=fmt.dollars(sum(put_in_usd(p) for p in self._run.scenario.desk)),
        )

    def usd_at(self, time_s: float) -> float:
        """Return what the money is at a time; beyond what is computed, what it was last."""
        at = min(int(np.searchsorted(self._times_s, time_s)), len(self._equity_usd) - 1)
        return float(self._equity_usd[at])

    def scale(self) -> tuple[float, float]:
        """Return the least and the most the money comes to, USD: the ends of the scale."""
        return float(self._equity_usd.min()), float(self._equity_usd.max())

    def sizeHint(self) -> QSize:
        return QSize(theme.unit(200), theme.unit(78))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        share = min(max(event.position().x() / max(self.width(), 1), 0.0), 1.0)
        text = self.sentence(share * self.player.duration_s)
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._run is None or not self.player.duration_s:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        unit, words = theme.unit, painter.fontMetrics()
        top = QRectF(0, 0, self.width(), words.height())
        self._paint_title(painter, top)
        marks = [fmt.usd(usd) for usd in self.scale()]
        right = max(map(words.horizontalAdvance, marks)) + unit(6)
        frame = QRectF(self.rect()).adjusted(0.5, top.height() + unit(3), -0.5 - right, -0.5)
        painter.setPen(theme.color("border"))
        painter.setBrush(theme.color("background"))
        painter.drawRoundedRect(frame, unit(4), unit(4))
        beside = QRectF(frame.right(), frame.top(), right, frame.height())
        painter.setPen(theme.color("muted"))
        for mark, side in zip(marks, (Qt.AlignmentFlag.AlignBottom, Qt.AlignmentFlag.AlignTop),
                              strict=True):  # fmt: skip
            if side == Qt.AlignmentFlag.AlignTop or marks[0] != marks[1]:
                painter.drawText(beside, side | Qt.AlignmentFlag.AlignRight, mark)
        self._paint_curve(painter, frame.adjusted(2, unit(4), -2, -unit(4)))

    def _paint_title(self, painter: QPainter, row: QRectF) -> None:
        """Write what it is, in which unit, and at the right what it is at the cursor."""
        value = fmt.dollars(self.usd_at(self.player.time_s))
        painter.setPen(theme.color("text"))
        painter.drawText(row, Qt.AlignmentFlag.AlignRight, value)
        room = row.width() - painter.fontMetrics().horizontalAdvance(value) - theme.unit(6)
        title = painter.fontMetrics().elidedText(
            tr("My money over time"), Qt.TextElideMode.ElideRight, int(room)
        )
        painter.setPen(theme.color("muted"))
        painter.drawText(row, Qt.AlignmentFlag.AlignLeft, title)

    def _paint_curve(self, painter: QPainter, frame: QRectF) -> None:
        """Draw the curve to the cursor, faint beyond; a line where the money put in is."""
        put_in = float(self._equity_usd[0])
        low, high = self.scale()
        span = max(high - low, 1e-9 * abs(high), 1e-9)
        duration_s = self.player.duration_s

        def place(time_s: float, usd: float) -> QPointF:
            y = frame.bottom() - (usd - low) / span * frame.height()
            return QPointF(frame.left() + time_s / duration_s * frame.width(), y)

        painter.setPen(QPen(theme.color("grid"), 1))
        painter.drawLine(place(0.0, put_in), place(duration_s, put_in))
        every = max(len(self._equity_usd) // max(self.width(), 1), 1)
        times, values = self._times_s[::every].tolist(), self._equity_usd[::every].tolist()
        points = [place(t, v) for t, v in zip(times, values, strict=True)]
        known = int(np.searchsorted(self._times_s[::every], self.player.time_s, side="right"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("accent", 0.3), theme.line_width))
        painter.drawPolyline(QPolygonF(points[max(known - 1, 0) :]))
        painter.setPen(QPen(theme.color("accent"), theme.line_width))
        painter.drawPolyline(QPolygonF(points[:known]))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("cursor"))
        here = min(self.player.time_s, float(self._times_s[-1]))
        painter.drawEllipse(place(here, self.usd_at(here)), theme.unit(3), theme.unit(3))
