"""What a tab is sent, when, and what it is not sent."""

import json

import numpy as np
import pytest

from market.book import BookUpdate
from market.units import NS_PER_S
from models.base import CostKind
from models.estimate import estimate
from models.size_curve import size_curve
from tests.builders import swap
from tests.webapp.conftest import KEY
from tests.webapp.test_delta import patched
from webapp.frames import headline
from webapp.frames.headline import COMPILING
from webapp.session import Phase, Session
from webapp.stream import SHORTEST_NS, Publisher
from webapp.ticket import Ticket


class Browser:
    """The far end of a tab: keeps what it was sent, and what it shows after each message."""

    def __init__(self, number="one"):
        self.id = number
        self.has_socket_connection = True
        self.messages = []
        self.topics = {}
        self.shown = []
        self.deleted = []

    def run_javascript(self, code):
        _, _, frame = code.partition("frame(")
        message = json.loads(frame.removesuffix(")"))
        self.messages.append(message)
        for topic in message.keys() - {"n", "replace", "append"}:
            change = message[topic]
            old = self.topics.get(topic) if message["n"] else None
            self.topics[topic] = patched(old, change)
        self.shown.append(dict(self.topics))

    def on_connect(self, handler):
        self.connect = handler

    def on_delete(self, handler):
        self.deleted.append(handler)


@pytest.fixture
def desk(services):
    """A publisher and a book that a test moves."""
    services.hub.open(KEY, swap())
    return Desk(services)


class Desk:
    def __init__(self, services):
        self.services = services
        self.publisher = Publisher(services)
        self.seq = 0

    def tab(self, number="one", **typed):
        order = {"quantity": "10", "unit": "contracts"} | typed
        ticket = Ticket(source="demo", venue="okx", instrument=KEY.symbol, **order)
        session = Session(self.services, ticket)
        session.key, session.instrument, session.phase = KEY, swap(), Phase.RUNNING
        session.why = ""
        session.edited()
        browser = Browser(number)
        self.page = "/"
        return browser, self.publisher.attach(browser, 5, session, lambda: self.page)

    def book(self, ask=101.0):
        self.seq += 1
        now = self.services.clock.now_ns()
        rows = np.array([[99.0, 5.0], [98.0, 50.0], [ask, 5.0], [ask + 1, 50.0]])
        update = BookUpdate(
            symbol=KEY.symbol,
            is_snapshot=True,
            rows=rows,
            n_bids=2,
            seq=self.seq,
            event_ns=now,
            recv_ns=now,
        )
        self.services.hub.apply(KEY, update)

    async def look(self, seconds=SHORTEST_NS / NS_PER_S, *, is_heartbeat=False):
        self.services.clock.advance(seconds)
        await self.publisher.look(is_heartbeat=is_heartbeat)


async def test_the_first_message_is_a_whole_snapshot_and_its_numbers_are_the_models(desk):
    desk.book()
    browser, view = desk.tab(quantity="600")  # 6 BTC: 5 at 101, 1 at 102
    await desk.look()
    (frame,) = browser.messages
    assert set(frame) >= {"ladder", "cost", "takes", "order", "status", "market", "replace"}
    expected = estimate(view.session.reading.request, desk.services.hub.state(KEY))
    assert frame["cost"]["total"] == f"{expected.total_bps:,.2f}"
    assert frame["cost"]["seq"] == frame["ladder"]["seq"] == 1
    assert frame["takes"] == {
        "side": "buy",
        "levels": 2,
        "part": True,
        "average": 1,
        "rests": "",
        "text": "Takes 2 levels of the asks.",
    }
    depth = [part[0] for part in frame["cost"]["parts"]].index(CostKind.DEPTH)
    bps = frame["cost"]["figures"][depth].split("|")[0]
    assert bps == f"{expected.component(CostKind.DEPTH).bps:,.2f}"


async def test_the_ladder_is_written_best_first_with_one_number_of_decimals(desk):
    desk.book()
    browser, _ = desk.tab()
    await desk.look()
    ladder = browser.messages[0]["ladder"]
    assert ladder["asks"] == ["101.0 5.00", "102.0 50.00"]
    assert ladder["bids"] == ["99.0 5.00", "98.0 50.00"]
    assert ladder["stale"] == ""


async def test_nothing_new_sends_nothing_and_a_heartbeat_sends_no_price(desk):
    desk.book()
    browser, _ = desk.tab()
    await desk.look()
    await desk.look()
    assert len(browser.messages) == 1
    await desk.look(is_heartbeat=True)
    assert "cost" not in browser.messages[1]
    assert "status" in browser.messages[1]


async def test_a_new_book_and_an_edit_each_send_one_message(desk):
    desk.book()
    browser, view = desk.tab()
    await desk.look()
    desk.book(ask=101.5)
    await desk.look()
    view.session.ticket.quantity = "20"
    view.session.edited()
    await desk.look()
    assert [shown["cost"]["what"] for shown in browser.shown] == [
        " 0.1000 BTC · BTC-USDT-SWAP",
        " 0.1000 BTC · BTC-USDT-SWAP",
        " 0.2000 BTC · BTC-USDT-SWAP",
    ]


async def test_a_fast_market_is_sent_at_most_ten_times_a_second(desk):
    browser, _ = desk.tab()
    for _ in range(100):
        desk.book()
        await desk.look(seconds=0.02)
    assert 15 <= len(browser.messages) <= 21  # two seconds


async def test_the_same_market_is_encoded_once_for_all_tabs_and_costs_stay_apart(desk):
    desk.book()
    one, _ = desk.tab("one", quantity="10")
    two, _ = desk.tab("two", quantity="600", side="sell")
    await desk.look()
    assert one.messages[0]["ladder"] == two.messages[0]["ladder"]
    assert one.messages[0]["cost"]["side"] == "buy"
    assert two.messages[0]["cost"]["side"] == "sell"


async def test_a_hidden_or_unconnected_tab_gets_nothing_and_then_all_of_it(desk):
    desk.book()
    browser, view = desk.tab()
    view.show(False)
    await desk.look(is_heartbeat=True)
    view.show(True)
    browser.has_socket_connection = False
    await desk.look(is_heartbeat=True)
    assert browser.messages == []
    browser.has_socket_connection = True
    browser.connect()
    await desk.look()
    assert set(browser.messages[0]["replace"]) == {"cost", "market", "curve", "depth"}


async def test_a_tab_on_another_page_gets_the_status_bar_and_no_topic_of_trade(desk):
    desk.book()
    browser, _ = desk.tab()
    await desk.look(is_heartbeat=True)
    desk.page = "/markets"
    browser.messages.clear()
    for _ in range(5):
        desk.book()
        await desk.look(is_heartbeat=True)
    assert {topic for message in browser.messages for topic in message} == {"n", "status"}


async def test_a_tab_that_returns_to_trade_is_sent_all_of_it(desk):
    desk.book()
    browser, _ = desk.tab()
    desk.page = "/markets"
    await desk.look(is_heartbeat=True)
    desk.page = "/"
    await desk.look()
    whole = browser.messages[-1]
    assert whole["n"] == 0 and {"ladder", "cost", "replace"} <= set(whole)


async def test_a_tab_on_another_page_is_not_priced(desk):
    desk.book()
    _, view = desk.tab()
    desk.page = "/settings"
    await desk.look(is_heartbeat=True)
    assert view.session.last is None


async def test_rows_of_the_ladder_may_be_wider_than_a_tick(desk):
    desk.book()
    browser, view = desk.tab(quantity="600", grouping="20")  # 2 USDT a row at a tick of 0.1
    await desk.look()
    assert browser.topics["ladder"]["asks"] == ["102.0 55.00"]
    assert browser.topics["ladder"]["bids"] == ["98.0 55.00"]
    assert (browser.topics["takes"]["levels"], browser.topics["takes"]["part"]) == (1, True)
    view.session.ticket.grouping = "1"
    await desk.look()
    assert browser.topics["ladder"]["asks"] == ["101.0 5.00", "102.0 50.00"]


async def test_a_tab_that_was_hidden_keeps_its_history_with_a_gap(desk):
    desk.book()
    browser, view = desk.tab()
    await desk.look(is_heartbeat=True)
    view.show(False)
    for _ in range(20):
        desk.book()
        await desk.look(seconds=1.0, is_heartbeat=True)
    view.show(True)
    await desk.look(is_heartbeat=True)
    rows = browser.messages[-1]["replace"]["cost"]["rows"]
    assert [row[1] is None for row in rows] == [False, True, False]


async def test_the_depth_chart_holds_both_sides_to_their_ends(desk):
    desk.book()
    browser, _ = desk.tab()
    await desk.look()
    assert browser.messages[0]["replace"]["depth"]["rows"] == [
        [98.0, 55.0, None],
        [99.0, 5.0, None],
        [101.0, None, 5.0],
        [102.0, None, 55.0],
    ]


async def test_while_the_machine_compiles_the_headline_says_what_it_waits_for(desk, monkeypatch):
    monkeypatch.setattr(headline, "is_warm", lambda: False)
    browser, view = desk.tab()
    view.session.key, view.session.phase, view.session.why = None, Phase.OPENING, "Opening …"
    await desk.look()
    assert browser.topics["cost"]["why"] == COMPILING
    assert browser.topics["cost"]["state"] == "loading"


async def test_a_second_book_sends_only_the_levels_that_differ(desk):
    desk.book()
    browser, _ = desk.tab()
    await desk.look()
    desk.book(ask=100.5)  # both asks move, no bid does
    await desk.look()
    change = browser.messages[1]["ladder"]
    assert "bids" not in change and "heads" not in change
    assert browser.topics["ladder"]["bids"] == ["99.0 5.00", "98.0 50.00"]
    assert browser.topics["ladder"]["asks"] == ["100.5 5.00", "101.5 50.00"]


async def test_changes_add_up_to_what_a_fresh_tab_is_sent_whole(desk):
    desk.book()
    browser, _ = desk.tab()
    for step in range(12):
        desk.book(ask=101.0 + step % 5 / 10)
        await desk.look(is_heartbeat=step % 3 == 0)
    fresh, _ = desk.tab("two")
    await desk.look(is_heartbeat=True)
    assert fresh.topics["ladder"] == browser.topics["ladder"]
    assert fresh.topics["cost"] == browser.topics["cost"]


async def test_a_browser_that_missed_a_message_is_sent_everything(desk):
    desk.book()
    browser, view = desk.tab()
    await desk.look()
    desk.book()
    await desk.look()
    view.lost()
    await desk.look()
    assert [message["n"] for message in browser.messages] == [0, 1, 0]
    assert set(browser.messages[2]["ladder"]) == set(browser.messages[0]["ladder"])


async def test_a_resting_order_says_where_it_rests_and_takes_no_level(desk):
    desk.book()
    browser, view = desk.tab(style="limit")
    desk.services.hub.seed(KEY, [], None)
    view.session.ticket.volatility, view.session.ticket.sigma = "manual", "2"
    view.session.edited()
    await desk.look()
    takes = browser.topics["takes"]
    assert (takes["levels"], takes["rests"]) == (0, "99.0")
    facts = {label: text for label, text, _ in browser.topics["execution"]}
    assert facts["At price"] == "99.0"
    assert facts["Taken now"].endswith("· 0 %")


async def test_every_doubt_about_a_book_is_sent_with_its_look(desk):
    desk.book()
    browser, _ = desk.tab()
    await desk.look(seconds=60.0)
    ((look, text),) = browser.topics["cost"]["doubts"]
    assert look == "refuse" and "60 s" in text


async def test_a_closed_tab_is_forgotten(desk):
    desk.book()
    browser, _ = desk.tab()
    for handler in browser.deleted:
        handler()
    await desk.look(is_heartbeat=True)
    assert browser.messages == []


async def test_a_stale_book_gives_no_number_and_a_greyed_ladder_with_the_reason(desk):
    desk.book()
    browser, _ = desk.tab()
    await desk.look()
    await desk.look(seconds=60.0)
    frame = browser.topics
    assert (frame["cost"]["state"], frame["cost"]["total"]) == ("refused", "–")
    assert "60 s" in frame["cost"]["why"]
    assert "60 s" in frame["ladder"]["stale"]


async def test_a_broken_book_leaves_no_old_price_on_the_screen(desk):
    desk.book()
    browser, _ = desk.tab()
    await desk.look()
    desk.services.hub.break_book(KEY, "an update is missing")
    await desk.look()
    frame = browser.topics
    assert (frame["ladder"]["asks"], frame["ladder"]["mid"]) == ([], "–")
    assert "an update is missing" in frame["cost"]["why"]


async def test_a_stopped_tab_shows_no_ladder_no_market_and_says_so(desk):
    desk.book()
    browser, view = desk.tab()
    state = desk.services.hub.state(KEY)
    view.session.curve = size_curve(view.session.reading.request, state)
    await desk.look()
    assert len(browser.messages[-1]["replace"]["curve"]["rows"]) > 2
    view.session.key, view.session.phase, view.session.why = None, Phase.STOPPED, "Stopped."
    await desk.look(is_heartbeat=True)
    frame = browser.topics
    assert frame["cost"]["why"] == "Stopped."
    assert frame["ladder"]["asks"] == [] and set(frame["market"]) == {"–"}
    assert browser.messages[-1]["replace"]["curve"]["rows"] == []


async def test_bad_input_keeps_the_book_moving_but_gives_no_number(desk):
    desk.book()
    browser, _ = desk.tab(quantity="abc")
    await desk.look()
    desk.book(ask=101.5)
    await desk.look()
    frame = browser.topics
    assert frame["cost"]["total"] == "–" and "abc" in frame["cost"]["why"]
    assert frame["ladder"]["asks"][0].startswith("101.5")


async def test_the_cost_history_grows_by_the_second_and_starts_anew_with_another_order(desk):
    desk.book()
    browser, view = desk.tab()
    await desk.look()
    for _ in range(3):
        await desk.look(seconds=1.0, is_heartbeat=True)
    assert [len(f["replace"].get("cost", {}).get("rows", ())) for f in browser.messages] == [
        1,
        0,
        0,
        0,
    ]
    assert (
        browser.messages[-1]["append"]["cost"][0] - browser.messages[-2]["append"]["cost"][0]
        == 1000
    )
    view.session.ticket.quantity = "20"
    view.session.edited()
    await desk.look(seconds=1.0, is_heartbeat=True)
    assert len(browser.messages[-1]["replace"]["cost"]["rows"]) == 1


async def test_screen_and_end_to_end_latencies_count_each_new_book_once(desk):
    _browser, _ = desk.tab()
    for _ in range(3):
        desk.book()
        await desk.look()
    await desk.look(is_heartbeat=True)
    latencies = desk.services.latencies
    assert latencies.ui.total == latencies.end_to_end.total == 3
    assert latencies.end_to_end.percentiles().max == pytest.approx(90.0)


async def test_a_tab_that_cannot_be_painted_does_not_stop_the_others(desk, monkeypatch, caplog):
    desk.book()
    _, broken = desk.tab("broken")
    browser, _ = desk.tab("sound")

    def fail():
        raise ZeroDivisionError

    monkeypatch.setattr(broken.session, "quote", fail)
    await desk.look()
    assert len(browser.messages) == 1
    assert [record.message for record in caplog.records] == ["a tab could not be painted"]
    caplog.clear()
