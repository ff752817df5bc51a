from engine.incidents import Incident
from engine.vitals import Vital
from market.trust import Grade
from tests.webapp.conftest import KEY
from webapp.frames import performance as frames
from webapp.performance.export import report


def incident(code: str, told_ns: int, ended_ns: int | None = None) -> Incident:
    return Incident(
        market=KEY,
        code=code,
        grade=Grade.REFUSE,
        text=f"a {code}",
        began_ns=told_ns,
        told_ns=told_ns,
        ended_ns=ended_ns,
    )


def vital(second: int) -> Vital:
    return Vital(
        ns=second * 10**9, cpu=0.1, memory=1, updates_per_s=1.0, markets=1, trusted=1, stages={}
    )


def test_doubts_of_one_kind_share_a_row() -> None:
    found = [incident("gap", 1, 2), incident("gap", 3)]
    [(code, cells, _)] = frames.groups(found, {"gap": 2}, "")
    assert (code, cells[1][0], cells[2][0]) == ("gap", "2", "1")


def test_the_newest_kind_of_doubt_comes_first() -> None:
    found = [incident("gap", 1, 2), incident("stale", 3, 4)]
    assert [row[0] for row in frames.groups(found, {}, "")] == ["stale", "gap"]


def test_the_search_looks_at_causes_and_remedies_too() -> None:
    found = [incident("gap", 1), incident("skew", 2)]
    assert [row[0] for row in frames.groups(found, {}, "NTP clock")] == ["skew"]


def test_a_chart_is_thinned_and_ends_with_the_newest_second() -> None:
    history = [vital(second) for second in range(900)]
    shown = frames.thinned(history)
    assert len(shown) <= frames.MOST_POINTS and shown[-1] is history[-1]


def test_a_second_without_timings_leaves_a_hole_in_the_chart() -> None:
    assert frames.over_time([vital(1)], "feed") == [[1000, None, None, None]]


async def test_the_export_holds_doubts_and_seconds(services) -> None:
    services.vitals.sample()
    written = report(services)
    assert len(written["seconds"]) == 1 and written["doubts"] == ()


async def test_the_page_opens_at_the_view_of_the_link(demo_app, user) -> None:
    await user.open("/performance?view=errors")
    await user.should_see(marker="groups")
