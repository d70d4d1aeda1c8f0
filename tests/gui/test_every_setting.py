"""Whatever a scenario file can say, the window can edit."""

import re
from typing import get_args

import fake_run
import made_up
import pytest
from pydantic import BaseModel
from PySide6.QtWidgets import QWidget

from engine.scenario import Change, PathColumn, PricePath, Scenario
from gui.actions import PLANS
from gui.document import Document
from gui.main_window import MainWindow
from gui.planned import planned
from gui.session import Session
from gui.settings import Settings

FROM_A_FILE = {
    "news.path.at_min",
    "news.path.liveliness",
    "news.path.columns.0.asset",
    "news.path.columns.0.price_usd",
}
"""Tables of up to 50,000 prices: File → Import price path reads them from a CSV file."""


def parts_of(annotation):
    """The classes of settings named somewhere in a field's type, and whether it is a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [part for inner in get_args(annotation) for part in parts_of(inner)]


def every_setting(part=Scenario, before=""):
    """Every single value of a scenario, by its path; of lists, that of the first entry."""
    for name, field in part.model_fields.items():
        inner = parts_of(field.annotation)
        if not inner:
            yield f"{before}{name}"
        for kind in inner:
            is_list = getattr(field.annotation, "__origin__", None) is tuple
            yield from every_setting(kind, f"{before}{name}." + ("0." if is_list else ""))


def shown_by(widgets):
    """The settings that widgets say they edit."""
    found = set()
    for widget in widgets:
        paths = [widget.property("setting"), *(widget.property("settings") or [])]
        found |= {re.sub(r"\.\d+", ".0", path) for path in paths if path}
    return found


@pytest.fixture
def window(qtbot, october, shared_worker):
    path = PricePath(at_min=(0.0, 60.0), columns=(PathColumn(asset="BTC", price_usd=(1.0, 2.0)),))
    scenario = made_up.scenario()
    position = scenario.desk[0].model_copy(update={"changes": (Change(at_min=60.0),)})
    news = scenario.news.model_copy(update={"path": path})
    session = Session(
        scenario.model_copy(update={"news": news, "desk": (position,)}), shared_worker
    )
    window = MainWindow(session, Settings())
    with qtbot.waitSignal(window.filled, timeout=20_000):
        window.show()
    yield window
    window.document.undo_stack.setClean()
    window.close()
    window.deleteLater()


def test_every_setting_of_a_scenario_has_an_editor(window):
    for kind in ("assets", "venues"):
        window.setup.show_roster(kind)
    found = shown_by(window.findChildren(QWidget))
    for name in PLANS:
        form = window.moments.plan(name.removeprefix("plan_"))
        found |= shown_by(form.findChildren(QWidget))
        form.reject()
    for plan in planned(window.document.scenario):
        form = window.moments.edit(plan)
        found |= shown_by(form.findChildren(QWidget))
        form.reject()
    wanted = set(every_setting())
    assert len(wanted) > 150
    assert wanted - found == FROM_A_FILE
    strange = {path for path in found - wanted if path not in ("venues", "venues.0")}
    assert not strange


def test_a_setting_the_engine_gains_appears_by_itself(qtbot, monkeypatch):
    """A number added to a part turns up behind "More" of its section, and in its table."""
    from engine.scenario import Asset, Plumbing
    from gui.panels import setting as settings
    from gui.panels.setup_sections import SECTIONS

    field = Plumbing.model_fields["bridge_h"]
    for part in (Plumbing, Asset):
        monkeypatch.setitem(part.model_fields, "brand_new", field)
    settings._setting.cache_clear()
    section = next(contents for contents in SECTIONS if contents.name == "plumbing")
    assert "plumbing.brand_new" in section.more
    assert "assets.0.brand_new" in [s.path for s in settings.settings_of("assets.0")]
    document = Document(fake_run.fake_scenario())
    assert document.scenario
