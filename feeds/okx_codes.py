"""What OKX's numbers mean for us: classify by code, never by text."""

from enum import StrEnum
from typing import Final, NamedTuple


class Move(StrEnum):
    """What to do after an error."""

    RETRY = "retry"
    """Their trouble: again, after a pause."""
    SLOW_DOWN = "slow_down"
    """We asked too often: again, after a longer pause."""
    DOWNGRADE = "downgrade"
    """This book channel is not open to us: follow the public one instead."""
    FINAL = "final"
    """Asking again cannot help; the user has to choose something else."""
    OUR_BUG = "our_bug"
    """The request was wrong, and would be again."""


class Meaning(NamedTuple):
    """A code, for the program and for the user."""

    move: Move
    text: str


_LOGIN: Final = Meaning(Move.FINAL, "OKX asked for a login, which public data does not need")
_TIER: Final = Meaning(
    Move.DOWNGRADE, "tick-by-tick books need a higher OKX fee tier; following `books` instead"
)
_UNREADABLE: Final = Meaning(Move.OUR_BUG, "OKX did not understand the request")

STREAM: Final[dict[str, Meaning]] = {
    "60012": _UNREADABLE,
    "60013": Meaning(Move.OUR_BUG, "OKX found the arguments of the request wrong"),
    "60014": Meaning(Move.SLOW_DOWN, "OKX asks for fewer requests"),
    "60018": Meaning(Move.FINAL, "OKX has no such instrument or channel: delisted, or misspelt"),
    "60019": Meaning(Move.OUR_BUG, "OKX does not know the operation"),
    "60027": Meaning(Move.OUR_BUG, "OKX misses an argument"),
    "60028": Meaning(Move.OUR_BUG, "OKX does not allow the operation on this address"),
    "60029": _TIER,
    "60030": _TIER,
    "60033": Meaning(Move.OUR_BUG, "OKX found an argument wrong"),
    "63999": Meaning(Move.RETRY, "OKX has an internal error"),
    "64000": Meaning(Move.OUR_BUG, "OKX wants instFamily in place of uly"),
    "64001": Meaning(Move.FINAL, "OKX offers this channel on its business address"),
    "64002": Meaning(Move.FINAL, "OKX does not offer this channel on its business address"),
    "64003": _TIER,
    "64004": Meaning(
        Move.FINAL, "OKX refuses two tick-by-tick books of one instrument on one connection"
    ),
    "64007": Meaning(Move.RETRY, "OKX has an internal error"),
    **dict.fromkeys(
        (
            *("60004", "60005", "60006", "60007", "60008", "60009"),
            *("60011", "60023", "60024", "60026", "60031", "60032"),
        ),
        _LOGIN,
    ),
}

UPGRADE_NOTICE: Final = "64008"

REST: Final[dict[str, Meaning]] = {
    "50011": Meaning(Move.SLOW_DOWN, "OKX asks for fewer requests"),
    "50013": Meaning(Move.RETRY, "OKX is busy"),
    "50001": Meaning(Move.RETRY, "OKX is temporarily unavailable"),
    "50026": Meaning(Move.RETRY, "OKX has an internal error"),
    "51001": Meaning(Move.FINAL, "OKX has no such instrument: delisted, or misspelt"),
}

CLOSED: Final[dict[int, str]] = {
    1009: "a message was longer than allowed",
    1012: "OKX restarts its service",
    4001: "OKX asked for a login, which public data does not need",
    4002: "OKX found a request invalid",
    4003: "more than 100 subscriptions",
    4004: "nothing was sent for 30 s",
    4005: "we read too slowly and OKX's buffer was full",
    4006: "OKX closed abnormally",
    4007: "the login key changed",
    4008: "too many channels",
    4009: "too many channels on one connection",
}


def stream_meaning(code: str, text: str) -> Meaning:
    """An error of the stream; a code we have not met is worth a retry."""
    return STREAM.get(code) or Meaning(Move.RETRY, f"OKX error {code}: {text[:200]}")


def rest_meaning(code: str, text: str) -> Meaning:
    """An error of REST; a code we have not met is not."""
    return REST.get(code) or Meaning(Move.FINAL, f"OKX error {code}: {text[:200]}")
