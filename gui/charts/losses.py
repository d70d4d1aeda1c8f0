"""Who bore the losses: loss → margin → fund → ADL → bad debt, up to the cursor."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
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

    def grown(self, before_s: float, first_s: float, last_s: float) -> None:
        """What is computed beyond the cursor changes nothing up to it."""

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
            write(
                painter, QRectF(box.left(), box.top(), box.width(), line), self.summary(), "faint"
            )
            return
        lost = self._lost(losses)
        caption = 1.3 * line
        free = box.height() - 5 * caption - 4.2 * line
        bar = max(min(free / 3, 2.6 * line), 0.7 * line)
        y = box.top()
        y = self._paint_row(painter, box, y, tr("What was lost"), lost, whole, bar)
        y += 0.4 * line
        begun = y
        y = self._paint_row(painter, box, y, tr("Who paid for it"), paid, whole, bar)
        rest = [part for part in paid[1:] if part.usd > 0]
        beyond = sum(part.usd for part in rest)
        if beyond > 0:
            share = beyond / whole
            top = begun + caption + bar
            self._paint_lens(painter, box, top, y + 0.3 * line + caption, share)
            y += 0.3 * line
            title = tr("Beyond margin, magnified {n} times", n=fmt.significant(1 / share, 2))
            y = self._paint_row(painter, box, y, title, rest, beyond, bar)
        self._paint_sum(painter, QRectF(box.left(), y + 0.2 * line, box.width(), line), losses)

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
        self,
        painter: QPainter,
        box: QRectF,
        y: float,
        title: str,
        parts: list[Part],
        whole: float,
        height: float,
    ) -> float:
        """Paint a title, a bar and the names of its parts; return where it ends."""
        line = painter.fontMetrics().height()
        write(painter, QRectF(box.left(), y, box.width(), line), title, "muted")
        y += 1.3 * line
        x, slot = box.left(), box.width() / max(len(parts), 1)
        for i, part in enumerate(parts):
            width = part.usd / whole * box.width()
            piece = QRectF(x, y, width, height)
            if part.usd > 0:
                piece.setWidth(max(width, 1.0))
                painter.fillRect(piece, theme.color(part.color))
            self.canvas.hints.append((piece, f"{part.name}: {fmt.usd(part.usd)} USD\n{part.hint}"))
            self._paint_name(
                painter, QRectF(box.left() + i * slot, y + height, slot, line), part, whole
            )
            x += width
        return y + height + 1.2 * line

    def _paint_name(self, painter: QPainter, slot: QRectF, part: Part, whole: float) -> None:
        """Write what a piece is, how much, and its share, beside a swatch of its colour."""
        size = theme.unit(8)
        swatch = QRectF(slot.left(), slot.center().y() - size / 2 + 1, size, size)
        painter.fillRect(swatch, theme.color(part.color))
        text = f"{part.name} {fmt.usd(part.usd)} ({fmt.percent(part.usd / whole)})"
        write(painter, slot.adjusted(size + theme.unit(5), 0, -theme.unit(8), 0), text)
        self.canvas.hints.append((slot, f"{text}\n{part.hint}"))

    def _paint_lens(
        self, painter: QPainter, box: QRectF, top: float, bottom: float, share: float
    ) -> None:
        """Lead from the end of the bar that is magnified to the whole width below it."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("track", 0.35))
        left = box.right() - share * box.width()
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(left, top),
                    QPointF(box.right(), top),
                    QPointF(box.right(), bottom),
                    QPointF(box.left(), bottom),
                ]
            )
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("faint"), 1))

    def _paint_sum(self, painter: QPainter, box: QRectF, losses: Losses) -> None:
        """Write the sum out: nothing is lost on the way."""
        amounts = [losses.margin_usd, losses.fund_usd, losses.adl_usd, losses.bad_debt_usd]
        parts = " ".join(
            f"{'' if i == 0 else '− ' if usd < 0 else '+ '}{fmt.usd(abs(usd))}"
            for i, usd in enumerate(amounts)
        )
        text = tr(
            "margin + funds + ADL + bad debt: {parts} = {total} USD lost",
            parts=parts,
            total=fmt.usd(losses.total_usd),
        )
        write(painter, box, text, "muted")
