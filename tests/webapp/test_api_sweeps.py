"""Sweeps over HTTP, on the app as it runs."""

import asyncio

import msgspec

from models.sweep import Embedded, Listed, Recorded, Sweep, Tier, to_json
from tests.builders import state

ROUTE = "/api/v1/sweeps"
SWEEP = Sweep(
    name="over HTTP",
    states=Embedded((state(),)),
    size=Listed((0.5, 2.0, 77.0)),
    sides=("buy", "sell"),
    depth_policies=("reject",),
    tiers=(Tier(maker_bps=1.0, taker_bps=5.0),),
)


async def started(user):
    await user.open("/")
    return user.http_client


async def finished(client, run_id):
    async with asyncio.timeout(60):
        while (run := (await client.get(f"{ROUTE}/{run_id}")).json())["state"] != "done":
            assert run["state"] in ("preparing", "running"), run
            await asyncio.sleep(0.05)
    return run


async def test_a_sweep_is_counted_run_asked_and_deleted(demo_app, user):
    client, body = await started(user), to_json(SWEEP)
    counted = (await client.post(f"{ROUTE}/preview", content=body)).json()
    assert (counted["points"], counted["states"]) == (6, 1)
    answer = await client.post(ROUTE, content=body)
    assert answer.status_code == 201
    run = await finished(client, answer.json()["id"])
    assert (run["points_done"], run["refused"], run["share"]) == (6, 2, 1.0)
    here = f"{ROUTE}/{run['id']}"

    assert (await client.get(f"{here}/declaration")).content == body
    page = (await client.get(f"{here}/points", params={"sort": "total_bps", "limit": 2})).json()
    assert page["count"] == 6
    point = page["rows"][0]
    alone = (await client.get(f"{here}/points/{point['point']}")).json()
    assert alone["estimate"]["total_bps"] == point["total_bps"]
    sold = await client.get(f"{here}/points", params={"filter": ["side,=,sell", "size,<,3"]})
    assert sold.json()["count"] == 2
    for question in (
        "summary",
        "heatmap?x=size&y=side",
        "lines?x=size&by=side",
        "pareto",
        "extremes",
        "sensitivity",
        f"compare/{run['id']}",
    ):
        assert (await client.get(f"{here}/{question}")).status_code == 200, question
    export = await client.get(f"{here}/export.jsonl")
    assert len(msgspec.json.Decoder().decode_lines(export.content)) == 6

    assert (await client.delete(here)).status_code == 200
    assert (await client.get(here)).status_code == 404


REFUSED = [
    ("POST", "", b"{", 422, "sweep"),
    ("POST", "", to_json(SWEEP).replace(b"0.5", b"null"), 422, "size.values[0]"),
    ("POST", "", to_json(SWEEP).replace(b'"exact"', b'"moon"'), 422, "recipes"),
    (
        "POST",
        "/preview",
        to_json(msgspec.structs.replace(SWEEP, states=Recorded("../session.key", "", 5))),
        422,
        "states.recording",
    ),
    ("GET", "/99", None, 404, "sweep"),
    ("GET", "/99/summary", None, 404, "sweep"),
    ("GET", "/99/export.csv", None, 404, "sweep"),
    ("POST", "/99/cancel", None, 404, "sweep"),
    ("POST", "/99/explode", None, 422, "action"),
]


async def test_what_cannot_be_is_a_problem_that_names_the_field(demo_app, user):
    client = await started(user)
    for method, path, body, status, field in REFUSED:
        answer = await client.request(method, ROUTE + path, content=body)
        assert answer.status_code == status, (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["field"] == field
        assert answer.json()["detail"]
