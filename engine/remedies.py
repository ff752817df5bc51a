"""What is behind each kind of doubt, what Fathom does about it, and what the user can do."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Remedy:
    """For one code of market.trust.CODES."""

    cause: str
    remedy: str


_WAIT = "Nothing to do: the book is fetched anew and prices return with it."
REMEDIES: Final[Mapping[str, Remedy]] = MappingProxyType(
    {
        "syncing": Remedy("The first book has not come, or is fetched again.", _WAIT),
        "gap": Remedy("A message was lost on the way or at the venue.", _WAIT),
        "checksum": Remedy("A message was lost or damaged, and the venue's checksum told.", _WAIT),
        "decode": Remedy(
            "The venue sent something that is not in its documentation.",
            "If it comes again, look for a newer Fathom: the venue may have changed its messages.",
        ),
        "snapshot_too_old": Remedy(
            "The venue's REST answered with a book older than its stream.", _WAIT
        ),
        "rate_limit": Remedy(
            "Too many requests or subscriptions for this venue's limits.",
            "Follow fewer markets there; Fathom waits as long as the venue asks.",
        ),
        "refused": Remedy(
            "The venue does not give this book to this address or region.",
            "Check that the instrument still trades, or use another venue or region.",
        ),
        "unavailable": Remedy(
            "The network, a proxy or the venue is down, or the venue went silent.",
            "Check this machine's network; Fathom tries again by itself, or press Try now.",
        ),
        "feed": Remedy("The feed failed in a way that has no name yet.", _WAIT),
        "empty": Remedy("Both sides of the book are empty: a halt or a fault.", _WAIT),
        "one_sided": Remedy("One side has no orders: a halt, an auction or a fault.", _WAIT),
        "crossed": Remedy(
            "The venue's book contradicts itself, or a level was missed.",
            "Wait: no price is given meanwhile. If it stays, do not trade on this feed.",
        ),
        "locked": Remedy("Best bid equals best ask; short-lived on most venues.", _WAIT),
        "stale": Remedy(
            "No update for longer than this market's rhythm: a stall, or a market asleep.",
            "If other markets move, press Try now on the Markets page.",
        ),
        "late": Remedy(
            "The network or this machine is slower than it was.",
            "Look at Latency and at the load of this machine; close what it need not run.",
        ),
        "shallow": Remedy(
            "The venue shows few levels, or liquidity is thin.",
            "Price a smaller order, or choose a channel or venue with a deeper book.",
        ),
        "partial": Remedy(
            "This channel shows only the first levels.",
            "Costs beyond them are not known; price a smaller order.",
        ),
        "unverified": Remedy(
            "Nothing in this feed proves that the book is complete.",
            "Compare with a venue that sends checksums or sequence numbers.",
        ),
        "skew": Remedy(
            "The clock of this machine or of the venue is wrong.",
            "Set this machine's clock (NTP); delays cannot be measured until then.",
        ),
        "quiet_tape": Remedy(
            "Nobody trades, or trades do not reach us.",
            "Volatility and fill chances are older than they look.",
        ),
        "halted": Remedy("The venue stopped trading in this instrument.", "Wait for the venue."),
        "unlisted": Remedy(
            "A recording names an instrument without saying what its sizes count.",
            "Record it again with a listing, or choose another instrument.",
        ),
    }
)
