"""Names that the program's own scenarios give, in the language on the screen."""

import re

from PySide6.QtCore import QAbstractTableModel
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QWidget,
)

from engine.scenario import Position
from gui.i18n import set_language


def texts_of(widget):
    """Everything that a widget says, seen or read out."""
    yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription())
    if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
        yield widget.text()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(i) for i in range(widget.count()))
    if isinstance(widget, QAbstractItemView) and widget.model() is not None:
        model = widget.model()
        columns = model.columnCount() if isinstance(model, QAbstractTableModel) else 1
        for row in range(model.rowCount()):
            yield from (str(model.index(row, column).data() or "") for column in range(columns))


def test_assets_and_venues_that_come_with_the_program_are_told_in_chinese(own_window, qtbot):
    window = own_window
    scenario = window.document.scenario
    short = Position(asset="Small", venue="Alpha", side="short", notional_usd=9_000.0, leverage=3.0)
    with qtbot.waitSignal(window.runner.finished, timeout=20_000):
        window.document.edit("A short", scenario.model_copy(update={"desk": (short,)}))
    set_language("zh_CN")
    window.player.to_end()
    window.setup.show_roster("assets")
    for name in ("compare", "presets", "many", "check", "plan_halts"):
        window.actions_[name].trigger()

    def in_english():
        shown = [window, *(each for each in window.findChildren(QWidget) if each.isVisible())]
        texts = {text for each in shown for text in texts_of(each)}
        return {text for text in texts if re.search(r"\b(Large|Small)\b", text)}

    for i in range(window.charts.tabs.count()):
        window.charts.tabs.setCurrentIndex(i)
        qtbot.waitUntil(lambda: not in_english(), timeout=2_000)  # summaries follow after a moment
    assert window.charts.bar.asset.itemText(3) == "大型币"
    window.charts.bar.asset.setCurrentIndex(3)
    window.charts.bar.asset.activated.emit(3)
    assert window.charts.choice.asset == "Large"
    desk = window.desk.form
    desk.asset.setCurrentIndex(4)
    assert desk.position().asset == "Small"
