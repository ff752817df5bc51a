"""Which venue a recording is of, and what it says of the venue's instruments. Off the event loop.

The venue is read off, in this order: the name the recorder gave the connection, the addresses on
`connect` and `http` lines, and at last the frames themselves: the one decoder that makes something
of them. A guess that could be two venues is no guess.
"""

from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlencode, urlsplit

from feeds.base import DecodeError, FeedError, Unavailable, Venue
from feeds.catalog import RECORDED, Listing
from feeds.playback import Playback
from feeds.recording import Line, read
from feeds.replay import find_response
from feeds.rest import RestClient
from feeds.run_of_files import files_of
from market.instrument import Instrument

T = TypeVar("T")

LINES_TO_LOOK_AT: Final = 400


class UnknownVenue(FeedError):
    """A recording whose venue cannot be told."""

    code = "unknown_venue"


def open_recording(path: Path, venue: str = "") -> Venue:
    """A decoder for a recording, with the instruments listed in it.

    `venue` overrides the guess. Raises UnknownVenue; DecodeError or OSError for no recording.
    Instruments that the recording does not list are admitted as they come.
    """
    name = venue or guess_venue(path)
    if name not in RECORDED:
        raise UnknownVenue(f"unknown venue {name!r}; known: {_known()}", is_final=True)
    listing = RECORDED[name]
    decoder = listing.venue(recorded_instruments(path, listing))
    decoder.admits_unlisted = True
    return decoder


def recorded_instruments(path: Path, listing: Listing) -> dict[str, Instrument]:
    """What the recording's own REST answers list; empty where it holds none."""
    rest = listing.open_rest(_RecordedClient(path))
    try:
        return _at_once(rest.instruments())
    except FeedError:
        return {}


def guess_venue(path: Path) -> str:
    """The venue a recording is of, or UnknownVenue."""
    head = _head(path)
    for guess in (_by_name, _by_address):
        found = {name for line in head if (name := guess(line))}
        if len(found) == 1:
            return found.pop()
    return _by_frames(path)


def _head(path: Path) -> list[Line]:
    """The first lines, up to a damaged one; DecodeError where already the first is damaged."""
    lines: list[Line] = []
    try:
        lines.extend(islice(read(files_of(path)[0]), LINES_TO_LOOK_AT))
    except DecodeError:
        if not lines:
            raise
    return lines


def _by_name(line: Line) -> str:
    name = line.conn.replace(".", "_")
    return name if name in RECORDED else ""


def _by_address(line: Line) -> str:
    url = urlsplit(line.url)
    return ADDRESSES.get(url.netloc + url.path) or ADDRESSES.get(url.netloc, "")


def _by_frames(path: Path) -> str:
    """Every decoder tries the first lines; the one that understands most wins."""
    scores: Counter[str] = Counter()
    for name, listing in RECORDED.items():
        decoder = listing.venue({})
        decoder.admits_unlisted = True
        for step in islice(Playback(path, decoder), LINES_TO_LOOK_AT):
            scores[name] += len(step.events) - (step.error is not None)
    most = max(scores.values(), default=0)
    best = [name for name, score in scores.items() if score == most > 0]
    if len(best) != 1:
        allowed = ", ".join(best) or _known()
        raise UnknownVenue(
            f"{path.name} does not say which venue it is of; name one of: {allowed}",
            is_final=True,
        )
    return best[0]


def _known() -> str:
    return ", ".join(RECORDED)


def _addresses(listings: Mapping[str, Listing]) -> Iterator[tuple[str, str]]:
    for name, listing in listings.items():
        for endpoint in listing.endpoints.values():
            stream, rest = urlsplit(endpoint.ws_url), urlsplit(endpoint.rest_url)
            yield stream.netloc + stream.path, name
            yield stream.netloc, name
            yield rest.netloc, name


def _unambiguous(pairs: Iterator[tuple[str, str]]) -> dict[str, str]:
    """Host, or host and path -> venue, without those that serve several."""
    venues: dict[str, set[str]] = {}
    for host, name in pairs:
        venues.setdefault(host, set()).add(name)
    return {host: names.pop() for host, names in venues.items() if len(names) == 1}


ADDRESSES: Final = _unambiguous(_addresses(RECORDED))


class _RecordedClient(RestClient):
    """Answers from the recording, at once."""

    def __init__(self, path: Path) -> None:
        super().__init__("http://127.0.0.1")
        self._path = path

    async def get(self, path: str, params: Mapping[str, str], decode: Callable[[bytes], T]) -> T:
        """The recorded answer, or Unavailable."""
        body = find_response(self._path, f"{path}?{urlencode(dict(params))}")
        if body is None:
            raise Unavailable(f"{path} is not in the recording", is_final=True)
        return decode(body.encode())


def _at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise RuntimeError("a recorded answer had to be waited for")
