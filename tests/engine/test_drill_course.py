"""What followed a drill: first sign, told, over, counted from the order on."""

from engine.drill_course import SETTLED_S, courses
from engine.hub import MarketKey
from engine.incidents import Drill, Incident
from market.trust import Grade
from market.units import NS_PER_S
from models.base import Source

BTC = MarketKey(Source.DEMO, "okx", "BTC-USDT-SWAP")


def drill(at_s, fault="gap", symbol=BTC.symbol):
    return Drill(fault=fault, symbol=symbol, options=(), ns=at_s * NS_PER_S)


def incident(began_s, told_s, ended_s=None, market=BTC):
    return Incident(
        market=market,
        code="gap",
        grade=Grade.REFUSE,
        text="an update is missing",
        began_ns=round(began_s * NS_PER_S),
        told_ns=round(told_s * NS_PER_S),
        ended_ns=None if ended_s is None else round(ended_s * NS_PER_S),
    )


def test_times_count_from_the_order():
    (course,) = courses([drill(10)], [incident(10.25, 10.5, 11)], 12 * NS_PER_S)
    assert (course.seen_s, course.told_s, course.recovered_s) == (0.25, 0.5, 1)


def test_a_doubt_that_lasts_has_not_recovered():
    (course,) = courses([drill(10)], [incident(10, 10)], 12 * NS_PER_S)
    assert course.recovered_s is None


def test_a_silence_that_began_before_the_order_counts_from_the_order():
    (course,) = courses([drill(10)], [incident(9.9, 12)], 12 * NS_PER_S)
    assert course.seen_s == 0


def test_an_incident_belongs_to_the_last_drill_before_it():
    found = courses([drill(10), drill(20)], [incident(21, 21)], 22 * NS_PER_S)
    assert [(c.drill.ns // NS_PER_S, c.incident is not None) for c in found] == [
        (20, True),
        (10, False),
    ]


def test_what_happens_to_another_market_or_source_is_not_the_drills():
    other = BTC._replace(symbol="ETH-USDT-SWAP")
    live = BTC._replace(source=Source.LIVE)
    found = courses([drill(10)], [incident(11, 11, market=m) for m in (other, live)], 0)
    assert [course.incident for course in found] == [None]


def test_a_fault_of_the_line_concerns_every_market():
    other = BTC._replace(symbol="ETH-USDT-SWAP")
    (course,) = courses([drill(10, "tcp_reset")], [incident(11, 11, market=other)], 0)
    assert course.incident is not None


def test_a_fault_that_raised_nothing_is_settled_after_a_while():
    now_ns = round((10 + SETTLED_S + 1) * NS_PER_S)
    assert courses([drill(10)], [], now_ns)[0].is_settled
    assert not courses([drill(10)], [], 11 * NS_PER_S)[0].is_settled
