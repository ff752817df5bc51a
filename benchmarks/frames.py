"""The bytes everything here is measured on: OKX `books` messages of one instrument.

Real ones where the recordings are found (FATHOM_TEST_DATA, then ../shared/data), else the embedded
exchange's; every result says which. The recording is of 2022, when messages carried a checksum and
no sequence numbers. Since June 2026 it is the other way round, so the tail of each message is put
into today's form; its levels stay as recorded.
"""

import gzip
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from feeds.synthetic.exchange import Exchange
from feeds.synthetic.session import Topic
from market.instrument import Instrument, Kind

ROOT = Path(__file__).resolve().parent.parent
RECORDING = "okx/okx_books_trades_20220513.jsonl.gz"
SYMBOL = "BTC-USDT"
FIRST_SEQ = 79_000_000_001
STEP_S = 0.1
CHECKSUM = re.compile(rb'"checksum":-?\d+')


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """One book from its snapshot on."""

    origin: str
    """For the results: where the bytes come from."""
    instrument: Instrument
    snapshot: bytes
    updates: list[bytes]

    @property
    def rows(self) -> float:
        """Median number of levels in an update."""
        return median(frame.count(b'["') for frame in self.updates)

    @property
    def size(self) -> float:
        """Median bytes of an update."""
        return median(len(frame) for frame in self.updates)

    def __str__(self) -> str:
        return (
            f"{self.origin}: {len(self.updates)} updates after a snapshot, "
            f"median {self.rows:g} levels, {self.size:,.0f} bytes"
        )


def load() -> Frames:
    """The recording where it is found, else the embedded exchange."""
    recording = data_folder() / RECORDING
    return recorded(recording) if recording.exists() else synthetic()


def data_folder() -> Path:
    """Where the recordings should be."""
    named = os.environ.get("FATHOM_TEST_DATA")
    return Path(named) if named else ROOT.parent / "shared" / "data"


def recorded(file: Path, *, as_today: bool = True) -> Frames:
    """BTC-USDT from the recording; `as_today` False leaves its checksums in place."""
    wanted = f'"channel":"books","instId":"{SYMBOL}"'
    found: list[bytes] = []
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            if entry["t"] == "recv" and wanted in entry["raw"] and '"action"' in entry["raw"]:
                found.append(entry["raw"].encode())
    if as_today:
        found = linked(found)
    form = "today's message form" if as_today else "as recorded, with checksums"
    return Frames(
        origin=f"OKX {SYMBOL} `books` of 2022-05-13, {form}",
        instrument=spot(SYMBOL),
        snapshot=found[0],
        updates=found[1:],
    )


def linked(messages: list[bytes]) -> list[bytes]:
    """Checksum 0 and sequence numbers that name their predecessor, as OKX sends today."""
    numbered = []
    previous = -1
    for seq, message in enumerate(messages, start=FIRST_SEQ):
        tail = b'"checksum":0,"prevSeqId":%d,"seqId":%d' % (previous, seq)
        numbered.append(CHECKSUM.sub(tail, message))
        previous = seq
    return numbered


def synthetic(n_updates: int = 97) -> Frames:
    """The embedded exchange's own messages, without its sockets."""
    exchange = Exchange(instruments=[SYMBOL], seed=7)
    listing = exchange.listings[SYMBOL]
    channel = exchange.channels[Topic("books", SYMBOL)]
    channel.wake()
    snapshot = channel.greeting()[0].encode()
    updates: list[bytes] = []
    while len(updates) < n_updates:
        listing.owe(STEP_S)
        listing.advance(exchange.now_ms())
        updates += [text.encode() for text in channel.news()]
    return Frames(
        origin=f"embedded exchange, {SYMBOL} `books` (no recording found)",
        instrument=spot(SYMBOL),
        snapshot=snapshot,
        updates=updates,
    )


def spot(symbol: str) -> Instrument:
    """A spot listing as OKX has BTC-USDT: sizes are coins."""
    base, quote = symbol.split("-")
    return Instrument(
        venue="okx",
        venue_symbol=symbol,
        base=base,
        quote=quote,
        settle="",
        kind=Kind.SPOT,
        product="spot",
        tick_size=0.1,
        lot_size=1e-8,
        min_size=1e-5,
    )
