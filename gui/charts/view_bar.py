"""The line above the charts: which stretch of time and which markets are shown, and ways back."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QWidget

from engine.scenario import Scenario
from gui import format as fmt
from gui.charts.choice import Choice
from gui.charts.legend import small_button
from gui.charts.time_view import TimeView
from gui.elided_label import ElidedLabel
from gui.i18n import as_shipped, language, tr
from gui.theme import theme

ZOOM = 2.0


class _Names(QComboBox):
    """A list as wide as its longest name; Qt keeps an old minimum when the names change."""

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class ViewBar(QWidget):
    """Buttons for the storm, for everything and for zooming; which asset and venue are shown."""

    def __init__(self, view: TimeView, choice: Choice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view, self.choice = view, choice
        self._scenario: Scenario | None = None
        self._one_asset = False
        self._start: datetime | None = None
        self.span = ElidedLabel("muted")
        self.storm = self._button(self._show_storm, checkable=True)
        self.all = self._button(self._show_all, checkable=True)
        self.closer = self._button(self._zoom_in)
        self.wider = self._button(self._zoom_out)
        self.follow = self._button(self._set_following, checkable=True)
        row, buttons = QHBoxLayout(self), QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        self.asset, self.venue = self._list(), self._list()
        row.addWidget(self.span, 1)
        row.addWidget(self.asset)
        row.addWidget(self.venue)
        for button in (self.closer, self.wider, self.storm, self.all, self.follow):
            buttons.addWidget(button)
        row.addLayout(buttons)
        self._rows = row, buttons
        self.restyle()
        view.changed.connect(self.renew)
        language.language_changed.connect(self.retranslate)
        self.retranslate()

    def restyle(self) -> None:
        """Take up another size of text; the buttons stand apart from the lists."""
        for each in self._rows:
            each.setSpacing(theme.unit(2))
        self._rows[1].setContentsMargins(theme.unit(8), 0, 0, 0)

    def set_scenario(self, scenario: Scenario) -> None:
        """Tell when the scenario begins, and what there is to choose from."""
        self._scenario = scenario
        self._start = scenario.clock.start_datetime()
        self._fill()
        self.renew()

    def offer(self, *, one_asset: bool, assets: bool, venues: bool) -> None:
        """Say what makes a difference to what is shown: one asset, single assets, single venues."""
        self._one_asset = one_asset
        self.asset.setEnabled(assets)
        self.venue.setEnabled(venues)
        self._fill()

    def _fill(self) -> None:
        """List the names there are; where one asset is shown, the largest stands for all."""
        if self._scenario is None:
            return
        assets = self._scenario.asset_names
        venues = [venue.name for venue in self._scenario.venues]
        every = None if self._one_asset else tr("Every asset")
        chosen = self.choice.asset or (self._largest() if self._one_asset else None)
        _fill(self.asset, every, assets, chosen)
        _fill(self.venue, tr("Every venue"), venues, self.choice.venue)

    def _largest(self) -> str:
        assert self._scenario is not None
        largest = max(self._scenario.assets, key=lambda asset: asset.open_interest_usd)
        return largest.name

    def _choose(self) -> None:
        asset = self.asset.currentData()
        if self._one_asset and self.choice.asset is None and asset == self._largest():
            asset = None
        self.choice.choose(asset, self.venue.currentData())

    def renew(self) -> None:
        """Show which stretch is in view and which button stands for it."""
        self.storm.setChecked(self.view.mode == "storm")
        self.all.setChecked(self.view.mode == "all")
        self.storm.setEnabled(self.view.has_storm)
        self.follow.setChecked(self.view.following)
        if self._start is None:
            self.span.set_text("")
            return
        first, last = (
            fmt.date_clock(self._start, time_s) for time_s in (self.view.first_s, self.view.last_s)
        )
        text = tr("{first} – {last} UTC", first=first, last=last)
        self.span.set_text(text)
        self.span.setToolTip(f"{text}\n{self._hint()}")

    def retranslate(self) -> None:
        """Take up another language."""
        hint = self._hint()
        for button, text, tip in (
            (self.closer, "+", tr("Show less time, larger")),
            (self.wider, fmt.MINUS, tr("Show more time")),
            (
                self.storm,
                tr("Storm"),
                tr("Show 45 minutes before the first shock and 3 hours after"),
            ),
            (self.all, tr("All"), tr("Show the whole scenario")),
            (self.follow, tr("Follow"), tr("Turn the page when the cursor leaves the view")),
        ):
            button.setText(text)
            button.setToolTip(f"{tip}\n{hint}")
            button.setAccessibleName(tip)
        for box, tip in (
            (self.asset, tr("Which asset the charts show")),
            (self.venue, tr("Which venue the charts show")),
        ):
            box.setToolTip(tip)
            box.setAccessibleName(tip)
        self._fill()
        self.renew()

    def _hint(self) -> str:
        """Say what the mouse does on a chart."""
        return tr(
            "On a chart: click moves the cursor · wheel zooms · drag moves the view · Shift + drag "
            "zooms to a stretch"
        )

    def _list(self) -> QComboBox:
        box = _Names()
        box.setProperty("role", "small")
        box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.activated.connect(self._choose)
        return box

    def _button(self, slot: object, *, checkable: bool = False) -> QToolButton:
        button = small_button(self, checkable=checkable)
        button.clicked.connect(slot)
        return button

    def _show_storm(self) -> None:
        self.view.show_storm()

    def _show_all(self) -> None:
        self.view.show_all()

    def _zoom_in(self) -> None:
        self.view.zoom(1 / ZOOM)

    def _zoom_out(self) -> None:
        self.view.zoom(ZOOM)

    def _set_following(self) -> None:
        self.view.set_following(self.follow.isChecked())


def _fill(box: QComboBox, every: str | None, names: list[str], chosen: str | None) -> None:
    """List names, after a word for all of them if there is one."""
    items: list[tuple[str, str | None]] = [(every, None)] if every is not None else []
    items += [(as_shipped(name), name) for name in names]
    if items != [(box.itemText(i), box.itemData(i)) for i in range(box.count())]:
        box.clear()
        for text, data in items:
            box.addItem(text, data)
    box.setCurrentIndex(next(i for i, (_, data) in enumerate(items) if data == chosen))
