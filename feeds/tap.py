"""What a connection tells somebody who writes everything down."""

from typing import Protocol


class Tap(Protocol):
    """Told on the event loop, in order, about one connection; returns at once and never raises.

    Times are ns UTC of our clock. A frame is told before it is decoded, so one that the venue
    refuses is told too.
    """

    def connected(self, url: str, ns: int) -> None:
        """A socket was opened."""

    def received(self, frame: bytes, recv_ns: int) -> None:
        """A frame came."""

    def sent(self, text: str, ns: int) -> None:
        """A frame went out."""

    def fetched(self, url: str, body: bytes, ns: int) -> None:
        """A REST answer came."""

    def skipped(self, frames: int, why: str, ns: int) -> None:
        """That many frames came that nobody told of."""

    def closed(self, reason: str, ns: int) -> None:
        """The socket is gone."""
