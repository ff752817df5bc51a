"""scikit-learn on one thread: its fits here are small, and threads that wait for each other on a
busy machine make them a hundred times slower; the other cores belong to the market.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any


@contextmanager
def one_thread() -> Iterator[None]:
    """What scikit-learn's compiled loops do inside uses one thread."""
    with _controller().limit(limits=1):
        yield


@cache
def _controller() -> Any:
    """Looks for the thread pools of all libraries, so scikit-learn must be loaded by then."""
    import sklearn.ensemble  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
