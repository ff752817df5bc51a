"""Shadow orders over a whole recording: the same follower as live, in recorded time."""

from pathlib import Path

from engine.market_key import MarketKey
from engine.recorded_looks import looks
from engine.shadow.market import ShadowMarket
from engine.shadow.placing import ShadowPlan
from engine.shadow.report import FillReport


def shadow(path: Path, venue: str = "", plan: ShadowPlan | None = None) -> tuple[FillReport, ...]:
    """Follow shadow orders on every market of a recording, to its end."""
    markets: dict[MarketKey, ShadowMarket] = {}
    for look in looks(path, venue):
        for key in look.keys:
            market = markets.setdefault(key, ShadowMarket(key, plan))
            state = look.hub.state(key)
            stretch = look.hub.trades_since(key, market.next_trade)
            assert state is not None and stretch is not None, "every key is open"
            market.look(stretch, state, look.ns)
            for fit in market.fittings():
                fit()
    return tuple(market.report() for market in markets.values())
