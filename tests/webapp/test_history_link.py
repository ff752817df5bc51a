from datetime import UTC, datetime

import pytest

from market.instrument import Side
from models.base import Source
from storage.filters import NEWEST_FIRST, HistoryFilter, Sort
from webapp.history_link import FIELDS, read_link, sort_text

SECOND = 1_000_000_000


def ns(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * SECOND  # type: ignore[misc,arg-type]


def test_an_empty_address_means_everything_newest_first():
    link = read_link({})
    assert (link.wanted, link.sort, link.problems) == (HistoryFilter(), NEWEST_FIRST, {})


def test_every_field_reaches_the_filter():
    values = {"source": "live", "venue": "OKX", "instrument": "btc", "side": "sell"}
    values |= {"style": "twap", "recipe": "exact", "min": "1,000", "max": "5000.5"}
    values |= {"tag": " Big  ONE ", "text": "fall", "from": "2026-03-31", "to": "2026-03-31"}
    assert set(values) == set(FIELDS)
    assert read_link(values).wanted == HistoryFilter(
        source=Source.LIVE,
        venue="okx",
        instrument="btc",
        side=Side.SELL,
        style="twap",
        recipe="exact",
        min_notional_quote=1000.0,
        max_notional_quote=5000.5,
        tag="big one",
        text="fall",
        from_ns=ns(2026, 3, 31),
        to_ns=ns(2026, 4, 1) - 1,
    )


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("2026-03-31 14:05", ns(2026, 3, 31, 14, 5), ns(2026, 3, 31, 14, 6) - 1),
        ("2026-03-31T14:05:07Z", ns(2026, 3, 31, 14, 5, 7), ns(2026, 3, 31, 14, 5, 8) - 1),
    ],
)
def test_a_moment_includes_all_of_itself(typed: str, first: int, last: int):
    wanted = read_link({"from": typed, "to": typed}).wanted
    assert (wanted.from_ns, wanted.to_ns) == (first, last)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("from", "soon"),
        ("to", "9999-01-01"),
        ("side", "up"),
        ("source", "<b>"),
        ("style", "evil"),
        ("min", "-1"),
        ("max", "nan"),
        ("sort", "-receipt_sha256"),
    ],
)
def test_what_makes_no_sense_is_left_out_and_said_with_what_is_allowed(name: str, value: str):
    link = read_link({name: value})
    assert list(link.problems) == [name]
    assert "allowed: " in link.problems[name]
    assert (link.wanted, link.sort) == (HistoryFilter(), NEWEST_FIRST)


@pytest.mark.parametrize("sort", [NEWEST_FIRST, Sort(by="total_bps"), Sort(is_descending=False)])
def test_an_order_survives_the_address(sort: Sort):
    assert read_link({"sort": sort_text(sort)}).sort == sort
