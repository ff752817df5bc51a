"""The door: what opens it, what slows a guesser, where it leads."""

import pytest
from nicegui.testing import User

from engine.clock import ManualClock
from webapp.auth import TRIES, WINDOW_S, Door, local_path

PASSWORD = "correct horse battery"


@pytest.fixture
def door():
    clock = ManualClock()
    door = Door(PASSWORD, clock.steady_ns)
    door.clock = clock
    return door


def test_only_the_password_opens(door):
    assert door.opens(PASSWORD)
    assert not door.opens(PASSWORD + " ")
    assert not door.opens("")


def test_a_guesser_has_to_wait_and_then_may_try_again(door):
    for _ in range(TRIES):
        door.opens("wrong")
    assert door.wait_s == WINDOW_S
    assert not door.opens(PASSWORD)
    door.clock.advance(WINDOW_S)
    assert door.opens(PASSWORD)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/history?x=1", "/history?x=1"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\nb", "/"),
        ("", "/"),
    ],
)
def test_the_door_leads_only_to_pages_of_this_server(target, path):
    assert local_path(target) == path


@pytest.fixture
def locked(demo_app, monkeypatch):
    monkeypatch.setenv("FATHOM_PASSWORD", PASSWORD)


async def test_without_the_password_there_are_no_pages_and_no_files(locked, user: User):
    page = await user.http_client.get("/history?a=1", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (307, "/login?next=%2Fhistory%3Fa%3D1")
    assert (await user.http_client.get("/history/export.csv")).status_code == 401
    assert (await user.http_client.get("/health/live")).status_code == 200


async def test_a_wrong_password_is_said_and_the_right_one_lets_in(locked, user: User):
    await user.open("/login?next=/history")
    user.find(marker="password").type("wrong")
    user.find(marker="door").trigger("submit.prevent")
    await user.should_see("That is not the password.")
    user.find(marker="password").clear().type(PASSWORD)
    user.find(marker="door").trigger("submit.prevent")
    await user.should_see("Nothing saved yet.", retries=30)
