"""The line under the charts: the whole scenario, what is computed of it, what happened when.

A click or a drag moves the cursor; ticks and their hints tell what happened where. What is planned
has a flag above the line, which can be dragged to another time, edited and removed: with the mouse,
or with the keyboard once the line has it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from engine.clock import MINUTE_S
from engine.record import Event
from gui import format as show
from gui.document import Document
from gui.i18n import language, tr
from gui.panels.moment_text import moment_text
from gui.planned import Planned, planned
from gui.player import Player
from gui.theme import theme

KINDS = {
    "first_liquidation": ("long", "Liquidations begin"),
    "adl_begins": ("adl", "ADL begins"),
    "fund_empty": ("fund", "An insurance fund is empty"),
    "hedges_break": ("hedged", "Hedges break"),
    "no_coins": ("warning", "Arbitrage runs out of coins"),
    "no_dollars": ("warning", "Arbitrage runs out of dollars"),
    "market_halted": ("danger", "A circuit breaker halts a market"),
    "book_empty": ("danger", "A book is empty"),
    "desk_reduced": ("accent", "My position is cut by liquidation"),
    "desk_liquidated": ("accent", "My position is liquidated"),
    "desk_adl": ("accent", "My position is closed by ADL"),
}
"""Events with a tick: the colour and the words. What is planned has one beforehand."""

FIRST_ONLY = frozenset(
    {
        "first_liquidation",
        "adl_begins",
        "fund_empty",
        "hedges_break",
        "no_coins",
        "no_dollars",
        "market_halted",
        "book_empty",
    }
)
"""Of these only the first has a tick, and the first after the news: they come by the dozen."""


FLAG_UNITS = 8
"""How wide a flag is, and how far apart those of the same moment are, in units."""


class Tick(NamedTuple):
    """A mark on the line."""

    time_s: float
    color: str
    text: str


class Timeline(QWidget):
    """Shows and moves the cursor over the whole scenario, and what is planned.

    Signals
    -------
    edit_wanted(planned), remove_wanted(planned)
        The person wants to change something planned, or to be rid of it.
    move_wanted(planned, at_min)
        The person wants it at another time.
    """

    edit_wanted = Signal(object)
    remove_wanted = Signal(object)
    move_wanted = Signal(object, float)

    def __init__(self, player: Player, document: Document) -> None:
        super().__init__()
        self._player, self._document = player, document
        self.ticks: list[Tick] = []
        self.plans: list[Planned] = []
        self.chosen = -1
        self._held: Planned | None = None
        self._pressed_x = self._held_x = 0.0
        self._events_seen = 0
        self._kinds_seen: set[tuple[str, bool]] = set()
        self._first_shock_s = 0.0
        self._ends = ("", "")
        self._view_s: tuple[float, float] | None = None
        self._left = self._right = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        document.changed.connect(self._take_plans)
        player.moved.connect(self.update)
        player.grew.connect(self._collect)
        player.run_changed.connect(self._start_over)
        player.state_changed.connect(self.update)
        player.progressed.connect(self.update)
        theme.changed.connect(self._measure)
        language.language_changed.connect(self._start_over)
        language.language_changed.connect(self._take_plans)
        self._take_plans()
        self._start_over()

    def set_margins(self, left: int, right: int) -> None:
        """Begin and end where the charts do."""
        self._left, self._right = left, right
        self.update()

    def set_view(self, first_s: float, last_s: float) -> None:
        """Mark the stretch of time that the charts show."""
        self._view_s = (first_s, last_s)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.unit(300), theme.unit(44))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.unit(120), theme.unit(44))

    # ---------------------------------------------------------------- what happened

    def _start_over(self) -> None:
        self.ticks, self._events_seen, self._kinds_seen = [], 0, set()
        run = self._player.run
        if run is not None:
            shocks_s = [shock.at_min * MINUTE_S for shock in run.scenario.shocks]
            self._first_shock_s = min(shocks_s, default=0.0)
            start, end_s = run.scenario.clock.start_datetime(), self._player.duration_s
            self._ends = (show.date_clock(start, 0.0), show.date_clock(start, end_s))
        self.setAccessibleName(tr("Timeline"))
        self._collect()

    def _collect(self) -> None:
        """Take up the events that have come since the last look."""
        run = self._player.run
        if run is not None:
            for event in run.events[self._events_seen :]:
                self._add(event)
            self._events_seen = len(run.events)
        self.update()

    def _add(self, event: Event) -> None:
        if event.kind not in KINDS:
            return
        which = (event.kind, event.time_s >= self._first_shock_s)
        if event.kind in FIRST_ONLY and which in self._kinds_seen:
            return
        self._kinds_seen.add(which)
        color, text = KINDS[event.kind]
        self.ticks.append(Tick(event.time_s, color, tr(text)))

    # ---------------------------------------------------------------- time and place

    def _measure(self) -> None:
        self.updateGeometry()
        self.update()

    def _groove(self) -> QRectF:
        unit = theme.unit
        left = max(self._left, unit(10))
        width = self.width() - left - max(self._right, unit(10))
        return QRectF(left, unit(15), max(width, 1), unit(6))

    def x_of(self, time_s: float) -> float:
        return self._x_in(self._groove(), time_s)

    def _x_in(self, groove: QRectF, time_s: float) -> float:
        duration_s = self._player.duration_s
        return groove.left() + (groove.width() * time_s / duration_s if duration_s else 0.0)

    def time_at(self, x: float) -> float:
        groove = self._groove()
        share = (x - groove.left()) / groove.width()
        return min(max(share, 0.0), 1.0) * self._player.duration_s

    # ---------------------------------------------------------------- hands

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        self._held = self.plan_at(x, event.position().y())
        self._pressed_x = self._held_x = x
        if self._held is None:
            self._player.seek(self.time_at(x))
        else:
            self._choose(self.plans.index(self._held))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if not event.buttons() & Qt.MouseButton.LeftButton:
            return
        if self._held is None:
            self._player.seek(self.time_at(x))
        elif self._is_drag(x) or self._held_x != self._pressed_x:
            self._held_x = x
            when = moment_text(self._document.scenario.clock, self._min_at(x))
            QToolTip.showText(event.globalPosition().toPoint(), f"{when}  {self._held.what}", self)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        held, self._held = self._held, None
        if held is None:
            return
        if self._is_drag(event.position().x()):
            self.move_wanted.emit(held, self._min_at(event.position().x()))
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        plan = self.plan_at(event.position().x(), event.position().y())
        if plan is not None:
            self.edit_wanted.emit(plan)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        plan = self._chosen_plan() if by_key else self.plan_at(event.x(), event.y())
        if plan is None:
            return
        self._choose(self.plans.index(plan))
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Edit…"), lambda: self.edit_wanted.emit(plan))
        menu.addAction(
            tr("Move to the cursor"),
            lambda: self.move_wanted.emit(plan, round(self._player.time_s) / MINUTE_S),
        )
        menu.addAction(tr("Remove"), lambda: self.remove_wanted.emit(plan))
        menu.popup(event.globalPos())

    def plan_at(self, x: float, y: float) -> Planned | None:
        """Return what is planned whose flag is at a place; the nearest if there are several."""
        if y > self._groove().top():
            return None
        reach, middle = theme.unit(FLAG_UNITS), theme.unit(FLAG_UNITS) / 2
        away = [(abs(at + middle - x), i) for i, at in enumerate(self.flags_px())]
        nearest, i = min(away, default=(math.inf, 0))
        return self.plans[i] if nearest <= reach + 1 else None

    def flags_px(self) -> list[float]:
        """Return where the flags are: at their times, but side by side where these coincide."""
        side = theme.unit(FLAG_UNITS)
        places = [self.x_of(plan.time_s) for plan in self.plans]
        for i in range(1, len(places)):
            places[i] = max(places[i], places[i - 1] + side)
        last = float(self.width() - side)
        for i in range(len(places) - 1, -1, -1):  # back from the end, which is not to be left
            places[i] = min(places[i], last)
            last = places[i] - side
        return places

    def _is_drag(self, x: float) -> bool:
        return abs(x - self._pressed_x) >= theme.unit(3)

    def _min_at(self, x: float) -> float:
        """Return the whole minute at a place, within the scenario."""
        last = self._document.scenario.clock.duration_min - 1
        return float(min(round(self.time_at(x) / MINUTE_S), last))

    def wheelEvent(self, event: QWheelEvent) -> None:
        turns = event.angleDelta().y() / 120.0
        self._player.seek(self._player.time_s - turns * 5 * MINUTE_S)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose, move, edit or remove what is planned; plain arrows are the window's to answer."""
        plan, key = self._chosen_plan(), event.key()
        side = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key), 0)
        if side and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._choose(min(max(self.chosen + side, 0), len(self.plans) - 1))
        elif side and plan and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.move_wanted.emit(plan, max(plan.at_min + side, 0.0))
        elif plan and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.edit_wanted.emit(plan)
        elif plan and key == Qt.Key.Key_Delete:
            self.remove_wanted.emit(plan)
        else:
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._choose(-1)

    def _chosen_plan(self) -> Planned | None:
        return self.plans[self.chosen] if 0 <= self.chosen < len(self.plans) else None

    def _choose(self, number: int) -> None:
        self.chosen = number
        plan = self._chosen_plan()
        self.setAccessibleDescription(self._told(plan) if plan else "")
        if plan is not None and self.hasFocus() and self._held is None:
            place = QPointF(self.x_of(plan.time_s), 0).toPoint()
            QToolTip.showText(self.mapToGlobal(place), self._told(plan), self)
        self.update()

    def _told(self, plan: Planned) -> str:
        return f"{moment_text(self._document.scenario.clock, plan.at_min)}  {plan.what}"

    def _take_plans(self) -> None:
        """Take up what is planned; what was chosen stays so, also where it has moved."""
        before = self._chosen_plan()
        self.plans = planned(self._document.scenario)
        if before is not None:
            key = (before.path, before.moment)
            keys = [(plan.path, plan.moment) for plan in self.plans]
            self.chosen = keys.index(key) if key in keys else -1
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.hint_at(event.pos().x()), self)
            return True
        return super().event(event)

    def hint_at(self, x: float) -> str:
        """Return the time at a place and what happened near it."""
        run = self._player.run
        if run is None:
            return ""
        start = run.scenario.clock.start_datetime()
        lines = [show.date_clock(start, self.time_at(x))]
        ticks = self.ticks + [Tick(p.time_s, p.color, p.what) for p in self.plans]
        places = [self.x_of(tick.time_s) for tick in self.ticks] + self.flags_px()
        near = [
            tick
            for tick, place in zip(ticks, places, strict=True)
            if min(abs(place - x), abs(self.x_of(tick.time_s) - x)) <= theme.unit(6)
        ]
        lines += [f"{show.clock(start, tick.time_s)}  {tick.text}" for tick in sorted(near)]
        if self.time_at(x) > self._player.computed_s:
            lines.append(tr("Not computed yet"))
        return "\n".join(lines)

    # ---------------------------------------------------------------- picture

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        groove, unit = self._groove(), theme.unit
        painter.setPen(Qt.PenStyle.NoPen)
        self._bar(painter, groove, "grid", self._player.duration_s)
        self._bar(painter, groove, "track", self._player.computed_s)
        self._bar(painter, groove, "accent", self._player.time_s)
        for tick in self.ticks:
            painter.setBrush(theme.color(tick.color))
            x = self._x_in(groove, tick.time_s)
            painter.drawRoundedRect(QRectF(x - unit(1), unit(1), unit(2) + 1, unit(9)), 1, 1)
        for i, at in enumerate(self.flags_px()):
            self._flag(painter, groove, self.plans[i], at, is_chosen=i == self.chosen)
        self._bracket(painter, groove)
        self._handle(painter, groove)
        self._words(painter, groove)
        painter.end()

    def _bar(self, painter: QPainter, groove: QRectF, color: str, until_s: float) -> None:
        bar = QRectF(groove)
        bar.setRight(self._x_in(groove, until_s))
        painter.setBrush(theme.color(color))
        painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)

    def _flag(
        self, painter: QPainter, groove: QRectF, plan: Planned, at: float, *, is_chosen: bool
    ) -> None:
        """Draw what is planned: a flag over a tick, larger while it is chosen."""
        held = self._held is plan
        x = self._held_x if held else self._x_in(groove, plan.time_s)
        at = x if held else at
        side = theme.unit(FLAG_UNITS if is_chosen or held else FLAG_UNITS - 2)
        painter.setBrush(theme.color(plan.color))
        painter.drawRect(QRectF(x - 1, 0, 2, groove.top() + theme.unit(3)))
        painter.drawRect(QRectF(QPointF(x, 0), QPointF(at, 1)).normalized())
        flag = [QPointF(at, 0), QPointF(at + side, side / 2), QPointF(at, side)]
        painter.drawPolygon(QPolygonF(flag))

    def _bracket(self, painter: QPainter, groove: QRectF) -> None:
        """Mark under the line which part of it the charts show."""
        if self._view_s is None or not self._player.duration_s:
            return
        end_s = self._player.duration_s
        first, last = (self._x_in(groove, min(t, end_s)) for t in self._view_s)
        if last - first >= groove.width() - 1:
            return
        painter.setBrush(theme.color("muted"))
        top = groove.bottom() + theme.unit(3)
        painter.drawRect(QRectF(first, top, max(last - first, 2), max(theme.unit(2), 1)))

    def _handle(self, painter: QPainter, groove: QRectF) -> None:
        radius = theme.unit(6)
        middle = QPointF(self._x_in(groove, self._player.time_s), groove.center().y())
        painter.setBrush(theme.color("background"))
        painter.drawEllipse(middle, radius + 1, radius + 1)
        painter.setBrush(theme.color("text" if self.hasFocus() else "accent"))
        painter.drawEllipse(middle, radius - 1, radius - 1)

    def _words(self, painter: QPainter, groove: QRectF) -> None:
        """Write the first and last moment under the ends, and between them what is awaited."""
        if self._player.run is None:
            return
        painter.setPen(theme.color("faint"))
        row = QRectF(groove.left(), groove.bottom() + theme.unit(6), groove.width(), theme.unit(16))
        align = Qt.AlignmentFlag
        painter.drawText(row, align.AlignLeft, self._ends[0])
        painter.drawText(row, align.AlignRight, self._ends[1])
        if self._player.waiting:
            share = show.percent(self._player.waiting_share, digits=0)
            painter.setPen(theme.color("accent"))
            words = tr("Computing your change up to the cursor: {share}", share=share)
            painter.drawText(row, align.AlignHCenter, words)
