"""Named shocks that the builder offers. They are assumptions, and their names say which."""

from collections.abc import Mapping

from models.sweep.declaration import Scenario


def _named(title: str, depth: float, spread: float, volatility: float) -> Scenario:
    return Scenario(
        name=f"{title} (depth ×{depth:g}, spread ×{spread:g}, volatility ×{volatility:g})",
        depth_times=depth,
        spread_times=spread,
        volatility_times=volatility,
    )


NAMED: Mapping[str, Scenario] = {
    one.name: one
    for one in (
        _named("As it is", 1, 1, 1),
        _named("Deep and calm", 2, 1, 0.5),
        _named("Thin night", 0.5, 1.5, 1),
        _named("News", 0.3, 3, 2),
        _named("Flash crash", 0.05, 10, 5),
    )
}
