"""Counts of one connection, and the frozen FeedHealth made of them when somebody looks."""

from dataclasses import dataclass

from feeds.base import (
    ChecksumMismatch,
    DecodeError,
    FeedError,
    FeedHealth,
    FeedState,
    SequenceGap,
    SubscribeRefused,
)
from feeds.breaker import Breaker

RATE_WINDOW_S = 1.0


@dataclass(slots=True)
class Tally:
    """Written by the connection only."""

    url: str
    connected_ns: int = 0
    last_recv_ns: int = 0
    messages: int = 0
    bytes: int = 0
    books: int = 0
    snapshots: int = 0
    trades: int = 0
    gaps: int = 0
    checksum_failures: int = 0
    decode_errors: int = 0
    resyncs: int = 0
    reconnects: int = 0
    handovers: int = 0
    refused: int = 0
    last_error: str = ""
    next_try_ns: int = 0
    messages_per_s: float = 0.0
    _rated_at: float = 0.0
    _rated_messages: int = 0

    def suffer(self, error: Exception) -> None:
        """Count an error under its kind and keep its text."""
        self.last_error = str(error) or type(error).__name__
        match error:
            case SequenceGap():
                self.gaps += 1
            case ChecksumMismatch():
                self.checksum_failures += 1
            case SubscribeRefused():
                self.refused += 1
            case DecodeError():
                self.decode_errors += 1
            case FeedError():
                pass
            case _:
                self.decode_errors += 1

    def rate(self, now: float) -> None:
        """Renew the message rate when its window (1 s) is over."""
        elapsed = now - self._rated_at
        if elapsed >= RATE_WINDOW_S:
            self.messages_per_s = (self.messages - self._rated_messages) / elapsed
            self._rated_at, self._rated_messages = now, self.messages

    def health(self, state: FeedState, checksums_verified: int, breaker: Breaker) -> FeedHealth:
        """The counts as a value."""
        return FeedHealth(
            state=state,
            url=self.url,
            connected_ns=self.connected_ns,
            last_recv_ns=self.last_recv_ns,
            messages=self.messages,
            bytes=self.bytes,
            messages_per_s=self.messages_per_s,
            books=self.books,
            snapshots=self.snapshots,
            trades=self.trades,
            gaps=self.gaps,
            checksums_verified=checksums_verified,
            checksum_failures=self.checksum_failures,
            decode_errors=self.decode_errors,
            resyncs=self.resyncs,
            reconnects=self.reconnects,
            handovers=self.handovers,
            refused=self.refused,
            last_error=self.last_error,
            next_try_ns=self.next_try_ns,
            circuit=breaker.state,
            trips=breaker.trips,
        )
