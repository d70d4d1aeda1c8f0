"""Why did it fall: the causes of a price change, which add up to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QButtonGroup, QToolButton

from engine.explain import attribution, parts_of_price
from gui import format as fmt
from gui.charts.causes import cause_meaning, cause_name
from gui.charts.figures import WORLD, Figures, start_log_prices
from gui.charts.moment import Moment, write
from gui.i18n import tr
from gui.theme import theme
from gui.totals import shock_steps

SMALL_PCT = 0.05
"""Causes that would be written as 0.0 % stand together in one row."""


SUM_COLOR = "muted"


@dataclass(frozen=True)
class Change:
    """A price change and its parts: steps and prices at both ends, USD by cause."""

    first: int
    last: int
    from_usd: float
    to_usd: float
    parts: tuple[tuple[str, float], ...]

    def pct(self, usd: float) -> float:
        """Return an amount in percent of the price at the beginning."""
        return usd / self.from_usd * 100


@dataclass(frozen=True)
class Row:
    """A bar from ``begin`` to ``end``, USD from the price at the beginning, and its words."""

    name: str
    begin: float
    end: float
    color: str
    hint: str

    @property
    def usd(self) -> float:
        """How much it is."""
        return self.end - self.begin


class Waterfall(Moment):
    """Bars that begin where the one before ended, from the price then to the price now."""

    section = "22"

    def build(self) -> None:
        self.moments = QButtonGroup(self)
        self.before_shock, self.peak, self.begin, self.here = (self._moment() for _ in range(4))
        self.before_shock.setChecked(True)
        self.here.clicked.connect(self._choose_cursor)
        self._chosen_s = 0.0

    def _moment(self) -> QToolButton:
        button = self.header.add_switch(self._switched)
        self.moments.addButton(button)
        return button

    def _switched(self, on: bool) -> None:
        if on and self._built:
            self.start_over()

    def _choose_cursor(self) -> None:
        self._chosen_s = self.cursor_s
        self.start_over()

    def needs_one_asset(self) -> bool:
        return True

    def rename(self) -> None:
        for button, text, hint in (
            (self.before_shock, tr("shock"), tr("Since just before the largest shock so far")),
            (self.peak, tr("peak"), tr("Since the highest price up to the cursor")),
            (self.begin, tr("start"), tr("Since the start of the scenario")),
            (self.here, tr("here"), tr("Since where the cursor stands now: then move it on")),
        ):
            button.setText(text)
            button.setToolTip(hint)
            button.setAccessibleName(hint)

    def texts(self) -> tuple[str, str]:
        if self.figures is None:
            return tr("Why did it fall?"), ""
        asset = self.figures.run.scenario.asset_names[self.figures.one_asset]
        change = self.content
        if not isinstance(change, Change):
            return tr("Why did {asset} fall?", asset=asset), ""
        rose = change.to_usd > change.from_usd
        title = (
            tr("Why did {asset} rise?", asset=asset)
            if rose
            else tr("Why did {asset} fall?", asset=asset)
        )
        begun = float(self.figures.edges_s[change.first])
        return title, tr(
            "since {time} UTC · {before} → {now} USD",
            time=fmt.date_clock(self.start, begun),
            before=fmt.price(change.from_usd),
            now=fmt.price(change.to_usd),
        )

    def summary(self) -> str:
        figures, change = self.figures, self.content
        assert figures is not None
        if not isinstance(change, Change):
            return tr(
                "Changes are counted from a later moment. Move the cursor on, or choose another "
                "above."
            )
        parts = [
            f"{cause_name(cause)} {fmt.pct(change.pct(usd), signed=True)}"
            for cause, usd in change.parts
            if abs(change.pct(usd)) >= SMALL_PCT
        ]
        return tr(
            "{asset} changed by {change} up to {time} UTC: {parts}.",
            asset=figures.run.scenario.asset_names[figures.one_asset],
            change=fmt.pct(change.pct(change.to_usd - change.from_usd), signed=True),
            time=fmt.date_clock(self.start, self.cursor_s),
            parts=", ".join(parts),
        )

    # ---------------------------------------------------------------- figures

    def draw(self, figures: Figures) -> None:
        """Nothing is kept from moment to moment."""
        self.before_shock.setEnabled(bool(figures.run.scenario.shocks))

    def read_out(self, figures: Figures) -> None:
        last = figures.step_at(self.cursor_s) + 1
        first = self._first(figures, last)
        if last <= 0 or first >= last:
            self._take(None)
            return
        asset = figures.one_asset
        log = figures.run["log_price"][:, WORLD, asset]
        before = float(log[first - 1]) if first else float(start_log_prices(figures.run)[asset])
        from_usd, to_usd = float(np.exp(before)), float(np.exp(log[last - 1]))
        if isinstance(self.content, Change) and (first, last, from_usd) == (
            self.content.first,
            self.content.last,
            self.content.from_usd,
        ):
            return
        parts = attribution(figures.run, WORLD, asset, first, last)
        in_usd = parts_of_price(parts, from_usd, to_usd)
        self._take(Change(first, last, from_usd, to_usd, tuple(in_usd.items())))

    def _take(self, change: Change | None) -> None:
        if change != self.content:
            self.show_content(change)
            self.header.set_texts(*self.texts())

    def _first(self, figures: Figures, last: int) -> int:
        """Return the first step that counts."""
        if self.peak.isChecked() and last > 0:
            log = figures.run["log_price"][:last, WORLD, figures.one_asset]
            highest = int(np.argmax(log))
            start = float(start_log_prices(figures.run)[figures.one_asset])
            return highest + 1 if log[highest] > start else 0
        if self.here.isChecked():
            return figures.step_at(self._chosen_s) + 1
        if self.before_shock.isChecked() and figures.run.scenario.shocks:
            steps = shock_steps(figures.run)
            return max((step for step in steps if step < last), default=steps[0])
        return 0

    # ---------------------------------------------------------------- the picture

    def paint(self, painter: QPainter, box: QRectF) -> None:
        change = self.content
        assert isinstance(change, Change)
        rows = self._rows(change)
        height = min(box.height() / (len(rows) + 0.5), 3 * painter.fontMetrics().height())
        names, bars, shares, amounts = self._columns(painter, box, rows)
        ends = [0.0, *(row.end for row in rows)]
        per_usd = bars.width() / ((max(ends) - min(ends)) or 1.0)
        zero = bars.left() - min(ends) * per_usd
        painter.setPen(theme.color("border"))
        painter.drawLine(round(zero), round(box.top()), round(zero), round(box.bottom()))
        right = Qt.AlignmentFlag.AlignRight
        for i, row in enumerate(rows):
            line = QRectF(box.left(), box.top() + i * height, box.width(), height)
            self.canvas.hints.append((line, row.hint))
            _paint_bar(painter, line, zero + row.begin * per_usd, zero + row.end * per_usd, row)
            share = fmt.pct(change.pct(row.usd), signed=True)
            write(painter, line & names, row.name)
            write(painter, line & shares, share, "text", right)
            write(painter, line & amounts, tr("{amount} USD", amount=_usd(row.usd)), "muted", right)

    def _columns(
        self, painter: QPainter, box: QRectF, rows: list[Row]
    ) -> tuple[QRectF, QRectF, QRectF, QRectF]:
        """Return where names, bars, percentages and dollars stand."""
        metrics, gap = painter.fontMetrics(), theme.unit(12)
        name = max(metrics.horizontalAdvance(row.name) for row in rows) + 1.5 * gap
        share = metrics.horizontalAdvance(fmt.pct(-888.8)) + gap
        amount = metrics.horizontalAdvance(tr("{amount} USD", amount=_usd(-888_888.0))) + gap
        right = box.right() - gap
        names = QRectF(box.left(), box.top(), name - gap, box.height())
        amounts = QRectF(right - amount, box.top(), amount, box.height())
        shares = QRectF(amounts.left() - share, box.top(), share, box.height())
        bars = QRectF(
            box.left() + name, box.top(), shares.left() - names.right() - gap, box.height()
        )
        return names, bars, shares, amounts

    def _rows(self, change: Change) -> list[Row]:
        """Return a row for each cause that can be seen; the last one is the sum."""
        rows: list[Row] = []
        at = rest = 0.0
        for cause, usd in change.parts:
            if abs(change.pct(usd)) < SMALL_PCT:
                rest += usd
                continue
            color = "loss" if usd < 0 else "gain"
            rows.append(Row(cause_name(cause), at, at + usd, color, cause_meaning(cause)))
            at += usd
        if abs(change.pct(rest)) >= SMALL_PCT / 10:
            hint = tr("Causes too small for a row of their own.")
            color = "loss" if rest < 0 else "gain"
            rows.append(Row(tr("all others"), at, at + rest, color, hint))
        total = change.to_usd - change.from_usd
        hint = tr("The change of the price, which all rows above add up to.")
        rows.append(Row(tr("together"), 0.0, total, SUM_COLOR, hint))
        return rows


def _paint_bar(painter: QPainter, line: QRectF, from_px: float, to_px: float, row: Row) -> None:
    """Paint a bar, and a stroke down to where the next one begins."""
    left, right = sorted((round(from_px), round(to_px)))
    edge = line.height() * 0.2
    bar = QRectF(left, line.top() + edge, max(right - left, 1), line.height() - 2 * edge)
    painter.fillRect(bar, theme.color(row.color))
    if row.color != SUM_COLOR:
        x = round(to_px)
        painter.setPen(theme.color("faint"))
        painter.drawLine(QPointF(x, line.bottom() - edge), QPointF(x, line.bottom() + edge))


def _usd(amount: float) -> str:
    """Return a part of a price with as many digits as matter."""
    if abs(amount) >= 1_000:
        return fmt.decimal(amount, signed=True)
    return fmt.significant(amount, 3, signed=True)
