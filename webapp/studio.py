"""All that is done with recordings in this process: kept, made, taken in, and run through."""

from collections.abc import Callable
from pathlib import Path

from engine.hub import MarketKey
from engine.import_desk import ImportDesk
from engine.record_desk import RecordDesk
from engine.recordings import Shelf
from engine.runner import Runner
from engine.time_machine_desk import TimeMachine
from market.errors import OrderError
from models.base import Source
from storage.recordings import Recordings
from webapp.library import Library


class Studio:
    """Shared by all pages; what one of them starts goes on when it is closed."""

    def __init__(self, runner: Runner, memory: Recordings, folder: Path) -> None:
        """`folder` is the data folder: recordings and what is to be imported lie beneath it."""
        recordings = folder / "recordings"
        self.library = Library(Shelf(recordings), memory)
        self.records = RecordDesk(runner.sources, recordings)
        self.imports = ImportDesk(folder / "import", recordings)
        self.machine = TimeMachine()
        self._runner = runner
        self._listeners: list[Callable[[MarketKey], None]] = []

    def on_put_in(self, listener: Callable[[MarketKey], None]) -> Callable[[], None]:
        """Tell `listener` of every other recording that is played. Gives what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def put_in(self, file: str) -> MarketKey:
        """Play a recording of the library from now on, for all pages; gives its first market.

        Raises OrderError for one that cannot be played, FeedError.
        """
        entry = self.library.find(file)
        if entry is None or entry.held is None:
            raise OrderError("recording", f"{file[:80]} is not known yet", "one from the list")
        if entry.held.problem and not entry.held.symbols:
            raise OrderError("recording", entry.held.problem, "another recording")
        await self.machine.close()
        path, venue = entry.shelved.paths[0], entry.held.venue
        instruments = await self._runner.put_in(path, venue)
        priced = [symbol for symbol, instrument in instruments.items() if instrument.is_live]
        key = MarketKey(Source.REPLAY, venue, (priced or list(instruments))[0])
        for listener in tuple(self._listeners):
            listener(key)
        return key

    async def close(self) -> None:
        """End everything in good order."""
        await self.machine.close()
        await self.imports.close()
        await self.records.close()
