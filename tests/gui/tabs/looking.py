"""How tests look at a tab."""

from gui.charts.tabs import TABS
from gui.charts.time_charts import TimeCharts

NAMES = [tab.name for tab in TABS]


def shown(qtbot, player):
    charts = TimeCharts(player)
    qtbot.addWidget(charts)
    charts.resize(1_000, 640)
    charts.show()
    qtbot.waitExposed(charts)
    return charts


def look_at(charts, name):
    """Show a tab by clicking it; return what it consists of beside the price."""
    charts.tabs.setCurrentIndex(NAMES.index(name))
    return [charts.views[each] for each in (*charts.tab.above, *charts.tab.below)]


def number(text):
    return float(text.replace("−", "-").rstrip("\N{NO-BREAK SPACE}%"))


def choose(box, text):
    box.setCurrentIndex(box.findText(text))
    box.activated.emit(box.currentIndex())
