"""A history that is not there is told on every page, and takes no price away."""

import asyncio

import pytest
from nicegui.testing import User

from storage.health import StorageHealth
from webapp.components.storage_banner import words

FULL = StorageHealth(
    state="full", reason="The disk is full.", since_ns=0, is_open=True, faults=1, waiting=0
)


@pytest.fixture
def spoiled(demo_app, tmp_path):
    """The app's database file, which is none."""
    file = tmp_path / "fathom.db"
    file.write_text("junk")
    return file


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.02)


def only(user: User, marker: str):
    (element,) = user.find(marker=marker).elements
    return element


async def test_the_app_quotes_without_a_history_says_why_and_saves_once_it_can(spoiled, user: User):
    await user.open("/")
    await user.should_see("DATABASE DAMAGED")
    await user.should_see("It was left as it is")
    await until(lambda: only(user, "save").enabled)
    user.find(marker="save").click()
    await user.should_see("There is no history at the moment")
    spoiled.unlink()
    await user.should_not_see("DATABASE DAMAGED", retries=300)


def test_a_full_disk_says_since_when_and_that_it_is_tried_again():
    assert words(FULL) == "The disk is full. Since 1970-01-01 00:00:00 UTC; Fathom keeps trying."
