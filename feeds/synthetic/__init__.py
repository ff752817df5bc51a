"""The embedded exchange: OKX v5 on loopback, over a seeded market.

``python -m feeds.synthetic`` runs it alone.
"""

from feeds.synthetic.exchange import Exchange
from feeds.synthetic.instruments import BY_ID, LISTED, ListedInstrument
from feeds.synthetic.order_flow import OrderFlow, Print, Step

__all__ = ["BY_ID", "LISTED", "Exchange", "ListedInstrument", "OrderFlow", "Print", "Step"]
