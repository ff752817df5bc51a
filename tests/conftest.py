"""What more than one floor's tests need."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The first call of a kernel compiles it, which no deadline of one example allows for.
settings.register_profile("compiled", deadline=None)
settings.load_profile("compiled")

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Folder of recorded market data; tests that need it are skipped where there is none."""
    places = [os.environ.get("FATHOM_TEST_DATA"), PROJECT.parent / "shared" / "data"]
    for place in places:
        if place and Path(place).is_dir():
            return Path(place)
    pytest.skip("no recordings: set FATHOM_TEST_DATA to a folder with okx/, kraken/, …")
