"""Who bore the losses: loss → margin → fund → ADL → bad debt, up to the cursor."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen, QPolygonF

from engine.ledgers import Losses
from gui import format as fmt
from gui.charts.figures import Figures
from gui.charts.moment import Moment, write
from gui.i18n import tr
from gui.theme import theme
from gui.totals import Totals


@dataclass(frozen=True)
class Part:
    """A piece of a bar: its name, amount, colour and what is to be said of it."""

    name: str
    usd: float
    color: str
    hint: str


class LossView(Moment):
    """Two bars of the same length: what was lost, and who carried it; below, what margin left.

    What a fund gains from positions sold above their bankruptcy price was paid by margin too, so it
    stands with the losses; both bars stay equally long.
    """

    section = "26"

    def texts(self) -> tuple[str, str]:
        return tr("Who bore the losses"), tr("USD since the start, all venues and assets")

    def summary(self) -> str:
        losses = self.content
        if not isinstance(losses, Losses) or losses.total_usd <= 0:
            return tr("Nobody has been liquidated up to the cursor.")
        return tr(
            "Up to {time} UTC liquidated positions lost {total} USD: {margin} were their owners' "
            "margin, {fund} came from insurance funds, {adl} from winners through ADL, {debt} are "
            "bad debt.",
            time=fmt.date_clock(self.start, self.cursor_s),
            total=fmt.usd(losses.total_usd),
            margin=fmt.usd(losses.margin_usd),
            fund=fmt.usd(losses.fund_usd),
            adl=fmt.usd(losses.adl_usd),
            debt=fmt.usd(losses.bad_debt_usd),
        )

    def build(self) -> None:
        self._totals: Totals | None = None

    def draw(self, figures: Figures) -> None:
        if self._totals is None or self._totals.run is not figures.run:
            self._totals = Totals(figures.run)

    def read_out(self, figures: Figures) -> None:
        assert self._totals is not None
        self._totals.extend()
        self.show_content(self._totals.losses(figures.step_at(self.cursor_s) + 1))

    # ---------------------------------------------------------------- the picture

    def paint(self, painter: QPainter, box: QRectF) -> None:
        losses = self.content
        assert isinstance(losses, Losses)
        line = painter.fontMetrics().height()
        box = box.adjusted(0, line / 2, -theme.unit(12), 0)
        paid = self._paid(losses)
        whole = sum(part.usd for part in paid)
        if whole <= 0:
            words = QRectF(box.left(), box.top(), box.width(), line)
            write(painter, words, self.summary(), "faint")
            return
        bar = min(max((box.height() - 9.5 * line) / 3, 0.7 * line), 6 * line)
        row = 2.6 * line + bar  # a title, the bar, the names of its parts
        self._paint_row(painter, box, tr("What was lost"), self._lost(losses), bar)
        second = box.adjusted(0, row, 0, 0)
        rest = [part for part in paid[1:] if part.usd > 0]
        beyond = sum(part.usd for part in rest)
        if beyond > 0:
            third = second.adjusted(0, row + 0.3 * line, 0, 0)
            from_y, to_y = second.top() + 1.2 * line + bar, third.top() + 1.2 * line
            _paint_lens(painter, box, from_y, to_y, beyond / whole)
            times = fmt.significant(whole / beyond, 2)
            title = tr("Beyond margin, magnified {n} times", n=times)
            self._paint_row(painter, third, title, rest, bar)
        self._paint_row(painter, second, tr("Who paid for it"), paid, bar)
        _paint_sum(painter, box.adjusted(0, 3 * row + 0.3 * line, 0, 0), losses)

    def _lost(self, losses: Losses) -> list[Part]:
        gained = max(-losses.fund_usd, 0.0)
        parts = [
            Part(
                tr("lost by liquidated positions"),
                losses.total_usd,
                "loss",
                tr(
                    "What positions lost from opening until the liquidation engine was rid of them."
                ),
            )
        ]
        if gained > 0:
            parts.append(
                Part(
                    tr("gained by insurance funds"),
                    gained,
                    "fund",
                    tr("Fees, and positions sold above their bankruptcy price."),
                )
            )
        return parts

    def _paid(self, losses: Losses) -> list[Part]:
        """Return who paid, first to last; a fund that gained paid nothing."""
        return [
            Part(
                tr("margin"),
                losses.margin_usd,
                "long",
                tr("Collateral of the people who were liquidated."),
            ),
            Part(
                tr("insurance funds"),
                max(losses.fund_usd, 0.0),
                "fund",
                tr("What funds paid, less what they earned, once margin was gone."),
            ),
            Part(
                tr("winners, by ADL"),
                losses.adl_usd,
                "adl",
                tr("What it cost winners to be closed away from the mark price."),
            ),
            Part(
                tr("bad debt"),
                losses.bad_debt_usd,
                "danger",
                tr("What nobody carried: the venue owes it."),
            ),
        ]

    def _paint_row(
        self, painter: QPainter, box: QRectF, title: str, parts: list[Part], height: float
    ) -> None:
        """Paint a title, a bar as wide as the box and the names of its parts."""
        line = painter.fontMetrics().height()
        write(painter, QRectF(box.left(), box.top(), box.width(), line), title, "muted")
        whole = sum(part.usd for part in parts)
        x, y = box.left(), box.top() + 1.2 * line
        for part in parts:
            piece = QRectF(x, y, part.usd / whole * box.width(), height)
            if part.usd > 0:
                painter.fillRect(
                    piece.adjusted(0, 0, max(1 - piece.width(), 0), 0), theme.color(part.color)
                )
            self.canvas.hints.append((piece, f"{part.name}: {fmt.usd(part.usd)} USD\n{part.hint}"))
            x += piece.width()
        names = QRectF(box.left(), y + height + 0.15 * line, box.width(), line)
        self._paint_names(painter, names, parts, whole)

    def _paint_names(self, painter: QPainter, row: QRectF, parts: list[Part], whole: float) -> None:
        """Write what the pieces are, how much, and their shares, beside swatches of their colours.

        Shares are left out where there is no room for them.
        """
        size, gap = theme.unit(8), theme.unit(14)
        metrics = painter.fontMetrics()
        short = [f"{part.name} {fmt.usd(part.usd)}" for part in parts]
        long = [
            f"{text} ({fmt.percent(p.usd / whole)})" for text, p in zip(short, parts, strict=True)
        ]
        needed = sum(metrics.horizontalAdvance(text) + size + theme.unit(5) + gap for text in long)
        x = row.left()
        for part, text, full in zip(
            parts, long if needed <= row.width() else short, long, strict=True
        ):
            swatch = QRectF(x, row.center().y() - size / 2 + 1, size, size)
            painter.fillRect(swatch, theme.color(part.color))
            width = metrics.horizontalAdvance(text) + 2
            words = QRectF(x + size + theme.unit(5), row.top(), width, row.height())
            write(painter, words.intersected(row), text)
            self.canvas.hints.append((words, f"{full}\n{part.hint}"))
            x = words.right() + gap


def _paint_lens(painter: QPainter, box: QRectF, from_y: float, to_y: float, share: float) -> None:
    """Lead from the end of the bar that is magnified to the one below, around the words between."""
    left, aside = box.right() - share * box.width(), box.right() - 0.5
    above, below = from_y + 1.5, to_y - 2.5
    corners = [
        QPointF(left, above),
        QPointF(aside, above),
        QPointF(aside, below),
        QPointF(box.left(), below),
    ]
    painter.setPen(QPen(theme.color("muted"), 1))
    painter.drawPolyline(QPolygonF(corners))


def _paint_sum(painter: QPainter, box: QRectF, losses: Losses) -> None:
    """Write the sum out: nothing is lost on the way."""
    amounts = [losses.margin_usd, losses.fund_usd, losses.adl_usd, losses.bad_debt_usd]
    parts = " ".join(
        f"{'' if i == 0 else f'{fmt.MINUS} ' if usd < 0 else '+ '}{fmt.usd(abs(usd))}"
        for i, usd in enumerate(amounts)
    )
    text = tr(
        "margin + funds + ADL + bad debt: {parts} = {total} USD lost",
        parts=parts,
        total=fmt.usd(losses.total_usd),
    )
    line = painter.fontMetrics().height()
    write(painter, QRectF(box.left(), box.top(), box.width(), line), text, "muted")
