"""Compile (or load from the cache) every kernel before the first tick needs it.

Runs in a thread: a first compilation takes seconds, and the event loop must not stand still.
"""

import threading

import numpy as np

from feeds.base import Venue
from market.book import BookUpdate, OrderBook

_warmed = threading.Event()


def is_warm() -> bool:
    """Whether that was done in this process, so that a page can say what it waits for."""
    return _warmed.is_set()


def warm_kernels() -> None:
    """Send one tiny book through every compiled kernel."""
    rows = np.array([[99.0, 1.0], [101.0, 1.0]])
    book = OrderBook("warm", depth=1)
    book.apply(
        BookUpdate(
            symbol="warm", is_snapshot=True, rows=rows, n_bids=1, seq=0, event_ns=0, recv_ns=0
        )
    )


def warm_venue(venue: Venue) -> None:
    """The kernels that read a venue's messages too: after that nothing is left to compile."""
    venue.warm_up()
    _warmed.set()
