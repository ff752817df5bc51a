"""One tab's inputs as typed, and what they mean.

Every field is text, because a user may type anything; `read` turns them into a Request or says
at which field the trouble is and what is allowed there. A link carries the same fields, and the
parameters of order types and models under their own names, as in limit.ticks=2.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields

from nicegui import binding

from market.errors import OrderError
from market.fee_schedule import MAX_RATE_BPS, FeeSchedule, FeeTier
from market.instrument import Instrument, Side
from market.order import MAX_AMOUNT, Order, Unit
from models.base import Request, Source
from models.catalog import IMPACTS, MODELS, POLICIES, RECIPES, STYLES, recipe_for
from models.fee_schedules import CUSTOM, custom_tier
from models.parameters import Parameter, parameters_of
from models.volatility.limits import MAX_SIGMA_DAY
from webapp.typed_number import LONGEST, parse

AUTO, MANUAL = "auto", "manual"


@binding.bindable_dataclass
class Ticket:
    """What the order ticket shows. Empty source: whatever the start chose."""

    source: str = ""
    venue: str = ""
    instrument: str = ""
    side: str = Side.BUY.value
    quantity: str = "1"
    unit: str = Unit.BASE.value
    style: str = "market"
    volatility: str = AUTO
    sigma: str = ""
    """Per cent a day, when volatility is manual."""
    tier: str = ""
    """Empty: the venue's entry tier."""
    maker: str = ""
    """bps, when the tier is custom."""
    taker: str = ""
    recipe: str = AUTO
    """auto: the one that fits the order type."""
    impact: str = ""
    """Empty: the recipe's own model of impact."""
    depth_policy: str = "partial"
    deadline: str = "60"
    """Seconds that the comparison allows for ways that wait."""
    grouping: str = "1"
    """Ticks that share one row of the ladder."""
    running: str = "yes"
    parameters: dict[str, str] = field(default_factory=dict)
    """What is typed for parameters, by key; a key that is missing stands for its default."""

    @property
    def is_running(self) -> bool:
        """Whether the user wants this order priced."""
        return self.running == "yes"

    def values(self) -> dict[str, str]:
        """All that is typed, as a link and the browser's storage keep it."""
        return {name: getattr(self, name) for name in FIELDS} | self.parameters

    def type_parameter(self, key: str, text: str) -> None:
        """Keep what is typed for a parameter; nothing at all means its default."""
        if text.strip():
            self.parameters[key] = text
        else:
            self.parameters.pop(key, None)

    def take(self, other: "Ticket") -> None:
        """Hold what another ticket holds."""
        for name in FIELDS:
            setattr(self, name, getattr(other, name))
        self.parameters = dict(other.parameters)


FIELDS = tuple(spec.name for spec in fields(Ticket) if spec.name != "parameters")
DEFAULTS = Ticket().values()
PARAMETERS: Mapping[str, Parameter] = {
    parameter.key: parameter
    for owner in (*STYLES.values(), *MODELS.values())
    for parameter in parameters_of(owner)
}
"""All there are, by key."""


def style_parameters(ticket: Ticket) -> tuple[Parameter, ...]:
    """What the chosen order type asks for."""
    return parameters_of(STYLES[ticket.style])


def recipe_of(ticket: Ticket) -> str:
    """The recipe chosen, or the one that fits the order type."""
    return recipe_for(ticket.style) if ticket.recipe == AUTO else ticket.recipe


def model_parameters(ticket: Ticket) -> tuple[Parameter, ...]:
    """What the models of the chosen recipe ask for."""
    recipe = RECIPES[recipe_of(ticket)]
    if ticket.impact in {model.name for model in recipe.impacts}:
        recipe = recipe.with_impact(ticket.impact)
    models = dict.fromkeys(recipe.models)
    return tuple(parameter for model in models for parameter in parameters_of(model))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a ticket means: a request, or what is wrong by field."""

    request: Request | None
    problems: Mapping[str, str]


def read(ticket: Ticket, instrument: Instrument, schedule: FeeSchedule | None) -> Reading:
    """The ticket for that instrument; `schedule` is None where no fees are known."""
    problems: dict[str, str] = {}

    def take(field: str, meaning):
        try:
            return meaning()
        except OrderError as error:
            problems.setdefault(field_of(error.field, field), _sentence(error))
            return None

    order = take("quantity", lambda: _order(ticket, instrument))
    sigma_day = take("sigma", lambda: _sigma_day(ticket))
    tier = take("tier", lambda: _tier(ticket, schedule))
    take("impact", lambda: RECIPES[recipe_of(ticket)].with_impact(ticket.impact))
    parameters = {
        parameter.key: take(parameter.key, lambda parameter=parameter: _typed(ticket, parameter))
        for parameter in (*style_parameters(ticket), *model_parameters(ticket))
        if parameter.key in ticket.parameters
    }
    if problems or order is None:
        return Reading(request=None, problems=problems)
    request = Request(
        order=order,
        recipe=recipe_of(ticket),
        style=ticket.style,
        depth_policy=ticket.depth_policy,
        fees=schedule,
        tier=tier,
        sigma_day=sigma_day,
        parameters=parameters,
        impact=ticket.impact,
    )
    return Reading(request=request, problems={})


FIELD_OF = {
    "volatility": "sigma",
    "fee tier": "tier",
    "fees": "tier",
    "depth policy": "depth_policy",
    "order type": "style",
}
"""Fields of the ticket by the names that errors use, where the two differ."""


def field_of(name: str, other: str = "quantity", style: str = "") -> str:
    """The ticket's field for the name an error uses; `other` where it has none."""
    found = f"{style}.price" if name == "limit price" else FIELD_OF.get(name, name)
    return found if found in FIELDS or found in PARAMETERS else other


def _sentence(error: OrderError) -> str:
    return f"{error.problem}; allowed: {error.allowed}" if error.allowed else error.problem


def _order(ticket: Ticket, instrument: Instrument) -> Order:
    amount = parse(ticket.quantity, "quantity", "more than 0")
    if not 0 < amount <= MAX_AMOUNT:
        allowed = "more than 0" if amount <= 0 else f"at most {MAX_AMOUNT:g}"
        raise OrderError("quantity", f"{ticket.quantity.strip()} cannot be traded", allowed)
    order = Order(side=Side(ticket.side), amount=amount, unit=Unit(ticket.unit))
    order.check(instrument)
    return order


def _sigma_day(ticket: Ticket) -> float | None:
    if ticket.volatility == AUTO:
        return None
    allowed = f"more than 0, at most {100 * MAX_SIGMA_DAY:g} % a day"
    sigma_day = parse(ticket.sigma, "sigma", allowed) / 100
    if not 0 < sigma_day <= MAX_SIGMA_DAY:
        raise OrderError("sigma", f"{ticket.sigma.strip()} % a day cannot be", allowed)
    return sigma_day


def _tier(ticket: Ticket, schedule: FeeSchedule | None) -> FeeTier | None:
    if ticket.tier == CUSTOM:
        return custom_tier(_rate(ticket.maker, "maker"), _rate(ticket.taker, "taker"))
    if schedule is None:
        return None
    return schedule.tier(ticket.tier) if ticket.tier else schedule.tiers[0]


def _rate(text: str, field: str) -> float:
    allowed = f"−{MAX_RATE_BPS:g} to {MAX_RATE_BPS:g} bps"
    rate = parse(text, field, allowed)
    if not -MAX_RATE_BPS <= rate <= MAX_RATE_BPS:
        raise OrderError(field, f"{text.strip()} bps is not a fee", allowed)
    return rate


def _typed(ticket: Ticket, parameter: Parameter) -> float:
    value = parse(ticket.parameters[parameter.key], parameter.key, allowed_for(parameter))
    if not parameter.low <= value <= parameter.high:
        shown = ticket.parameters[parameter.key].strip()[:LONGEST]
        raise OrderError(parameter.key, f"{shown} cannot be", allowed_for(parameter))
    return value


def allowed_for(parameter: Parameter) -> str:
    """The range of a parameter, for the user."""
    span = f"{parameter.low:,.15g} to {parameter.high:,.15g} {parameter.unit}"
    return span.rstrip().replace("-", "−")


def amount_of(ticket: Ticket) -> float | None:
    """The size that is typed, or None where it is no size."""
    try:
        amount = parse(ticket.quantity, "quantity", "")
    except OrderError:
        return None
    return amount if amount > 0 else None


SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]{0,39}")
VENUE = re.compile(r"[a-z0-9_-]{1,30}")
TIER = re.compile(r"[\w .+-]{0,60}")
DEADLINES = {"10": "10 s", "60": "1 min", "600": "10 min", "3600": "1 h"}
"""Seconds, and how they are read."""
GROUPINGS = ("1", "2", "5", "10", "20", "50", "100", "200", "500", "1000")
CHOICES: dict[str, tuple[str, ...]] = {
    "grouping": GROUPINGS,
    "source": ("", *(source.value for source in Source)),
    "side": tuple(side.value for side in Side),
    "unit": tuple(unit.value for unit in Unit),
    "style": tuple(STYLES),
    "volatility": (AUTO, MANUAL),
    "recipe": (AUTO, *RECIPES),
    "impact": ("", *IMPACTS),
    "depth_policy": tuple(POLICIES),
    "deadline": tuple(DEADLINES),
    "running": ("yes", "no"),
}
PATTERNS = {"instrument": SYMBOL, "venue": VENUE, "tier": TIER}


def from_link(values: Mapping[str, str]) -> tuple[Ticket, list[str]]:
    """The ticket a link describes, and a message for each value that was refused."""
    accepted: dict[str, str] = {}
    refused: list[str] = []
    for name, value in values.items():
        problem = _problem(name, value)
        if problem:
            refused.append(problem)
        else:
            accepted[name] = value
    ticket = Ticket()
    for name, value in accepted.items():
        if name in PARAMETERS:
            ticket.type_parameter(name, value)
        else:
            setattr(ticket, name, value)
    return ticket, refused


def _problem(name: str, value: str) -> str:
    """Why a link's value is refused; empty when it is not. Numbers are judged at their fields."""
    shown = value[:LONGEST]
    if name not in FIELDS and name not in PARAMETERS:
        return f"The link sets “{name[:LONGEST]}”, which this ticket does not have."
    if name in CHOICES and value not in CHOICES[name]:
        known = ", ".join(choice for choice in CHOICES[name] if choice)
        return f"The link sets {name} to “{shown}”; allowed: {known}."
    if name in PATTERNS and not PATTERNS[name].fullmatch(value):
        return f"The link sets {name} to “{shown}”, which cannot be a name."
    if len(value) > LONGEST and name not in PATTERNS:
        return f"The link sets {name} to a text longer than {LONGEST} characters."
    return ""


def to_link(ticket: Ticket) -> dict[str, str]:
    """What differs from an untouched ticket, so that links stay short."""
    return dict(_differences(ticket))


def _differences(ticket: Ticket) -> Iterator[tuple[str, str]]:
    for name, value in ticket.values().items():
        if value != DEFAULTS.get(name):
            yield name, value
