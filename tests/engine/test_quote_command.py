"""`quote` prices a book out of a file, or a moment of a recording."""

import argparse
import gzip
import io
import json

import pytest

from engine.command_line import run as run_program
from engine.quote_command import add_quote
from engine.recorded_state import moment_ns, recorded_state
from market.errors import OrderError
from market.trust import Grade
from tests.models.test_quote_json import MARKET

S = 1_000_000_000
T0 = 1_790_000_000 * S
SYMBOL = "BTC-USDT"


def run(*arguments):
    parser = argparse.ArgumentParser()
    add_quote(parser)
    options = parser.parse_args([str(one) for one in arguments])
    return options.command(options)


@pytest.fixture
def market(tmp_path):
    path = tmp_path / "book.json"
    path.write_text(json.dumps(MARKET))
    return path


def test_a_quote_as_a_table(market, capsys):
    assert run(market, "--side", "buy", "--amount", 2) == 0
    shown = capsys.readouterr().out
    assert "total                     160.1500           3.203" in shown


def test_a_quote_as_json_has_the_names_of_previews(market, capsys):
    run(market, "--side", "buy", "--amount", 203, "--unit", "quote", "--json")
    shown = json.loads(capsys.readouterr().out)
    assert (shown["filled"], shown["average_price"]) == (2.0, 101.5)
    assert shown["total_bps"] == pytest.approx(160.15)


def test_a_quote_takes_order_type_parameters_recipe_and_rates(market, capsys):
    rest = ["--type", "limit", "--set", "limit.price=101", "--recipe", "schedule"]
    rates = ["--maker-bps", 0, "--taker-bps", 7, "--sigma-day", 0.05, "--json"]
    run(market, "--side", "buy", "--amount", 2, *rest, *rates)
    shown = json.loads(capsys.readouterr().out)
    assert (shown["taken"], shown["resting"]) == (1.0, 1.0)
    assert shown["recipe"] == "schedule"
    assert shown["waiting"]["price"] == 101.0


def test_a_quote_takes_a_model_of_impact(market, capsys):
    chosen = ["--recipe", "worked_2005", "--impact", "i_star"]
    run(market, "--side", "buy", "--amount", 2, *chosen, "--json")
    shown = json.loads(capsys.readouterr().out)
    assert [part["model"] for part in shown["components"]] == ["fees", "i_star"]
    assert shown["impact_model"] == "i_star"


def test_a_quote_names_the_models_of_impact_that_a_recipe_has_a_place_for(market):
    with pytest.raises(OrderError, match="allowed: almgren_2005, i_star"):
        run(
            market, "--side", "buy", "--amount", 2, "--recipe", "worked_2005", "--impact=propagator"
        )


def test_a_quote_reads_standard_input(monkeypatch, capsys):
    text = io.TextIOWrapper(io.BytesIO(json.dumps(MARKET).encode()))
    monkeypatch.setattr("sys.stdin", text)
    assert run("-", "--side", "sell", "--amount", 1) == 0
    assert "Sell 1 BTC" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--amount", -1], "quantity"),
        (["--amount", 1, "--set", "limit.ticks"], "MODEL.FIELD=VALUE"),
        (["--amount", 1, "--set", "magic.x=1"], "nothing is called"),
        (["--amount", 1, "--tier", "magic"], "no tier"),
        (["--amount", 1, "--maker-bps", 1], "one rate is missing"),
    ],
)
def test_what_cannot_be_meant_is_said(market, arguments, message):
    with pytest.raises(OrderError, match=message):
        run(market, "--side", "buy", *arguments)


def test_a_book_without_a_price_is_said(tmp_path):
    path = tmp_path / "book.json"
    path.write_text(json.dumps({**MARKET, "bids": [[103, 1]]}))
    with pytest.raises(OrderError, match="crossed"):
        run(path, "--side", "buy", "--amount", 1)


# -- at a moment of a recording ----------------------------------------------------------------


def line(kind, at_s, raw=None, **fields):
    text = {} if raw is None else {"raw": json.dumps(raw)}
    return {"t": kind, "ts_ns": T0 + round(at_s * S), "conn": "fathom", **fields, **text}


def frame(at_s, seq, ask, *, snapshot=False, removed=()):
    return line(
        "recv",
        at_s,
        {
            "book": SYMBOL,
            "snapshot": snapshot,
            "seq": seq,
            "event_ns": T0 + round(at_s * S),
            "bids": [[99.0, 1.0]],
            "asks": [[ask, 1.0], *([price, 0.0] for price in removed)],
        },
    )


@pytest.fixture
def recording(tmp_path):
    facts = {key: value for key, value in MARKET["instrument"].items() if key != "symbol"}
    listed = {
        **facts,
        "venue_symbol": SYMBOL,
        "settle": "",
        "kind": "spot",
        "product": "spot",
        "contract_size": 1.0,
    }
    lines = [
        line("http", 0, [listed], url="fathom://import/fathom/instruments"),
        line("connect", 0, url="fathom://import"),
        frame(1, 1, 101.0, snapshot=True),
        frame(2, 2, 105.0, removed=[101.0]),
    ]
    path = tmp_path / "fathom.jsonl.gz"
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(one) + "\n" for one in lines)
    return path


def best_ask(path, at):
    return float(recorded_state(path, SYMBOL, at).book.ask_prices[0])


def test_the_book_of_a_recording_is_that_of_its_moment(recording):
    assert best_ask(recording, "+0.5") == 101.0
    assert best_ask(recording, "") == 105.0


def test_a_state_is_of_the_moment_that_was_asked_for(recording):
    found = recorded_state(recording, "", "+0.5")
    assert found.trust.grade is not Grade.REFUSE
    assert found.as_of_ns == T0 + round(1.5 * S)


def test_seconds_count_from_the_first_message_and_not_from_the_list_of_instruments(recordings):
    path = recordings / "okx" / "okx_books_trades_20220513.jsonl.gz"
    assert recorded_state(path, "BTC-USDT", "+5").book is not None


def test_a_moment_before_the_first_message_is_refused_with_those_there_are(recording):
    with pytest.raises(OrderError) as refused:
        recorded_state(recording, "", "2020-01-01")
    assert (refused.value.field, refused.value.allowed) == ("at", "2026-09-21T14:13:21Z or later")


def test_a_recording_is_quoted(recording, capsys):
    assert run(recording, "--side", "buy", "--amount", 0.5, "--at", "+0.5", "--json") == 0
    assert json.loads(capsys.readouterr().out)["arrival_price"] == 100.0


def test_the_program_knows_the_command(market, tmp_path, capsys):
    assert run_program(["quote", str(market), "--side", "buy", "--amount", "2"], tmp_path) == 0
    assert "160.1500" in capsys.readouterr().out


def test_the_program_says_what_was_wrong_and_fails(market, tmp_path, capsys):
    assert run_program(["quote", str(market), "--side", "buy", "--amount", "-1"], tmp_path) == 1
    assert "quantity" in capsys.readouterr().err


def test_a_market_that_is_not_in_the_recording_is_refused_with_those_that_are(recording):
    with pytest.raises(OrderError) as refused:
        recorded_state(recording, "ETH-USDT")
    assert refused.value.allowed == SYMBOL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+2.5", T0 + round(2.5 * S)),
        (str(T0), T0),
        ("2026-09-21T14:13:20Z", T0),
        ("2026-09-21T16:13:20+02:00", T0),
        ("2026-09-21T14:13:20", T0),
    ],
)
def test_a_moment_may_be_typed_in_four_ways(text, expected):
    assert moment_ns(text, T0) == expected


@pytest.mark.parametrize(
    "text", ["noon", "+", "+nan", "+inf", "+1e300", "-5", "9" * 30, "0001-01-01", "²"]
)
def test_a_text_that_is_no_time_is_refused(text):
    with pytest.raises(OrderError, match="is no time"):
        moment_ns(text, T0)


def test_a_real_recording_is_quoted(recordings, capsys):
    path = recordings / "okx" / "okx_books_trades_20220513.jsonl.gz"
    with pytest.raises(OrderError) as refused:
        recorded_state(path, "no such market")
    symbol = refused.value.allowed.split(", ")[0]
    found = recorded_state(path, symbol)
    assert found.book is not None or found.trust.reason
