"""Sweeps that show something at once, made from the ticket of the tab."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from market.errors import OrderError
from models.catalog import STYLES
from models.fee_schedules import CUSTOM
from models.parameters import parameters_of
from webapp import format as fmt
from webapp.sweeps.draft import AxisText, Draft, market_text
from webapp.sweeps.scenarios import NAMED
from webapp.ticket import MANUAL, Ticket, recipe_of
from webapp.typed_number import parse

RECORDED_BOOKS = "100"
SPAN = 100.0
"""A preset goes from the size of the ticket over this to the size times this."""


def of_ticket(ticket: Ticket) -> Draft:
    """The order of the ticket on its market, as one point."""
    draft = Draft(
        name=f"{ticket.instrument or 'Order'}, as in the ticket",
        markets=[market_text(ticket.source, ticket.venue, ticket.instrument)]
        if ticket.source and ticket.instrument
        else [],
        sides=[ticket.side],
        unit=ticket.unit,
        order_types=[ticket.style],
        recipes=[recipe_of(ticket)],
        impacts=[ticket.impact] if ticket.impact else [],
        depth_policies=[ticket.depth_policy],
        axes={"size": AxisText(values=ticket.quantity.strip())},
    )
    if ticket.tier == CUSTOM:
        draft.own_tiers = f"{ticket.maker} / {ticket.taker}"
    elif ticket.tier:
        draft.tiers = [ticket.tier]
    if ticket.volatility == MANUAL:
        draft.axes["sigma_day"] = AxisText(values=ticket.sigma.strip())
    for key, text in ticket.parameters.items():
        if key in {p.key for p in parameters_of(STYLES[ticket.style])}:
            draft.axes[key] = AxisText(values=text.strip())
    return draft


def _against_size(draft: Draft) -> None:
    draft.sides = ["buy", "sell"]
    draft.order_types, draft.recipes = ["market"], ["exact"]


def _million(draft: Draft) -> None:
    """32 sizes, 2 sides, 8 volatilities, 5 fee tiers, 4 models: 10,240 points a book."""
    draft.sides = ["buy", "sell"]
    draft.order_types = ["market"]
    draft.recipes = ["exact", "worked_2005", "worked_i_star", "seed1"]
    draft.axes["size"].step = "32"
    draft.axes["sigma_day"] = AxisText("linear", low="1", high="8", step="8")
    draft.own_tiers = "2 / 5, 1 / 3, 0 / 2, -0.5 / 1.5, 8 / 10"
    draft.tiers = []


def _stress(draft: Draft) -> None:
    draft.sides = ["buy", "sell"]
    draft.order_types, draft.recipes = ["market"], ["exact"]
    draft.scenarios = list(NAMED)
    draft.axes["depth_times"] = AxisText("log", low="0.1", high="10", step="9")


def _models(draft: Draft) -> None:
    draft.order_types = ["market"]
    draft.recipes = [
        "exact",
        "worked_almgren_chriss",
        "worked_2005",
        "worked_i_star",
        "worked_transient",
        "worked_block_book",
    ]
    draft.axes["sigma_day"] = AxisText("linear", low="1", high="8", step="8")


def _ways(draft: Draft) -> None:
    draft.sides = ["buy", "sell"]
    draft.order_types = ["market", "limit", "post_only", "ioc", "iceberg", "twap", "vwap", "pov"]
    draft.recipes = ["schedule"]
    draft.axes["size"].step = "9"


def _drawn(draft: Draft) -> None:
    draft.sides = ["buy", "sell"]
    draft.order_types, draft.recipes = ["market"], ["exact", "worked_2005"]
    low, high = draft.axes["size"].low, draft.axes["size"].high
    draft.axes["size"] = AxisText("latin_hypercube", low=low, high=high, spacing="log")
    draft.axes["sigma_day"] = AxisText("latin_hypercube", low="0.5", high="10", spacing="log")
    draft.axes["depth_times"] = AxisText("latin_hypercube", low="0.2", high="5", spacing="log")
    draft.axes["spread_times"] = AxisText("latin_hypercube", low="0.5", high="5", spacing="log")
    draft.samples = "5000"


@dataclass(frozen=True, slots=True)
class Preset:
    """What it is called, what it shows, and what it changes."""

    title: str
    note: str
    change: Callable[[Draft], None]


PRESETS: Mapping[str, Preset] = {
    "size": Preset("Cost against size", "both sides, exact walk", _against_size),
    "models": Preset("Models against each other", "six recipes, sizes, volatilities", _models),
    "stress": Preset("Under stress", "five scenarios, depth × 0.1 to 10", _stress),
    "ways": Preset("Order types", "eight ways of the same order", _ways),
    "sample": Preset("Random markets", "Latin hypercube over five assumptions", _drawn),
    "million": Preset(
        "A million scenarios", "size × side × volatility × tier × model × books", _million
    ),
}


def preset(name: str, ticket: Ticket, recording: str = "") -> Draft:
    """The draft of a preset around the ticket's order; on 100 books of a recording where named."""
    draft = of_ticket(ticket)
    chosen = PRESETS[name]
    draft.name = f"{chosen.title}, {ticket.instrument}".removesuffix(", ")
    draft.axes = {"size": _around(ticket)}
    draft.impacts = []
    chosen.change(draft)
    if name == "million" and recording:
        draft.states, draft.recording, draft.count = "recorded", recording, RECORDED_BOOKS
    return draft


def _around(ticket: Ticket) -> AxisText:
    try:
        size = parse(ticket.quantity, "quantity", "")
    except OrderError:
        size = 1.0
    low, high = (fmt.typed(float(f"{v:.4g}")) for v in (size / SPAN, size * SPAN))
    return AxisText("log", low=low, high=high, step="41")
