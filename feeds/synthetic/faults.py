"""Ways in which the exchange misbehaves on command, with a line for the user about each.

A fault changes what is sent, never the market: a fresh subscription afterwards gets a sound book.
What they do is in book_faults.py and line_faults.py.

    exchange.inject("gap", "BTC-USDT-SWAP")
    exchange.inject("close", code=4004)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from feeds.synthetic import book_faults, line_faults
from feeds.synthetic.book_faults import BAD_NUMBERS
from feeds.synthetic.fault_options import Fault, Option
from feeds.synthetic.fault_parts import Exchange

__all__ = ["BAD_NUMBERS", "CATALOG", "FAULTS", "Fault", "Option", "inject"]


def inject(exchange: Exchange, name: str, instrument: str | None, **options: Any) -> None:
    """Run the fault called ``name``; unknown names, instruments and options are refused."""
    if name not in FAULTS:
        raise ValueError(f"unknown fault {name!r}; known: {', '.join(sorted(FAULTS))}")
    if instrument is not None and instrument not in exchange.listings:
        raise ValueError(f"not listed: {instrument}")
    try:
        FAULTS[name](exchange, instrument, **options)
    except TypeError as error:
        raise ValueError(f"{name}: {error}") from None


FAULTS: Final[dict[str, Callable[..., None]]] = {
    fault.__name__: fault
    for fault in (
        book_faults.gap,
        book_faults.duplicate,
        book_faults.reorder,
        book_faults.sequence_reset,
        book_faults.keep_alive,
        book_faults.crossed,
        book_faults.locked,
        book_faults.one_sided,
        book_faults.checksum,
        book_faults.junk,
        book_faults.bad_number,
        book_faults.burst,
        line_faults.stall,
        line_faults.resume,
        line_faults.tcp_reset,
        line_faults.close,
        line_faults.age_cut,
        line_faults.notice,
        line_faults.huge_frame,
        line_faults.stranger,
        line_faults.clock_skew,
        line_faults.refuse,
        line_faults.http_error,
    )
}


def _line(
    name: str, label: str, description: str, *options: Option, is_ours: bool = False
) -> Fault:
    return Fault(name, label, description, options, is_of_instrument=False, is_ours=is_ours)


CATALOG: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        fault.name: fault
        for fault in (
            Fault(
                "gap",
                "Missing update",
                "Loses the next update. The book is refused at once and comes back whole.",
                (Option("count", 1, "updates lost", least=1, most=1000),),
            ),
            Fault(
                "duplicate",
                "Update sent twice",
                "Sends the next update twice. The second does not link on: as for a gap.",
            ),
            Fault(
                "reorder",
                "Updates swapped",
                "Sends two updates in the wrong order. As for a gap.",
            ),
            Fault(
                "sequence_reset",
                "Numbering restarts",
                "The venue restarts its numbers, which is legal. Nothing should change.",
            ),
            Fault(
                "keep_alive",
                "Quiet-book message",
                "Says that the book has not changed: empty sides. Nothing should change.",
            ),
            Fault(
                "checksum",
                "Wrong checksum",
                "The next update carries a checksum no book has. Refused, then whole again.",
            ),
            Fault(
                "crossed",
                "Crossed book",
                "Puts a bid above the best ask. Refused while it lasts.",
                (Option("updates", 3, "updates it lasts", least=1, most=1000),),
            ),
            Fault(
                "locked",
                "Locked book",
                "Puts a bid at the best ask. Quoted with a warning: the spread shows as zero.",
                (Option("updates", 3, "updates it lasts", least=1, most=1000),),
            ),
            Fault(
                "one_sided",
                "One-sided book",
                "Takes away one side. Refused until it is back.",
                (
                    Option("side", "asks", "side taken away", ("asks", "bids")),
                    Option("updates", 3, "updates it lasts", least=1, most=1000),
                ),
            ),
            Fault(
                "bad_number",
                "Impossible number",
                "A price or size that cannot be. Refused, then whole again; a size of zero and an "
                "exponent are legal and change nothing.",
                (
                    Option("kind", "nan", "what it reads", tuple(BAD_NUMBERS)),
                    Option("field", "size", "where", ("size", "price")),
                ),
            ),
            Fault(
                "junk",
                "Malformed JSON",
                "Half a message in place of the next update. Counted as unreadable; then a gap.",
            ),
            Fault(
                "burst",
                "Burst of messages",
                "1,000 sound updates a second. The rate rises; nothing may be lost or late.",
                (
                    Option("rate", 1000, "updates a second", least=1, most=5000),
                    Option("seconds", 2.0, "seconds it lasts", least=0.1, most=60),
                ),
            ),
            Fault(
                "stall",
                "Silence, socket open",
                "The venue says nothing more. Warned when it is unusual for this book, refused "
                "later; a line that does not even answer a ping is cut and opened anew.",
                (Option("seconds", 15.0, "seconds it lasts", least=0.1, most=300),),
            ),
            _line(
                "tcp_reset",
                "TCP reset",
                "Every connection is torn down. All books are refused until they are back.",
            ),
            _line(
                "close",
                "Closed by the venue",
                "Every connection is closed with a code; 1006 is an end without a word. All books "
                "are refused until they are back, and the health says what the code means.",
                Option("code", 1006, "close code", (1006, 1009, 1012, 4004)),
            ),
            _line(
                "age_cut",
                "Cut at a set age",
                "Ends each connection at an age, as venues do after 24 h. As for a close.",
                Option("seconds", 86_400.0, "age in seconds", least=0, most=604_800),
            ),
            _line(
                "notice",
                "Upgrade announced",
                "Announces that the connection will be closed. A second one takes over first: "
                "books change hands without a moment unpriced.",
                Option("lead_s", 60.0, "seconds from notice to close", least=0, most=600),
            ),
            _line(
                "huge_frame",
                "10 MB message",
                "One message above our limit. The line is given up and opened anew.",
                Option("size", line_faults.HUGE, "bytes", least=1_000, most=64_000_000),
            ),
            _line(
                "stranger",
                "Unknown symbol",
                "An update of an instrument that is on no list. Counted; no book is concerned.",
            ),
            Fault(
                "refuse",
                "Refused subscription",
                "Answers the next subscription with an error. A final code is told and not asked "
                "again; a passing one is tried again.",
                (Option("code", "63999", "error code", ("63999", "60014", "60018")),),
            ),
            _line(
                "clock_skew",
                "Wrong clock",
                "Time stamps run ahead, or behind. Warned; no delay is shown as a speed.",
                Option("seconds", 30.0, "seconds ahead; below 0 = behind", least=-3600, most=3600),
                Option("lasts_s", 10.0, "seconds it lasts", least=0.1, most=600),
            ),
            _line(
                "http_error",
                "REST trouble",
                "Answers REST calls with an error. Told, tried again with growing pauses; 451 "
                "names alternatives and is not tried again.",
                Option("status", 503, "HTTP status", (429, 451, 500, 503)),
                Option("count", 3, "answers spoilt", least=1, most=100),
            ),
            _line(
                "dns",
                "Name not found",
                "Our next tries look for a host that is not there. Down, with the reason and the "
                "time of the next try.",
                Option("seconds", 5.0, "seconds it lasts", least=0.1, most=300),
                is_ours=True,
            ),
            _line(
                "tls",
                "TLS failure",
                "Our next tries speak TLS to a port that does not. As for a name not found.",
                Option("seconds", 5.0, "seconds it lasts", least=0.1, most=300),
                is_ours=True,
            ),
        )
    }
)
"""What a drill offers, in the order a panel shows it."""
