"""Three numbers at the cursor: the cascade number R, amplification, the fee on leverage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from engine.record import Run
from gui import assumptions
from gui import format as fmt
from gui.i18n import language, tr
from gui.player import Player
from gui.theme import theme
from gui.totals import WORLD, Totals

NEAR, CRITICAL = 0.5, 1.0
"""Cascade numbers from which the gauge warns, and from which the cascade feeds itself."""

ARTICLE_FEE = 0.0018
"""Liquidations ÷ volume of 2025 in the article behind this program: 150 bn of 85.7 tn USD."""


@dataclass(frozen=True)
class Reading:
    """What a gauge shows: the number, where it lies on the scale, its colour and its meaning."""

    value: str = fmt.MISSING
    share: float = 0.0
    color: str = "muted"
    meaning: str = ""


class Gauge(QWidget):
    """Name and number, a small scale with a mark, and one sentence; a click tells more."""

    def __init__(self, section: str, mark_share: float) -> None:
        super().__init__()
        self.section = section
        self.mark_share = mark_share
        self.name = ""
        self.hint = ""
        self.reading = Reading()
        self.lines = 1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_words(self, name: str, hint: str) -> None:
        """Name the gauge in the language on the screen."""
        self.name, self.hint = name, hint
        self.setAccessibleName(name)
        self.update()

    def show_reading(self, reading: Reading) -> None:
        """Show other values; the same ones are not painted again."""
        if reading != self.reading:
            self.reading = reading
            self.setAccessibleDescription(f"{reading.value}. {reading.meaning}")
            self.setToolTip(f"{self.name}: {reading.value}\n{reading.meaning}\n\n{self.hint}")
            self.update()

    def set_lines(self, lines: int) -> None:
        """Keep room for so many lines of the sentence."""
        if lines != self.lines:
            self.lines = lines
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(theme.unit(150), self._line_px() * (1 + self.lines) + theme.unit(9))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.unit(60), self.sizeHint().height())

    def _line_px(self) -> int:
        return self.fontMetrics().height()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        line, width = self._line_px(), self.width()
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        value_px = painter.fontMetrics().horizontalAdvance(self.reading.value)
        painter.setPen(theme.color(self.reading.color))
        painter.drawText(QRectF(0, 0, width, line), Qt.AlignmentFlag.AlignRight, self.reading.value)
        name = painter.fontMetrics().elidedText(
            self.name, Qt.TextElideMode.ElideRight, width - value_px - theme.unit(6)
        )
        painter.setPen(theme.color("text"))
        painter.drawText(QRectF(0, 0, width, line), Qt.AlignmentFlag.AlignLeft, name)
        self._paint_scale(painter, line + theme.unit(2))
        painter.setFont(self.font())
        painter.setPen(theme.color("muted"))
        room = QRectF(0, line + theme.unit(8), width, line * self.lines)
        if self.lines > 1:
            painter.drawText(room, Qt.TextFlag.TextWordWrap, self.reading.meaning)
        else:
            meaning = painter.fontMetrics().elidedText(
                self.reading.meaning, Qt.TextElideMode.ElideRight, width
            )
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft, meaning)

    def _paint_scale(self, painter: QPainter, top: int) -> None:
        height, width = theme.unit(3), self.width()
        painter.fillRect(0, top, width, height, theme.color("track"))
        filled = round(min(max(self.reading.share, 0.0), 1.0) * width)
        painter.fillRect(0, top, filled, height, theme.color(self.reading.color))
        mark = round(self.mark_share * width)
        painter.fillRect(mark, top - 1, theme.unit(2), height + 2, theme.color("text"))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            assumptions.window(self.section, self.window()).open()


class Gauges(QFrame):
    """The three gauges beside each other, at the player's cursor."""

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.player = player
        self._totals: Totals | None = None
        self.cascade = Gauge("23", 0.5)
        self.amplification = Gauge("24", 0.25)
        self.fee = Gauge("27", _fee_place(ARTICLE_FEE))
        self.gauges = (self.cascade, self.amplification, self.fee)
        self.row = QHBoxLayout(self)
        for gauge in self.gauges:
            self.row.addWidget(gauge, 1)
        player.run_changed.connect(self._show_run)
        player.moved.connect(self.renew)
        player.grew.connect(self._grow)
        theme.changed.connect(self._restyle)
        language.language_changed.connect(self._retranslate)
        self._restyle()
        self._retranslate()
        self._show_run(player.run)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        """Give the sentences a second line where one is too short for them."""
        longest = self.fontMetrics().horizontalAdvance(
            tr(
                "A dollar forced out of {asset} forces {more} more: it feeds itself.",
                asset="BTC",
                more="0.00",
            )
        )
        wide = self.width() / len(self.gauges) - self.row.spacing() >= longest
        for gauge in self.gauges:
            gauge.set_lines(1 if wide else 2)

    def _show_run(self, run: Run | None) -> None:
        self._totals = Totals(run) if run is not None else None
        self.renew()

    def _grow(self) -> None:
        if self._totals is not None and self._totals.computed <= self.player.step:
            self.renew()

    def renew(self) -> None:
        """Show how things stand at the cursor."""
        step = self.player.step
        if self._totals is None or step < 0:
            for gauge in self.gauges:
                gauge.show_reading(Reading(meaning=tr("Nothing has happened yet.")))
            return
        self._totals.extend()
        self.cascade.show_reading(_cascade(self._totals.run, step))
        self.amplification.show_reading(_amplification(float(self._totals.amplification[step])))
        self.fee.show_reading(_fee(self._totals, step + 1))

    def _restyle(self) -> None:
        self.row.setContentsMargins(theme.unit(12), theme.unit(4), theme.unit(12), theme.unit(4))
        self.row.setSpacing(theme.unit(24))
        self._share_room()
        for gauge in self.gauges:
            gauge.updateGeometry()
            gauge.update()

    def _retranslate(self) -> None:
        self.cascade.set_words(
            tr("Cascade number R"),
            tr(
                "Forced orders that the next 1% frees ÷ what moves the price by 1%; of the asset "
                "where it is highest, downwards. The mark is 1. A click tells more."
            ),
        )
        self.amplification.set_words(
            tr("Amplification"),
            tr(
                "Fall of prices ÷ fall of fundamental values, from the largest shock so far to the "
                "lows since. The mark is 1. A click tells more."
            ),
        )
        self.fee.set_words(
            tr("Fee on leverage"),
            tr(
                "Liquidations ÷ volume since the start, on a log scale from 0.01% to 10%. The mark "
                "is the article's figure for 2025, 0.18%. A click tells more."
            ),
        )
        self._share_room()
        for gauge in self.gauges:
            gauge.reading = Reading(value="")  # said in another language: painted again
        self.renew()


def _cascade(run: Run, step: int) -> Reading:
    numbers = run["cascade_number"][step, WORLD]
    highest = int(np.argmax(numbers))
    number, asset = float(numbers[highest]), run.scenario.assets[highest].name
    more = fmt.significant(number, 2)
    if number >= CRITICAL:
        color = "danger"
        meaning = tr(
            "A dollar forced out of {asset} forces {more} more: it feeds itself.",
            asset=asset,
            more=more,
        )
    else:
        color = "warning" if number >= NEAR else "text"
        meaning = tr(
            "A dollar forced out of {asset} forces {more} more: it dies out.",
            asset=asset,
            more=more,
        )
    return Reading(fmt.decimal(number, 2), number / 2, color, meaning)


def _amplification(ratio: float) -> Reading:
    if not np.isfinite(ratio):
        return Reading(meaning=tr("Nothing to compare before news has moved values down."))
    value = f"{fmt.decimal(ratio, 2)}×"
    color = "danger" if ratio >= 2 else "warning" if ratio >= 1.2 else "text"
    meaning = tr(
        "Prices have fallen {n} times as far as the news explains.", n=fmt.decimal(ratio, 1)
    )
    return Reading(value, ratio / 4, color, meaning)


def _fee(totals: Totals, steps: int) -> Reading:
    share = totals.fee_of_volume(steps)
    if not np.isfinite(share):
        return Reading(meaning=tr("Nothing has been traded yet."))
    value = fmt.percent(share, digits=3 if share < 1e-3 else 2)
    meaning = tr(
        "Of 1,000 USD traded, {usd} USD were liquidations.", usd=fmt.significant(share * 1000, 2)
    )
    return Reading(value, _fee_place(share), "text", meaning)


def _fee_place(share: float) -> float:
    """Return where a fee lies on the gauge: 0.01% at its beginning, 10% at its end."""
    return float(np.log10(max(share, 1e-9) / 1e-4)) / 3
