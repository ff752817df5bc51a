"""The optional ccxt package: is it here, its exchange objects, and its errors in our words.

Nothing is imported before such a venue is opened: ccxt takes longer to load than the app itself.
"""

import asyncio
import re
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from feeds.base import (
    ChecksumMismatch,
    DecodeError,
    FeedError,
    RateLimited,
    SequenceGap,
    SubscribeRefused,
    Unavailable,
)
from feeds.rest import REGION_BLOCKED

PREFIX: Final = "ccxt:"
"""How the name of such a venue begins; the rest is ccxt's name for the exchange."""

MISSING: Final = (
    "{name} is read through the optional package ccxt, which is not installed: make ccxt "
    "(or: pip install ccxt), then start Fathom again"
)

MOST_TEXT: Final = 300
"""Letters of an error that are shown: ccxt repeats whole answers."""


def find_exchange(name: str) -> str:
    """ccxt's own name of a venue called `ccxt:name`. Looks at files only, imports nothing.

    Raises FeedError where ccxt is not installed, or has no stream for that exchange.
    """
    exchange = name.removeprefix(PREFIX)
    package = find_spec("ccxt")
    if package is None:
        raise FeedError(MISSING.format(name=name), is_final=True)
    folders = [Path(place) / "pro" for place in package.submodule_search_locations or ()]
    is_word = re.fullmatch(r"[a-z0-9_]+", exchange) is not None and exchange != "__init__"
    if not is_word or not any((folder / f"{exchange}.py").is_file() for folder in folders):
        raise FeedError(f"ccxt has no stream for an exchange {exchange[:40]!r}", is_final=True)
    return exchange


def streamed() -> tuple[str, ...]:
    """Names of all venues that the installed ccxt streams; none where it is not installed."""
    package = find_spec("ccxt")
    places = (package.submodule_search_locations or ()) if package is not None else ()
    names = {file.stem for place in places for file in (Path(place) / "pro").glob("[a-z]*.py")}
    return tuple(f"{PREFIX}{name}" for name in sorted(names))


def build(exchange: str, config: Mapping[str, Any]) -> Any:
    """A ccxt object that has opened nothing yet. Slow the first time: call it off the loop."""
    return getattr(import_module("ccxt.pro"), exchange)({**CONFIG, **config})


CONFIG: Final = {"enableRateLimit": True, "newUpdates": True, "aiohttp_trust_env": True}


async def close(exchange: Any) -> None:
    """Close a ccxt object to the end, even if cancelled meanwhile: it leaves sockets otherwise."""
    closing, is_interrupted = asyncio.ensure_future(exchange.close()), False
    while not closing.done():
        try:
            await asyncio.wait((closing,))
        except asyncio.CancelledError:
            is_interrupted = True
    if is_interrupted:
        raise asyncio.CancelledError
    closing.result()


def in_words(error: Exception, name: str, symbol: str | None = None) -> FeedError:
    """Any error that came out of ccxt as one of ours, with its cause. Ours stay as they are."""
    if isinstance(error, FeedError):
        return error
    text = f"{name}: {(str(error) or type(error).__name__)[:MOST_TEXT]}"
    kinds = {kind.__name__ for kind in type(error).__mro__}
    blocked = re.search(r" (403|451) ", text)
    if blocked and "NetworkError" in kinds:
        text = f"{name} {REGION_BLOCKED.format(status=blocked[1])}"
        return Unavailable(text, symbol=symbol, is_final=True)
    for kind, ours, is_final in KINDS:
        if kind in kinds:
            return ours(text, symbol=symbol, is_final=is_final)
    return DecodeError(f"{text} ({type(error).__name__} inside ccxt)", symbol=symbol)


KINDS: Final[tuple[tuple[str, type[FeedError], bool], ...]] = (
    ("ChecksumError", ChecksumMismatch, False),
    ("InvalidNonce", SequenceGap, False),
    ("RateLimitExceeded", RateLimited, False),
    ("DDoSProtection", RateLimited, False),
    ("NetworkError", Unavailable, False),
    ("TimeoutError", Unavailable, False),
    ("OSError", Unavailable, False),
    ("RestrictedLocation", Unavailable, True),
    ("AuthenticationError", SubscribeRefused, True),
    ("NotSupported", SubscribeRefused, True),
    ("BadRequest", SubscribeRefused, True),
    ("ArgumentsRequired", SubscribeRefused, True),
    ("ExchangeError", SubscribeRefused, False),
)
"""Name of a ccxt error (its subclasses too), ours, whether trying again is idle; first match."""


def is_cancelled() -> bool:
    """Whether somebody ends this task. A socket that ccxt gives up looks the same otherwise."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
