"""How much of a tick is reading the bytes: our compiled scanner beside general JSON decoders.

orjson builds the objects of the message and stops there: the floor for anything that decodes first
and works afterwards. The standard library and msgspec (typed, texts left as texts) stand beside it.
Ours also turns every text into a float, contracts into coins, and checks the sequence.
"""

import json
from collections.abc import Callable, Sequence

import msgspec
import orjson

from benchmarks.frames import Frames
from benchmarks.report import Section
from benchmarks.row import Row, microseconds
from benchmarks.stopwatch import Block, Times, interleave, ratio
from feeds.okx import Okx

ROUNDS = 200


class Body(msgspec.Struct):
    """The fields a book needs."""

    asks: list[list[str]]
    bids: list[list[str]]
    ts: str
    seqId: int
    prevSeqId: int


class Message(msgspec.Struct):
    """A typed reading of an update."""

    action: str
    data: list[Body]


TYPED = msgspec.json.Decoder(Message)


def run(frames: Frames, *, quick: bool = False) -> Section:
    """Each decoder over all updates in turn."""
    blocks = {
        "orjson": Block(_all(orjson.loads, frames.updates)),
        "json": Block(_all(json.loads, frames.updates)),
        "msgspec": Block(_all(TYPED.decode, frames.updates)),
        "ours": _scanner(frames),
    }
    times = interleave(blocks, rounds=2 if quick else ROUNDS)
    labels = {
        "ours": "our scanner: floats in base, sequence checked",
        "msgspec": "msgspec, typed",
        "json": "json of the standard library",
    }
    rows = [_row(label, name, times, len(frames.updates)) for name, label in labels.items()]
    return "Decoding alone", f"{frames}. CPU time per block of all updates.", rows


def _row(label: str, name: str, times: Times, n_updates: int) -> Row:
    seen = [microseconds(min(times[k]) / n_updates) for k in (name, "orjson")]
    return Row(
        work=label,
        reference="orjson, the same bytes",
        ratio=ratio(times, name, "orjson"),
        note=f"least time of a message: {seen[0]} against {seen[1]}",
    )


def _all(decode: Callable[[bytes], object], frames: Sequence[bytes]) -> Callable[[], None]:
    def loop() -> None:
        for frame in frames:
            decode(frame)

    return loop


def _scanner(frames: Frames) -> Block:
    venue = Okx({frames.instrument.venue_symbol: frames.instrument})

    def start() -> None:
        venue.reset()
        venue.receive(frames.snapshot, 0)

    def loop() -> None:
        for frame in frames.updates:
            venue.receive(frame, 0)

    return Block(loop, start)
