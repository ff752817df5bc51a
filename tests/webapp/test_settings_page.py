import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import Settings
from webapp import preferences
from webapp.components.shortcuts import KEYS
from webapp.preferences import ALLOWED, Preferences
from webapp.session import Session
from webapp.ticket import Ticket


@given(
    st.dictionaries(st.sampled_from([*ALLOWED, "colour"]), st.text() | st.integers() | st.none())
)
def test_preferences_that_cannot_be_meant_stand_for_their_defaults(kept: dict[str, object]) -> None:
    liked = preferences.read(kept)
    assert all(getattr(liked, name) in allowed for name, allowed in ALLOWED.items())


def test_preferences_that_can_be_meant_are_kept() -> None:
    assert preferences.read({"theme": "auto", "palette": "green-red"}) == Preferences(
        theme="auto", palette="green-red"
    )


def test_secrets_are_named_but_never_shown() -> None:
    rows = Settings(password="a secret of twelve").now()
    assert {row.name: row.default for row in rows}["FATHOM_PASSWORD"] == "set"
    assert not any("a secret" in " ".join(row) for row in rows)


@pytest.mark.parametrize(
    ("typed", "key", "expected"),
    [("1", "+", "1.1"), ("1.1", "-", "1"), ("10k", "+", "11000"), ("nonsense", "+", "nonsense")],
)
async def test_a_key_nudges_the_size(services, typed: str, key: str, expected: str) -> None:
    session = Session(services, Ticket(quantity=typed))
    session.press(key)
    assert session.ticket.quantity == expected


async def test_a_key_chooses_the_side(services) -> None:
    session = Session(services, Ticket(source="demo"))
    session.press("s")
    assert session.ticket.side == "sell"


async def test_a_key_stops_and_starts(services) -> None:
    session = Session(services, Ticket(source="demo"))
    session.press(" ")
    assert not session.ticket.is_running


def test_every_key_has_a_meaning() -> None:
    assert all(KEYS.values())


async def test_the_page_lists_the_settings_of_the_server(demo_app, user) -> None:
    await user.open("/settings")
    await user.should_see("How the server was started")
