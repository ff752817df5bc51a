"""What each selection of the ticket offers, with the words the user reads."""

from collections.abc import Mapping
from dataclasses import dataclass

from market.order import Unit
from models.base import Source
from models.catalog import POLICIES, RECIPES, STYLES, recipe_for
from models.fee_schedules import CUSTOM
from models.slippage.learned import LearnedSlippage
from webapp import format as fmt
from webapp.frames.cost import model_name
from webapp.session import Session
from webapp.ticket import AUTO, MANUAL, recipe_of

Options = dict[str, str]

SOURCES = {
    Source.LIVE.value: "Live",
    Source.DEMO.value: "Demo",
    Source.REPLAY.value: "Recording",
}
VOLATILITY = {AUTO: "Measured", MANUAL: "Typed"}
LEARNED = LearnedSlippage.name
NO_TIER = {"": "No published fees"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Value -> label, by field of the ticket."""

    by_field: Mapping[str, Options]
    units: Mapping[str, str]
    """What units of parameters are called for this instrument."""

    def of(self, field: str, current: str) -> Options:
        """The options, with what is typed now among them even if it is not on offer."""
        options = dict(self.by_field[field])
        if current not in options:
            options[current] = current
        return options


def choices(session: Session, offered: Mapping[Source, tuple[str, ...]]) -> Choices:
    """For the market that the session has open."""
    ticket = session.ticket
    venues = offered.get(Source(ticket.source), ()) if ticket.source else ()
    return Choices(
        by_field={
            "source": {source.value: SOURCES[source.value] for source in offered},
            "venue": {venue: venue.upper() for venue in venues},
            "unit": _units(session),
            "style": {style.name: style.label for style in STYLES.values()},
            "volatility": VOLATILITY,
            "tier": _tiers(session),
            "recipe": _recipes(session),
            "impact": _impacts(session),
            "depth_policy": {policy.name: policy.label for policy in POLICIES.values()},
        },
        units=_parameter_units(session),
    )


def _units(session: Session) -> Options:
    instrument = session.instrument
    if instrument is None:
        return {unit.value: unit.value for unit in Unit}
    units = {Unit.BASE.value: instrument.base, Unit.QUOTE.value: instrument.quote}
    if instrument.has_contracts:
        units[Unit.CONTRACTS.value] = "contracts"
    return units


def _parameter_units(session: Session) -> Options:
    if session.instrument is None:
        return {}
    quote = session.instrument.quote
    return {"quote/base": quote, "quote/day": f"{quote}/day", "quote": quote}


def _recipes(session: Session) -> Options:
    fitting = RECIPES[recipe_for(session.ticket.style)].label
    labels = {one.name: one.label for one in RECIPES.values()}
    missing = session.learning()
    if missing:
        labels[LEARNED] = f"{labels[LEARNED]} · {missing}"
    return {AUTO: f"Fitting · {fitting}"} | labels


def _impacts(session: Session) -> Options:
    """Those that the recipe has a place for."""
    recipe = RECIPES[recipe_of(session.ticket)]
    if recipe.impact is None:
        return {"": "The recipe's own"}
    named = {model.name: fmt.sentence(model_name(model.name)) for model in recipe.impacts}
    return {"": f"The recipe's own · {named[recipe.impact.name]}"} | named


def _tiers(session: Session) -> Options:
    custom = {CUSTOM: "Custom rates"}
    if session.schedule is None:
        return NO_TIER | custom
    first, *others = session.schedule.tiers
    entry = {"": f"{first.name} · {fmt.rates(first)}"}
    return entry | {tier.name: f"{tier.name} · {fmt.rates(tier)}" for tier in others} | custom
