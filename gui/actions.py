"""Every command once: its text, shortcut, icon, hint, and when it is enabled.

Menus, the transport bar and the sheet of shortcuts are made from here. What a command does is
connected where it is done: in the main window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from gui.document import Document
from gui.i18n import language, tr
from gui.icons import icon
from gui.player import Player
from gui.runner import Runner
from gui.theme import theme

Enabled = Callable[[Document, Player, Runner], bool]


def _always(_document: Document, _player: Player, _runner: Runner) -> bool:
    return True


@dataclass(frozen=True)
class Command:
    """What a person can do, before it has a language, a theme or a moment."""

    name: str
    text: str
    shortcut: str = ""
    icon: str = ""
    hint: str = ""
    enabled: Enabled = _always


def _can_undo(document: Document, _player: Player, _runner: Runner) -> bool:
    return document.undo_stack.canUndo()


def _can_redo(document: Document, _player: Player, _runner: Runner) -> bool:
    return document.undo_stack.canRedo()


def _has_run(_document: Document, player: Player, _runner: Runner) -> bool:
    return player.run is not None


def _computes(_document: Document, _player: Player, runner: Runner) -> bool:
    return runner.computing


def _left_off(_document: Document, _player: Player, runner: Runner) -> bool:
    return runner.left_off


FILE = (
    Command("new", "New", "Ctrl+N", "new", "Begin a scenario with the usual market and no news"),
    Command("open", "Open…", "Ctrl+O", "open", "Open a scenario file"),
    Command("save", "Save", "Ctrl+S", "save", "Save the scenario to its file"),
    Command("save_as", "Save as…", "Ctrl+Shift+S", "", "Save the scenario to another file"),
    Command(
        "import_path", "Import price path…", "", "",
        "Let fundamental values follow prices or candles from a CSV file",
    ),
    Command("quit", "Quit", "Ctrl+Q"),
)  # fmt: skip
EDIT = (
    Command("undo", "Undo", "Ctrl+Z", "undo", "", _can_undo),
    Command("redo", "Redo", "Ctrl+Shift+Z", "redo", "", _can_redo),
    Command("find", "Find a setting", "Ctrl+F", "", "Look for a setting by its words"),
)
PLAY = (
    Command("play", "Play", "Space", "play", "Let time pass, or hold it", _has_run),
    Command("step_back", "Step back", "Left", "step-back", "One step of the clock back", _has_run),
    Command("step", "Step", "Right", "step-forward", "One step of the clock forward", _has_run),
    Command("page_back", "Hour back", "PgUp", "", "", _has_run),
    Command("page", "Hour forward", "PgDown", "", "", _has_run),
    Command("to_start", "To start", "Home", "to-start", "To the start of the scenario", _has_run),
    Command("to_end", "To end", "End", "to-end", "To the end of the scenario", _has_run),
    Command("slower", "Slower", "-", "", "", _has_run),
    Command("faster", "Faster", "+", "", "", _has_run),
    Command(
        "same_seed", "Same seed again", "Ctrl+R", "again",
        "Play again from shortly before the first shock, with the same random numbers", _has_run,
    ),
    Command(
        "new_seed", "New seed", "Ctrl+Shift+R", "dice",
        "Play again from shortly before the first shock, with other random numbers", _has_run,
    ),
    Command(
        "announce", "Announce a tariff", "Ctrl+T", "",
        "Add a shock at the cursor's moment, with the size chosen beside this button", _has_run,
    ),
    Command(
        "plan_shocks", "Tariff or other news…", "Ctrl+Shift+T", "",
        "Plan a shock of any size, with its ramp, recovery and excitement", _has_run,
    ),
    Command(
        "plan_top_ups", "Top up a fund…", "Ctrl+Shift+F", "",
        "Pay money into insurance funds at the cursor's moment", _has_run,
    ),
    Command(
        "plan_halts", "Halt a venue…", "Ctrl+Shift+H", "",
        "Let a venue, or one market of it, stand still from the cursor's moment on", _has_run,
    ),
    Command(
        "plan_rule_changes", "Change a rule…", "Ctrl+Shift+U", "",
        "Let a rule change at the cursor's moment", _has_run,
    ),
    Command(
        "plan_desk", "Trade…", "Ctrl+Shift+P", "",
        "Open a position at the cursor's moment, and plan when to close it", _has_run,
    ),
    Command("cancel", "Stop computing", "Esc", "close", "Leave the rest uncomputed", _computes),
    Command("go_on", "Go on computing", "", "", "Compute the rest that was left off", _left_off),
)  # fmt: skip
VIEW = (
    Command("setup", "Set-up", "Ctrl+1", "", "Show or hide the settings at the left"),
    Command("desk", "My desk", "Ctrl+2", "", "Show or hide my desk at the right"),
    Command("story", "Story", "Ctrl+3", "", "Show or hide the story below the charts"),
    Command("zoom_in", "Larger text", "Ctrl++"),
    Command("zoom_out", "Smaller text", "Ctrl+-"),
    Command("zoom_reset", "Usual text size", "Ctrl+0"),
    Command("full_screen", "Full screen", "F11", "full-screen"),
)
COMPARE = (
    Command(
        "pin", "Keep this run as A", "Ctrl+K", "",
        "Every further run is B, and A is drawn behind it", _has_run,
    ),
    Command(
        "pin_before", "Keep the run before as A", "Ctrl+Shift+K", "",
        "The run that your last change took the place of is drawn behind this one",
    ),
    Command("show_a", "Show A", "Ctrl+Shift+A", "", "Draw A behind B in the charts, or hide it"),
    Command(
        "seed_of_a", "Same seed as A", "", "",
        "Give B the random numbers of A, so that only settings make a difference",
    ),
    Command("unpin", "Let go of A", "", "", "Draw this run alone again"),
    Command(
        "compare", "Compare A and B…", "Ctrl+4", "",
        "Which settings differ between A and B, and what that changes", _has_run,
    ),
    Command(
        "presets", "Presets…", "Ctrl+5", "",
        "Ideas to try, each with what it changes here and what to look at",
    ),
    Command(
        "many", "Many worlds…", "Ctrl+6", "",
        "Play this scenario with many seeds, or over values of one or two settings",
    ),
    Command(
        "check", "Reality check…", "Ctrl+7", "",
        "The article's figures beside what this run gives",
    ),
)  # fmt: skip
HELP = (
    Command("shortcuts", "Keyboard shortcuts", "F1"),
    Command("about", "About Cascade Lab"),
)
PANELS = ("setup", "desk", "story")
"""Commands that show or hide the panel of that name."""

PLANS = ("plan_shocks", "plan_top_ups", "plan_halts", "plan_rule_changes", "plan_desk")
"""Commands that plan something at the cursor: named after the scenario's list it goes to."""

GROUPS = {
    "File": FILE,
    "Edit": EDIT,
    "Play": PLAY,
    "Compare": COMPARE,
    "View": VIEW,
    "Help": HELP,
}
"""Menus in their order, and the commands in each."""


class Actions(QObject):
    """The commands as Qt actions, kept up to date with language, theme and state."""

    def __init__(self, document: Document, player: Player, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._player, self._runner = document, player, runner
        self._actions = {
            command.name: QAction(self) for group in GROUPS.values() for command in group
        }
        for command, action in self._pairs():
            action.setShortcuts(_sequences(command))
            action.setIconVisibleInMenu(False)
            if _is_plain(command):
                # A slider's arrow keys and a button's space bar are theirs; the window gets a
                # plain key only when the widget in focus had no use for it (see ``press``).
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._out_of_place: frozenset[str] = frozenset()
        self._actions["about"].setMenuRole(QAction.MenuRole.AboutRole)
        self._actions["quit"].setMenuRole(QAction.MenuRole.QuitRole)
        for name in ("full_screen", *PANELS):
            self._actions[name].setCheckable(True)
            self._actions[name].setChecked(name in PANELS)
        for signal in (
            document.changed, document.undo_stack.indexChanged, player.run_changed,
            runner.started, runner.finished, runner.failed, runner.cancelled,
        ):  # fmt: skip
            signal.connect(self.update_enabled)
        player.state_changed.connect(self._show_play_or_pause)
        self._shows_pause: bool | None = None
        language.language_changed.connect(self.translate)
        theme.changed.connect(self.draw)
        self.translate()
        self.draw()
        self.update_enabled()

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def press(self, event: QKeyEvent) -> bool:
        """Do what a plain key stands for; return whether it stands for anything."""
        pressed = QKeySequence(event.keyCombination())
        for command, action in self._pairs():
            if _is_plain(command) and pressed in action.shortcuts() and action.isEnabled():
                action.trigger()
                return True
        return False

    def translate(self) -> None:
        """Write the texts anew, in the language on the screen."""
        for command, action in self._pairs():
            action.setText(tr(command.text))
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            hint = tr(command.hint or command.text)
            action.setToolTip(f"{hint} ({keys})" if keys else hint)
            action.setStatusTip(hint)
        self._name_undo_and_redo()
        self._draw_play_or_pause()

    def draw(self) -> None:
        """Draw the icons anew, in the colours of the theme."""
        for command, action in self._pairs():
            if command.icon and command.name != "play":
                action.setIcon(icon(command.icon))
        self._draw_play_or_pause()

    def set_out_of_place(self, names: Iterable[str]) -> None:
        """Say which commands have nothing to act on now, for reasons not known here."""
        self._out_of_place = frozenset(names)
        self.update_enabled()

    def update_enabled(self) -> None:
        for command, action in self._pairs():
            fits = command.name not in self._out_of_place
            enabled = command.enabled(self._document, self._player, self._runner)
            action.setEnabled(fits and enabled)
        self._name_undo_and_redo()

    def _name_undo_and_redo(self) -> None:
        stack = self._document.undo_stack
        for name, word, what in (
            ("undo", "Undo", stack.undoText()),
            ("redo", "Redo", stack.redoText()),
        ):
            text = tr("{command}: {what}", command=tr(word), what=what) if what else tr(word)
            self._actions[name].setText(text)

    def _show_play_or_pause(self) -> None:
        if self._shows_pause is not self._player.playing:
            self._draw_play_or_pause()

    def _draw_play_or_pause(self) -> None:
        self._shows_pause = self._player.playing
        play = self._actions["play"]
        play.setText(tr("Pause") if self._shows_pause else tr("Play"))
        play.setIcon(icon("pause" if self._shows_pause else "play", "on_accent"))

    def _pairs(self) -> list[tuple[Command, QAction]]:
        return [
            (command, self._actions[command.name]) for group in GROUPS.values() for command in group
        ]


def _sequences(command: Command) -> list[QKeySequence]:
    """Return a command's keys; larger text also without reaching for the shift key."""
    keys = [command.shortcut] if command.shortcut else []
    if command.name == "zoom_in":
        keys.append("Ctrl+=")
    if command.name == "faster":
        keys.append("=")
    if command.name == "redo":
        keys.append("Ctrl+Y")
    return [QKeySequence(key) for key in keys]


def _is_plain(command: Command) -> bool:
    """Whether its key is one that widgets use for themselves."""
    return bool(command.shortcut) and not command.shortcut.startswith(("Ctrl", "Alt", "F1"))
