"""Sweeps as the page declares them, runs them and shows what came of them."""

import asyncio
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nicegui.testing import User

from engine.sweeps import analysis
from engine.sweeps.query import Filter
from models.sweep.axes import Grid, LatinHypercube, Linear, Listed, Log, Random
from models.sweep.declaration import (
    Frozen,
    Market,
    Recorded,
    Scenario,
    Sweep,
    Tier,
    changed,
    to_json,
)
from tests.webapp.test_pages import only, open_priced, until
from webapp.frames import sweep_figures
from webapp.sweeps.charts import around
from webapp.sweeps.draft import AxisText, Draft, declared
from webapp.sweeps.look import Look, read_address, to_address
from webapp.sweeps.presets import PRESETS, of_ticket, preset
from webapp.sweeps.reading import read
from webapp.ticket import Ticket

TICKET = Ticket(source="demo", venue="okx", instrument="BTC-USDT-SWAP", quantity="2.5")

numbers = st.integers(1, 10**9).map(lambda n: n / 1000)
spans = st.tuples(numbers, numbers).map(sorted)
counts = st.integers(1, 500)
spacings = st.sampled_from(["linear", "log"])
axes = st.one_of(
    st.lists(numbers, min_size=1, max_size=9).map(lambda v: Listed(tuple(v))),
    st.builds(lambda s, step: Grid(*s, step), spans, numbers),
    st.builds(lambda s, n: Linear(*s, n), spans, counts),
    st.builds(lambda s, n: Log(*s, n), spans, counts),
    st.builds(lambda s, how: Random(*s, how), spans, spacings),
    st.builds(lambda s, how: LatinHypercube(*s, how), spans, spacings),
)


# -- what is typed -----------------------------------------------------------------------------


@given(size=axes, sigma=axes, depth=axes)
def test_a_declaration_comes_back_the_same_from_the_text_in_the_builder(size, sigma, depth):
    sweep = Sweep(
        name="any",
        states=Recorded("a.jsonl.gz", "BTCUSDT", 7, start="+3"),
        size=size,
        sigma_day=sigma,
        depth_times=depth,
        impacts=("", "i_star"),
        parameters={"twap.duration_s": Listed((30.0, 60.0))},
        tiers=(Tier(name="VIP1"), Tier(maker_bps=-0.5, taker_bps=1.5)),
        scenarios=(Scenario("mine", 0.5, 2.0, 3.0),),
    )
    draft = declared(sweep)
    again = read(draft)
    assert again.problems == {}
    kept = {"samples": 0, "seed": 0} if not draft.is_drawn else {"samples": 1000}
    assert to_json(again.sweep) == to_json(changed(sweep, **kept))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_a_declaration_as_it_stands(name):
    found = read(preset(name, TICKET, "some.jsonl.gz"))
    assert found.problems == {}
    assert found.sweep.name == f"{PRESETS[name].title}, BTC-USDT-SWAP"


def test_the_order_of_the_ticket_is_one_point_of_a_sweep():
    ticket = Ticket(
        source="demo", venue="okx", instrument="X", quantity="3", unit="contracts", side="sell"
    )
    ticket.volatility, ticket.sigma, ticket.style = "manual", "2.5", "twap"
    ticket.type_parameter("twap.duration_s", "60")
    sweep = read(of_ticket(ticket)).sweep
    assert sweep.states == Frozen((Market("demo", "okx", "X"),))
    assert sweep.axes == {
        "size": Listed((3.0,)),
        "sigma_day": Listed((0.025,)),
        "twap.duration_s": Listed((60.0,)),
    }
    assert [side.value for side in sweep.sides] == ["sell"]


@pytest.mark.parametrize(
    ("field", "draft"),
    [
        ("size", Draft(axes={"size": AxisText(values="1 two 3")})),
        ("size", Draft(axes={"size": AxisText(values="")})),
        ("size", Draft(axes={"size": AxisText("linear", low="1", high="2", step="1.5")})),
        ("markets", Draft()),
        ("recording", Draft(states="recorded")),
        ("count", Draft(states="recorded", recording="a", count="0")),
        ("own_tiers", Draft(own_tiers="2 5")),
        ("own_scenarios", Draft(own_scenarios="crash: 1, 2")),
        ("sides", Draft(sides=[])),
        ("name", Draft(name=" ")),
        ("samples", Draft(axes={"size": AxisText("random", low="1", high="2")}, samples="many")),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field_with_what_is_allowed(field, draft):
    problem = read(draft).problems[field]
    assert "allowed:" in problem


def test_a_look_at_results_survives_its_address():
    look = Look(measure="risk_bps", how="max", x="size", y="side", sort="-total_bps")
    look.filters = ["size,>,5", "side,=,sell"]
    assert read_address(to_address(look)) == look


def test_a_cell_stands_for_its_bin_and_the_first_and_last_are_open():
    values = (1.0, 2.0, 4.0)
    assert around("size", values, 0) == (Filter("size", "<", 1.5),)
    assert around("size", values, 1) == (Filter("size", ">=", 1.5), Filter("size", "<", 3.0))
    assert around("size", values, 2) == (Filter("size", ">=", 3.0),)
    assert around("side", ("buy", "sell"), 1) == (Filter("side", "=", "sell"),)


def test_a_heatmap_without_a_number_has_a_hole_and_not_a_zero():
    found = analysis.Heatmap(x=(1.0, 2.0), y=("buy",), cells=((5.0, None),))
    trace = sweep_figures.heatmap(found, "size", "side", "total_bps")["data"][0]
    assert trace["z"] == [[5.0, None]]
    assert trace["text"] == [["5.00", "–"]]


# -- the page ----------------------------------------------------------------------------------


async def declared_sweep(user: User) -> None:
    """The page with a declaration that can be started."""
    await open_priced(user)
    user.find("Sweeps").click()
    await user.should_see(marker="start-sweep", retries=80)
    await until(lambda: only(user, "start-sweep").enabled)


async def done_sweep(user: User) -> None:
    """The queue, with a first sweep that is done."""
    await declared_sweep(user)
    user.find(marker="start-sweep").click()
    await user.should_see(marker="sweep-runs", retries=80)
    await until_done(user)


async def until_done(user: User, rows: int = 1) -> None:
    """Worker processes take their time to start on a busy machine."""
    async with asyncio.timeout(60):
        while any(state_of(user, row) != "done" for row in range(rows)):
            await asyncio.sleep(0.05)


def state_of(user: User, row: int = 0) -> str:
    """What the table says of a run."""
    rows = only(user, "sweep-runs").rows
    return rows[row][1][1][0] if len(rows) > row else ""


@pytest.mark.usefixtures("demo_app")
async def test_the_count_follows_what_is_typed_and_a_bad_axis_cannot_be_started(user: User):
    await declared_sweep(user)
    assert only(user, "points").text == "82"
    user.find(marker="step-size").clear().type("50")
    await until(lambda: only(user, "points").text == "100")
    user.find(marker="step-size").clear().type("none")
    await until(lambda: not only(user, "start-sweep").enabled)
    assert "is not a number" in only(user, "problem-size").text
    user.find(marker="step-size").clear().type("900000000")
    await until(lambda: "1 to 1,000,000" in only(user, "problem-size").text)


@pytest.mark.usefixtures("demo_app")
async def test_a_sweep_over_budget_says_what_would_fit(user: User):
    await declared_sweep(user)
    user.find(marker="step-size").clear().type("1000000")
    with user:
        only(user, "add-axis").set_value("sigma_day")
    await user.should_see(marker="kind-sigma_day", retries=80)
    only(user, "kind-sigma_day").set_value("linear")
    for key, text in (("low", "1"), ("high", "9"), ("step", "1000")):
        user.find(marker=f"{key}-sigma_day").clear().type(text)
    await until(lambda: "FATHOM_SWEEP_POINTS" in only(user, "sweep-problem").text)
    assert not only(user, "start-sweep").enabled


@pytest.mark.usefixtures("demo_app")
async def test_a_sweep_is_started_studied_opened_and_taken_away(user: User):
    await done_sweep(user)
    with user:
        await only(user, "sweep-runs").act("open", "1")
    await user.should_see(marker="summary", retries=80)
    await until(lambda: only(user, "summary").rows)
    assert only(user, "summary").rows[0][1][1][0] == "82"
    user.find(marker="view-table").click()
    await user.should_see(marker="points-table", retries=80)
    table = only(user, "points-table")
    await until(lambda: table.count == 82)
    answer = await user.http_client.get("/api/v1/sweeps/1/export.csv")
    exported = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row[0] for row in table.rows] == [row["point"] for row in exported]
    heads = [head[2] for head in table._props["heads"]]
    assert heads == list(exported[0])
    at = heads.index("total_bps")
    shown = [float(row[1][at]) for row in table.rows]
    assert shown == pytest.approx([float(row["total_bps"]) for row in exported], abs=0.005)
    with user:
        await table.open(7)
    await user.should_see(marker="point-total", retries=80)
    total = float(exported[7]["total_bps"])
    assert only(user, "point-total").text == f"{total:.2f} bps"
    user.find(marker="to-ticket").click()
    await user.should_see(marker="quantity", retries=80)
    await until(lambda: float(only(user, "quantity").value) == float(exported[7]["size"]))


@pytest.mark.usefixtures("demo_app")
async def test_every_view_of_the_results_has_its_own_address(user: User):
    await done_sweep(user)
    views = {
        "heatmap": "heatmap",
        "lines": "lines",
        "pareto": "pareto",
        "extremes": "lowest",
        "sensitivity": "effects",
    }
    for view, mark in views.items():
        await user.open(f"/sweeps?run=1&view={view}")
        await user.should_see(marker=mark, retries=80)
        await user.should_not_see(marker="results-said", retries=80)


@pytest.mark.usefixtures("demo_app")
async def test_a_deleted_sweep_comes_back_when_that_is_undone(user: User):
    await done_sweep(user)
    with user:
        await only(user, "sweep-runs").act("delete", "1")
    await until(lambda: not only(user, "sweep-runs").rows)
    user.find(marker="undo-sweep").click()
    await until(lambda: state_of(user) == "done")


@pytest.mark.usefixtures("demo_app")
async def test_again_brings_the_declaration_back_and_two_sweeps_are_compared(user: User):
    await done_sweep(user)
    with user:
        await only(user, "sweep-runs").act("again", "1")
    await user.should_see(marker="start-sweep", retries=80)
    await until(lambda: only(user, "start-sweep").enabled)
    user.find(marker="start-sweep").click()
    await user.should_see(marker="sweep-runs", retries=80)
    await until_done(user, 2)
    await user.open("/sweeps?show=compare&first=1&second=2")
    await user.should_see(marker="changes", retries=80)
    changes = only(user, "changes").rows
    assert len(changes) == 20
    assert {change[1][3][0] for change in changes} <= {"buy", "sell"}


@pytest.mark.usefixtures("demo_app")
async def test_a_sweep_that_is_not_there_is_said_so(user: User):
    await user.open("/sweeps?run=77")
    await user.should_see("there is no sweep 77")
