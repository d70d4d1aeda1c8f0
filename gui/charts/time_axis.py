"""The time axis under all charts: times of day, UTC, and the date where a day begins."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.charts import ticks
from gui.charts.plot import Plot
from gui.theme import theme


class TimeAxis(QWidget):
    """Labels below the picture ``plot``, which shares its stretch of time with all others."""

    def __init__(self, plot: Plot, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = plot
        self._start: datetime | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        plot.view.changed.connect(self.update)

    def set_plot(self, plot: Plot) -> None:
        """Stand below another picture."""
        self.plot = plot
        self.update()

    def set_start(self, start: datetime) -> None:
        """Tell when the scenario begins."""
        self._start = start
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, QFontMetrics(self.font()).height() + theme.unit(6))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._start is None:
            return
        painter = QPainter(self)
        metrics = painter.fontMetrics()
        frame = self.plot.frame_px()
        view = self.plot.view
        room = frame.width() / (metrics.horizontalAdvance("00:00:00") * 1.4)
        mark_px = theme.unit(4)
        for time_s, text in ticks.times(view.first_s, view.last_s, self._start, room):
            x = round(self.plot.x_px(time_s))
            width = metrics.horizontalAdvance(text)
            box = QRectF(x - width / 2, mark_px, width, metrics.height())
            painter.setPen(theme.color("border"))
            painter.drawLine(x, 0, x, mark_px - 1)
            if box.left() >= 0 and box.right() <= self.width():
                painter.setPen(theme.color("text" if ":" not in text else "muted"))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
