"""The model of a leveraged market, and nothing that draws it.

Conventions used everywhere in this package
-------------------------------------------
Axes      world ``w`` first, then venue ``v``, then asset ``a``: market arrays are (W, V, A);
          account arrays are (A, N), rows grouped by (world, venue), see :mod:`engine.state`.
Signs     a quantity is positive for a long position, negative for a short one;
          an order is positive when it buys; a gain is positive.
Units     US dollars, coins, seconds since the scenario's start; ``log`` prices are natural
          logarithms of US dollars; a ``share`` is a fraction of one; ``pct`` is per cent.
"""

VERSION = "0.1.0"
