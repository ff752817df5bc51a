"""One damaged frame in a recording of 2022, which carries checksums and no numbers."""

import pytest

from feeds.recorded import open_recording
from feeds.recording import Direction, read
from tests.feeds.recorded_books import damaged, run
from tests.feeds.spoilt import best

FILE = "okx/okx_books_trades_20220513.jsonl.gz"
POSITIONS = 12


@pytest.mark.parametrize("how", ["dropped", "doubled", "swapped"])
def test_a_damaged_frame_is_named_or_made_good_by_the_next_message(recordings, how):
    path = recordings / FILE
    lines = [line for line in read(path) if line.t == Direction.RECV]
    clean = run(open_recording(path), lines)
    books = [n for n, line in enumerate(lines) if '"action":"update"' in line.raw]
    middle = books[len(books) // 4 : -len(books) // 4]
    told = set()
    for place in middle[:: len(middle) // POSITIONS]:
        broken = run(open_recording(path), damaged(lines, how, place))
        named = {error.resync for error in broken.errors}
        told |= named
        for symbol, book in broken.books.items():
            assert symbol in named or best(book) == best(clean.books[symbol])
    # A swap with a frame of another book, and a repeated frame, change nothing.
    assert told or how != "dropped"
