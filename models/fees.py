"""What does the venue charge?

    fees_bps = (m * maker_bps + (1 - m) * taker_bps) * value / notional

m                      maker share (0 = all taker, 1 = all maker)
maker_bps, taker_bps   rates of the tier (bps of the value that changes hands); negative = rebate
value                  filled * average price (quote)      notional   filled * mid (quote)
Source: the venue's published schedule; its page and date are in the explanation.
Wrong when: the account has another tier, a promotion or a token discount; the schedule is old.
A rebate is not clipped. A fee taken in coins is worth the same money at the average price.
Example: taker 5 bps, value 100.5, notional 100: 5 * 1.005 = 5.025 bps.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from market.errors import OrderError
from market.fee_schedule import ChargedIn, FeeSchedule, FeeTier
from market.instrument import Instrument, Kind, Side
from market.units import NS_PER_S
from models.base import (
    Absent,
    CostComponent,
    CostKind,
    Execution,
    Explanation,
    Input,
    MarketState,
    Origin,
    Request,
)
from models.fee_schedules import CUSTOM, schedule

OLD_AFTER_DAYS = 180


@dataclass(frozen=True, slots=True)
class FeeModel:
    """The venue's rate on what is executed."""

    name: ClassVar[str] = "fees"
    kind: ClassVar[CostKind] = CostKind.FEES

    def estimate(self, execution: Execution) -> CostComponent | Absent:
        """Known to the last digit once the tier is: the band has no width."""
        found = rate_of(execution)
        if isinstance(found, str):
            return Absent(kind=self.kind, model=self.name, reason=found)
        fees, tier, rate_bps, inputs = found
        fill = execution.fill
        bps = rate_bps * fill.value / fill.notional
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps,
            high_bps=bps,
            model=self.name,
            explanation=Explanation(
                formula="(m · maker + (1 − m) · taker) · value / notional",
                inputs=(
                    *inputs,
                    Input("value", "filled at the average", fill.value, "quote", Origin.MEASURED),
                    Input("notional", "filled at the mid", fill.notional, "quote", Origin.MEASURED),
                ),
                source=_source(fees, tier),
                caveat=_caveat(fees, tier, execution),
            ),
        )


Rate = tuple[FeeSchedule, FeeTier, float, tuple[Input, ...]]
"""Schedule, tier, the rate that maker and taker come to (bps), and what it is made of."""


def rate_of(execution: Execution) -> Rate | str:
    """m · maker + (1 − m) · taker, or why there is no rate, for the user."""
    try:
        fees, tier = fees_for(execution.request, execution.state.instrument)
    except OrderError as error:
        return error.problem
    share = execution.maker_share
    origin = Origin.TYPED if tier.name == CUSTOM else Origin.PUBLISHED
    inputs = (
        Input("maker", f"maker rate, {tier.name}", tier.maker_bps, "bps", origin),
        Input("taker", f"taker rate, {tier.name}", tier.taker_bps, "bps", origin),
        Input("m", "maker share", share, "", Origin.ASSUMED),
    )
    return fees, tier, share * tier.maker_bps + (1 - share) * tier.taker_bps, inputs


def fees_for(request: Request, instrument: Instrument) -> tuple[FeeSchedule, FeeTier]:
    """Schedule and tier that a request means: its own, else what the venue publishes."""
    fees = request.fees or schedule(instrument.venue, instrument.product)
    return fees, request.tier or fees.tiers[0]


def age_warning(request: Request, state: MarketState) -> str | None:
    """A warning where a published schedule is older than OLD_AFTER_DAYS."""
    try:
        fees, tier = fees_for(request, state.instrument)
    except OrderError:
        return None
    today = datetime.fromtimestamp(state.as_of_ns // NS_PER_S, UTC).date()
    days = (today - fees.as_of).days
    if tier.name == CUSTOM or days <= OLD_AFTER_DAYS:
        return None
    return f"The fees of {fees.venue} {fees.product} are {days} days old (as of {fees.as_of})."


def _source(fees: FeeSchedule, tier: FeeTier) -> str:
    if tier.name == CUSTOM:
        return "typed"
    return f"{fees.source}; as of {fees.as_of}, confidence {fees.confidence}"


def base_after_fee(fees: FeeSchedule, tier: FeeTier, execution: Execution) -> float | None:
    """Coins that change hands in the end (base); None where the venue takes its fee in money."""
    instrument, fill = execution.state.instrument, execution.fill
    in_base_on = {ChargedIn.RECEIVED: Side.BUY, ChargedIn.SPENT: Side.SELL}.get(fees.charged_in)
    if instrument.kind is not Kind.SPOT or fill.side is not in_base_on:
        return None
    rate = execution.maker_share * tier.maker_bps + (1 - execution.maker_share) * tier.taker_bps
    return fill.filled * (1 - fill.side.sign * rate / 1e4)


def _caveat(fees: FeeSchedule, tier: FeeTier, execution: Execution) -> str:
    instrument, fill = execution.state.instrument, execution.fill
    net = base_after_fee(fees, tier, execution)
    if net is None:
        return fees.notes if tier.name != CUSTOM else ""
    verb = "receive" if fill.side is Side.BUY else "give away"
    in_base = f"The fee is taken in {instrument.base}: you {verb} {net:.8g} {instrument.base}."
    return f"{in_base} {fees.notes}".rstrip()
