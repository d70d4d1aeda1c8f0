"""What moves prices, in words: the name of each cause and what it stands for."""

from __future__ import annotations

from gui.i18n import tr


def cause_name(cause: str) -> str:
    """Return the name of one of :data:`engine.record.CAUSES` in the language on the screen."""
    return {
        "news": tr("news"),
        "liquidations": tr("forced liquidations"),
        "broken hedges": tr("broken hedges"),
        "stops and panic": tr("stops and panic"),
        "profit-taking": tr("profit-taking"),
        "new entries": tr("new positions"),
        "arbitrage": tr("arbitrage"),
        "desk": tr("my own trades"),
        "value buyers": tr("value buyers"),
        "refilling books": tr("refilling books"),
        "reopening": tr("reopening after halts"),
        "withdrawn liquidity": tr("withdrawn liquidity"),
    }[cause]


def cause_meaning(cause: str) -> str:
    """Return a sentence on a cause."""
    return {
        "news": tr("Quotes that moved with the fundamental value, without a trade."),
        "liquidations": tr(
            "What the liquidation engines sold or bought, in books as deep as ever."
        ),
        "broken hedges": tr("Coins sold by those whose short was closed for them by ADL."),
        "stops and panic": tr("People who closed because prices had moved against them."),
        "profit-taking": tr("People who closed because they had gained."),
        "new entries": tr("People who opened: trend followers, dip buyers and all others."),
        "arbitrage": tr("Trades that moved prices at one venue towards the others."),
        "desk": tr("My own orders."),
        "value buyers": tr("Those who pull prices back to the fundamental value."),
        "refilling books": tr("What goes back as the books that orders have eaten fill again."),
        "reopening": tr("Leaps to the price at which halted markets opened again."),
        "withdrawn liquidity": tr(
            "What the same orders moved more because the books were thinner than usual."
        ),
    }[cause]
