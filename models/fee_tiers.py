"""Does it pay to trade more, to reach the next fee tier?

    missing   = min_volume(next) - volume                  USD in 30 days
    saving    = volume_after * (rate - rate_next) / 1e4    USD in 30 days
    break-even cost of the missing volume = saving / missing * 1e4            bps

volume        traded in the last 30 days (USD)       volume_after   what will be traded anyhow
rate          maker and taker rates mixed by the maker share (bps)
Source: the venue's published schedule (models/fee_schedules.json).
Wrong when: other ways lead to the tier (holdings, several products counted together); the venue
counts maker volume differently; the schedule is old.
Example: 10 bps now, 8 bps from 1 M; 0.8 M traded, 2 M to come: 0.2 M missing, saving 400 USD a
month, so the missing volume may cost up to 20 bps.
"""

from dataclasses import dataclass
from math import inf

from market.errors import OrderError
from market.fee_schedule import FeeSchedule, FeeTier
from market.units import BPS


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTier:
    """What the next better tier asks for and gives."""

    tier: FeeTier
    missing_usd: float
    """volume still to be traded in 30 days; 0 where it is reached already"""
    better_by_bps: float
    saving_usd: float
    """in the 30 days after"""
    worth_bps: float | None
    """the missing volume pays while it costs less than this; None where none is missing"""


def next_tier(
    schedule: FeeSchedule,
    tier: FeeTier,
    *,
    volume_usd: float,
    volume_after_usd: float,
    maker_share: float = 0.0,
) -> NextTier | None:
    """The first later tier with a known volume and a better rate; None where there is none."""
    for name, value, most in (
        ("30-day volume", volume_usd, inf),
        ("volume to come", volume_after_usd, inf),
        ("maker share", maker_share, 1.0),
    ):
        if not 0 <= value <= most or value == inf:
            raise OrderError(name, f"is {value:g}", "0 or more" if most == inf else "0 to 1")
    names = [one.name for one in schedule.tiers]
    later = schedule.tiers[names.index(tier.name) + 1 :] if tier.name in names else ()
    rate = mixed_rate_bps(tier, maker_share)
    for better in later:
        gain = rate - mixed_rate_bps(better, maker_share)
        if better.min_volume_usd is None or gain <= 0:
            continue
        missing = max(better.min_volume_usd - volume_usd, 0.0)
        saving = volume_after_usd * gain / BPS
        return NextTier(
            tier=better,
            missing_usd=missing,
            better_by_bps=gain,
            saving_usd=saving,
            worth_bps=saving / missing * BPS if missing > 0 else None,
        )
    return None


def mixed_rate_bps(tier: FeeTier, maker_share: float) -> float:
    """Rate of an account that trades so much of its volume as maker."""
    return maker_share * tier.maker_bps + (1 - maker_share) * tier.taker_bps
