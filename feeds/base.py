"""What a venue is to the rest of Fathom: facts, and a decoder with no I/O in it.

A `Venue` is handed frames and gives events. It opens no socket, reads no clock, starts no task;
`connection.py` does that for all venues. Sequence rules live in the venue's own file, so a
`BookUpdate` that got out is already in order.

What an error asks for is on the error: `resync` names the one book that has to start afresh,
`is_final` says that trying again cannot help, `ends_connection` that no book on the connection can
be believed any more, `symbol` whom it concerns.
"""

import copy
from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar, Final, Self
from urllib.parse import quote

import msgspec

from feeds.breaker import Circuit
from market.book import BookUpdate
from market.instrument import Instrument, Kind
from market.trade import Candle, DayVolume, Trade


class FeedError(Exception):
    """The venue misbehaved."""

    code: ClassVar[str] = "feed"

    def __init__(
        self,
        text: str,
        *,
        symbol: str | None = None,
        resync: str | None = None,
        is_final: bool = False,
        ends_connection: bool = False,
    ) -> None:
        super().__init__(text)
        self.symbol = symbol or resync
        """Venue symbol it concerns; None = the connection as a whole."""
        self.resync = resync
        """Venue symbol of the book that may not be used until a new snapshot."""
        self.is_final = is_final
        self.ends_connection = ends_connection
        """Every book on the connection is invalid, and only a new one helps."""


class DecodeError(FeedError):
    """A frame that is not what the venue documents."""

    code = "decode"


class SequenceGap(FeedError):
    """An update is missing."""

    code = "gap"


class SnapshotTooOld(FeedError):
    """A fetched book ends before the first update we kept: fetch again."""

    code = "snapshot_too_old"


class ChecksumMismatch(FeedError):
    """Our book is not the venue's book."""

    code = "checksum"


class SubscribeRefused(FeedError):
    """The venue said no."""

    code = "refused"


class RateLimited(FeedError):
    """The venue asks us to slow down."""

    code = "rate_limit"


class Unavailable(FeedError):
    """The venue did not answer, or answers that it cannot."""

    code = "unavailable"


class Subscribed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The venue accepted a subscription; data has yet to prove it."""

    symbol: str
    channel: str


class Upgrade(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The venue will close this connection soon: open the next one first."""

    text: str


class Pong(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Answer to our keep-alive."""


class KeepAlive(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The book has not changed, and the venue says so."""

    symbol: str
    recv_ns: int


class Send(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The protocol's next move: a frame that the connection has to send now."""

    text: str


FeedEvent = BookUpdate | Trade | DayVolume | Subscribed | Upgrade | Pong | KeepAlive | Send


class Venue(ABC):
    """One venue: a list of facts and a decoder. One instance per connection.

    `receive` may raise a FeedError; the book that it names is then invalid until the next
    snapshot, and every later update of it is dropped silently by the venue until then.
    """

    name: ClassVar[str]
    max_frame_bytes: ClassVar[int] = 1 << 20
    ping_text: ClassVar[str | None] = None
    """Application-level keep-alive to send; None = the WebSocket's own pings are enough."""
    ping_after_s: ClassVar[float] = 20.0
    """Silence after which to send it; twice this without any answer = dead link."""
    first_book_s: ClassVar[float] = 10.0
    """A subscription without a book after this long has failed, whatever the ack said."""
    splice_after_s: ClassVar[float] = 4.0
    """Wait for an in-band snapshot before `wants_snapshot` is asked."""
    quiet_book_s: ClassVar[float | None] = None
    """Longest silence of a healthy book; None = the venue promises nothing."""
    requests_per_hour: ClassVar[int | None] = None
    """Frames we may send on one connection in an hour, where the venue counts them."""
    clock_step_s: ClassVar[float] = 1e-3
    """Coarseness of the venue's time stamps: a delay cannot be told finer."""
    send_gap_s: ClassVar[float] = 0.0
    """Least time between two frames we send, where the venue counts them by the second."""
    unverified: ClassVar[str] = ""
    """Why nobody here knows that a book is complete; empty where it is checked as documented."""
    cut_after_s: ClassVar[float | None] = None
    """Age at which the venue cuts a connection; a fresh one is opened beside it before that."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        self.instruments = instruments
        """By venue symbol: contracts become coins with these. Grows by what is admitted."""
        self.admits_unlisted = False
        """Whether a recording is played, which may hold symbols whose listing it lacks."""
        self.checksums_verified = 0

    def instrument(self, symbol: str) -> Instrument:
        """The listing of a symbol that data came for. Raises DecodeError for an unknown one.

        While a recording plays, an unknown symbol is admitted: its book can be followed and
        verified, but its sizes stay in the venue's own unit and it is marked not live.
        """
        found = self.instruments.get(symbol)
        if found is None:
            if not self.admits_unlisted:
                raise DecodeError(
                    f"{self.name} {symbol[:40]}: not in the instrument list, so its sizes "
                    "cannot become coins",
                    symbol=symbol,
                    is_final=True,
                )
            found = self.instruments[symbol] = _unlisted(self.name, symbol)
        return found

    @classmethod
    def warm_up(cls) -> None:
        """Compile or load what is slow the first time; called off the loop before connecting."""
        return

    @abstractmethod
    def subscribe(self, symbols: Sequence[str]) -> list[str]:
        """Frames to send to follow book, trades and day volume of these venue symbols."""

    @abstractmethod
    def unsubscribe(self, symbols: Sequence[str]) -> list[str]:
        """Frames to send to stop following."""

    @abstractmethod
    def resync(self, symbol: str) -> list[str]:
        """Frames to send to get a new snapshot of one book; the rest may follow as `Send`.

        Raises a FeedError that `ends_connection` where only a new connection brings one.
        """

    @abstractmethod
    def receive(self, frame: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """Decode one frame received at `recv_ns`. Raises FeedError."""

    @abstractmethod
    def reset(self) -> None:
        """A new connection: forget every sequence."""

    def twin(self) -> Self:
        """A decoder with the same options that has heard nothing yet, for a second connection."""
        other = copy.deepcopy(self, {id(self.instruments): self.instruments})
        other.reset()
        return other

    def wants_snapshot(self, symbol: str) -> bool:
        """Whether updates wait for a book that has to be fetched over REST."""
        return False

    def splice(self, snapshot: BookUpdate) -> Sequence[FeedEvent]:
        """Join a fetched book with the updates kept since.

        Raises SnapshotTooOld (fetch again) or SequenceGap.
        """
        raise NotImplementedError(f"{self.name} sends its snapshots in band")

    def recall(self, url: str, body: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """A REST response of a recording, played where it was received; `url` may be unknown.

        For venues whose books come over REST: there it belongs between the frames around it.
        """
        return ()

    def tape(self) -> "Venue | None":
        """A decoder for trades and day volume, where they have an address of their own.

        Called once, when there is such an address; from then on this one asks for books only.
        """
        return None

    def close_text(self, code: int | None, reason: str) -> str:
        """What the end of a connection means, for the user."""
        return f"the venue closed the connection ({code or 'no code'}{reason and ': ' + reason})"


def _unlisted(venue: str, symbol: str) -> Instrument:
    return Instrument(
        venue=venue,
        venue_symbol=symbol,
        base=symbol,
        quote="?",
        settle="?",
        kind=Kind.LINEAR,
        product=UNLISTED,
        tick_size=UNKNOWN_STEP,
        lot_size=UNKNOWN_STEP,
        min_size=UNKNOWN_STEP,
        is_live=False,
    )


UNLISTED: Final = "unlisted"
"""Product of a symbol that only a recording knows: its unit of size is not known."""

UNKNOWN_STEP: Final = 1e-12
"""Fine enough to round nothing."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a venue is to be found."""

    ws_url: str
    rest_url: str
    label: str = ""
    """For the user: which address of the venue this is."""
    tape_url: str = ""
    """Where trades and day volume come from, if not from `ws_url`."""

    @property
    def is_per_symbol(self) -> bool:
        """Whether the address is the subscription, with a place for the symbol in it."""
        return SYMBOL_PLACE in self.ws_url

    def at(self, symbol: str) -> "Endpoint":
        """The address that follows this symbol."""
        url = self.ws_url.replace(SYMBOL_PLACE, quote(symbol, safe=""))
        return msgspec.structs.replace(self, ws_url=url)


SYMBOL_PLACE: Final = "{symbol}"


class VenueRest(ABC):
    """A venue's public REST facts, through a shared HTTP client (rest.py)."""

    @abstractmethod
    async def instruments(self) -> dict[str, Instrument]:
        """All instruments we can price, by venue symbol."""

    @abstractmethod
    async def candles(self, instrument: Instrument, n: int, minutes: int = 1) -> list[Candle]:
        """The last `n` finished bars of 1 or 60 minutes, oldest first; fewer where it has fewer."""

    @abstractmethod
    async def day_volume(self, instrument: Instrument) -> DayVolume:
        """Rolling 24 h volume."""

    @abstractmethod
    async def book(self, instrument: Instrument) -> BookUpdate:
        """The book as a snapshot, for venues whose stream has none."""


RECORDING_ENDED: Final = "recording ended"
"""Reason of the normal close (1000) with which a replay says that there is no more."""

RECORDED_LINES: Final = (b'{"t":"http"', b'{"t":"gap"', b'{"t":"close"', b'{"t":"connect"')
"""How frames begin with which a replay hands on what was no frame: responses and breaks."""

REPLAY_HEADER: Final = "Fathom-Replay"
"""Header of the handshake response with which a replay says that it is one."""


class FeedState(StrEnum):
    """Life of a connection, as shown to the user."""

    CONNECTING = "connecting"
    SYNCING = "syncing"
    LIVE = "live"
    DOWN = "down"
    ENDED = "ended"
    """A recording played to its end."""
    STOPPED = "stopped"


class FeedHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How one connection is doing, as a frozen value."""

    state: FeedState = FeedState.CONNECTING
    url: str = ""
    connected_ns: int = 0
    last_recv_ns: int = 0
    messages: int = 0
    bytes: int = 0
    messages_per_s: float = 0.0
    books: int = 0
    snapshots: int = 0
    trades: int = 0
    gaps: int = 0
    checksums_verified: int = 0
    checksum_failures: int = 0
    decode_errors: int = 0
    resyncs: int = 0
    reconnects: int = 0
    handovers: int = 0
    """Changes to a new connection without a moment between without a book."""
    refused: int = 0
    last_error: str = ""
    next_try_ns: int = 0
    """When the next connection attempt starts; 0 = none is waiting."""
    circuit: Circuit = Circuit.CLOSED
    """Of the venue: open = it failed repeatedly, and is left alone until `next_try_ns`."""
    trips: int = 0
    """How often the circuit opened."""
    rest_failures: int = 0
    rest_error: str = ""
    """What the venue's REST answered last, if that was no answer; empty once it works again."""
