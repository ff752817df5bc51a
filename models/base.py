"""What every cost model sees and gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol

import msgspec

from market.book import BookSnapshot
from market.fee_schedule import FeeSchedule, FeeTier
from market.instrument import Instrument, Side
from market.order import Order
from market.trust import Trust
from market.units import BPS, slippage_bps
from models.fill.learned import LearnedFill
from models.learning.served import Learned


class Source(StrEnum):
    """Where a market comes from. Models, history and scores never mix them."""

    LIVE = "live"
    DEMO = "demo"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketState:
    """One instrument at one moment: all that a model may see besides the order."""

    source: Source
    instrument: Instrument
    book: BookSnapshot | None
    """None while no price can stand on it; `trust` says why."""
    trust: Trust
    sigma_day: float | None
    """Volatility per square root of a day (fraction); None until there is enough data."""
    sigma_origin: str
    """How sigma_day came to be, in words for the user."""
    adv: float | None
    """Traded in the last 24 h (base); None until the venue said so."""
    as_of_ns: int
    """Our clock when this state was made."""
    hour_volumes: tuple[float, ...] | None = None
    """(168,) share of a week's volume in each hour, from Monday 00:00 UTC; None = not known."""
    hours_origin: str = ""
    """Where hour_volumes come from, or why there are none, in words for the user."""
    sigma_warning: str = ""
    """Why the measured sigma_day should be questioned; empty where it need not be."""
    learned: Learned | None = None
    """What models learned on this market's tape; None where nobody learns."""
    fill_model: LearnedFill | None = None
    """How resting orders fill here, as learned from shadow orders; None until there is enough."""


class CostKind(StrEnum):
    """Parts of a cost. Timing risk is not among them: it is a width, not an amount."""

    SPREAD = "spread"
    DEPTH = "depth"
    SLIPPAGE = "slippage"
    """Spread and depth in one number, where a model does not tell them apart."""
    TEMPORARY_IMPACT = "temporary_impact"
    PERMANENT_IMPACT = "permanent_impact"
    IMPACT = "impact"
    """Temporary and permanent in one number, where a model does not tell them apart."""
    FEES = "fees"
    OPPORTUNITY = "opportunity"


class Origin(StrEnum):
    """Where an input of a formula came from."""

    MEASURED = "measured"
    PUBLISHED = "published"
    ASSUMED = "assumed"
    TYPED = "typed"


class Input(msgspec.Struct, frozen=True):
    """One symbol of a formula with the value it had.

    A struct rather than a dataclass, like the others here: an estimate makes a score of them, and a
    struct is made in an eighth of the time.
    """

    symbol: str
    meaning: str
    value: float
    unit: str
    origin: Origin


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why a number is what it is."""

    formula: str
    inputs: tuple[Input, ...]
    source: str
    """Author, year, equation; or the venue's page and its date."""
    caveat: str = ""


class CostComponent(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a cost. Positive = the trader pays."""

    kind: CostKind
    bps: float
    """Of arrival notional."""
    low_bps: float
    high_bps: float
    model: str
    explanation: Explanation
    is_in_total: bool = True
    """False: information beside the total (another component already charges it)."""

    def quote(self, notional: float) -> float:
        """The same cost in money, on an arrival notional (quote)."""
        return self.bps / BPS * notional

    def beside_total(self) -> "CostComponent":
        """The same number as information only."""
        return msgspec.structs.replace(self, is_in_total=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A number that could not be given, and why. Never replaced by zero."""

    kind: CostKind
    model: str
    reason: str


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """What an order gets: for a market order, what it takes from the visible book now.

    Where a part rests or is worked over time, prices are the expected ones.
    """

    side: Side
    quantity: float
    """base asked for, after rounding down to the lot"""
    filled: float
    """base that the book (and the depth policy) gives"""
    mid: float
    """arrival price (quote/base)"""
    best: float
    """first price taken (quote/base)"""
    average: float
    """mean fill price (quote/base)"""
    worst: float
    """last price taken (quote/base)"""
    levels: int
    """visible levels touched, the last one perhaps in part"""
    visible: float
    """base that the visible book holds on that side: the most that can be filled now"""
    beyond: float = 0.0
    """base of `filled` that lies beyond the visible book, priced by a depth policy"""

    @property
    def unfilled(self) -> float:
        """base that found no liquidity."""
        return self.quantity - self.filled

    @property
    def notional(self) -> float:
        """Arrival notional: filled at the mid (quote)."""
        return self.filled * self.mid

    @property
    def value(self) -> float:
        """Money that changes hands (quote)."""
        return self.filled * self.average

    @property
    def slippage_bps(self) -> float:
        """Average against arrival price (bps): spread and depth together."""
        return slippage_bps(self.side.sign, self.average, self.mid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Everything one estimate is made from, besides the market."""

    order: Order
    recipe: str = "exact"
    style: str = "market"
    depth_policy: str = "partial"
    fees: FeeSchedule | None = None
    tier: FeeTier | None = None
    sigma_day: float | None = None
    """Typed by the user; None = as measured."""
    parameters: Mapping[str, float] = field(default_factory=dict)
    """What differs from the defaults of models and styles, as "model.field" (models/parameters)."""
    impact: str = ""
    """Model of impact in the place of the recipe's own (models/recipe.py); empty = its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The part of an order that rests in the book, and what is expected of it by its deadline."""

    quantity: float
    """base"""
    price: float
    """limit price (quote/base)"""
    queue_ahead: float
    """base already resting at that price"""
    horizon_s: float
    """what has not filled by then crosses the spread"""
    touch_probability: float
    """the mid reaches the limit price: an order at the front of the queue"""
    fill_probability: float
    low_probability: float
    """the mid trades through the limit price: an order at the back of the queue"""
    median_s: float | None
    """half of the fills come before; None where none is expected"""
    completion_best: float
    """first price of crossing at the deadline, on the book as it stands (quote/base)"""
    completion_average: float
    """mean price of crossing with all of it (quote/base)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What must happen before a stop order is sent."""

    price: float
    """quote/base"""
    horizon_s: float
    probability: float | None
    """reached within the horizon; None while the volatility is not known"""


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """One part of an order that is worked over time, taken from the book at its moment."""

    start_s: float
    """after arrival"""
    quantity: float
    """base asked for, whole lots"""
    filled: float
    """base the book gives"""
    average: float
    """mean price (quote/base)"""


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """An order carried out on a state: what cost models price.

    `fill.filled` is everything the estimate is about: taken and resting. What rests counts at its
    limit price with the chance of a fill, and at the other side's best price otherwise.
    """

    fill: Fill
    maker_share: float
    """0 = all taker, 1 = all maker; what rests counts with its chance of a fill"""
    state: MarketState
    request: Request
    sigma_day: float | None
    sigma_origin: Origin
    waiting: Waiting | None = None
    trigger: Trigger | None = None
    children: tuple[Child, ...] = ()
    risk_bps: float | None = None
    """Timing risk: one standard deviation of the cost, from the price moving meanwhile"""
    shortfall: str = ""
    """Why something stays unfilled, where it is not the end of the visible book."""
    notes: tuple[str, ...] = ()
    """What the user should know about this way of trading."""

    @property
    def resting(self) -> float:
        """base that waits in the book"""
        return self.waiting.quantity if self.waiting else 0.0

    @property
    def taken(self) -> float:
        """base that crosses the spread without waiting for a counterparty"""
        return self.fill.filled - self.resting

    @property
    def cancelled(self) -> float:
        """base that neither takes nor rests"""
        return self.fill.unfilled


class CostModel(Protocol):
    """One way to price one part of an execution. A frozen dataclass: its fields are parameters."""

    name: ClassVar[str]
    kind: ClassVar[CostKind]

    def estimate(self, execution: Execution) -> CostComponent | Absent:
        """The component, or the reason why there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CostEstimate:
    """What this trade costs now. Components add up to the total, each kind once."""

    source: Source
    instrument: Instrument
    request: Request
    fill: Fill
    requested: float
    """base that the typed amount meant before rounding down to the lot"""
    components: tuple[CostComponent, ...]
    absent: tuple[Absent, ...]
    total_bps: float
    low_bps: float
    high_bps: float
    maker_share: float
    warnings: tuple[str, ...]
    trust: Trust
    book_seq: int
    as_of_ns: int
    waiting: Waiting | None = None
    """The part that rests, where the order type lets one rest."""
    trigger: Trigger | None = None
    """What must happen first; the cost is what it would be then."""
    children: tuple[Child, ...] = ()
    """The parts of an order that is worked over time."""
    risk_bps: float | None = None
    """One standard deviation of the cost from the price moving meanwhile; a width, not a cost."""

    @property
    def resting(self) -> float:
        """base that waits in the book"""
        return self.waiting.quantity if self.waiting else 0.0

    @property
    def taken(self) -> float:
        """base that crosses the spread"""
        return self.fill.filled - self.resting

    @property
    def cancelled(self) -> float:
        """base that neither takes nor rests: taken + resting + cancelled = quantity"""
        return self.fill.unfilled

    @property
    def notional(self) -> float:
        """Arrival notional (quote)."""
        return self.fill.notional

    @property
    def total_quote(self) -> float:
        """Total cost in money."""
        return self.total_bps / BPS * self.notional

    def component(self, kind: CostKind) -> CostComponent | None:
        """The component of that kind, if this estimate has it."""
        return next((c for c in self.components if c.kind is kind), None)
