from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.base import DecodeError
from feeds.stamps import iso_ns


def read(text):
    return iso_ns(text, "Venue", "X")


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2026-11-20T10:00:00Z", 1_795_168_800_000_000_000),
        ("2026-11-20T10:00:00.5Z", 1_795_168_800_500_000_000),
        ("2026-11-20T10:00:00.123456+00:00", 1_795_168_800_123_456_000),
        ("2026-11-20T12:00:00.123456789+02:00", 1_795_168_800_123_456_789),
        ("2026-11-20T10:00:00.1234567899Z", 1_795_168_800_123_456_789),
    ],
)
def test_a_time_is_read_to_the_nanosecond(text, ns):
    assert read(text) == ns


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "1790000000000", "2026-11-20", "2026-11-20T10:00:00", "2026-11-20 10:00:00Z"),
        *("2026-13-20T10:00:00Z", "2026-11-20T25:00:00Z", "٢٠٢٦-11-20T10:00:00Z"),
        "2026-11-20T10:00:00.Z",
    ],
)
def test_anything_else_is_an_error_that_names_the_symbol(text):
    with pytest.raises(DecodeError, match="Venue X: time"):
        read(text)


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
)
def test_every_time_of_every_zone_agrees_with_the_calendar(naive, minutes):
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    expected = (since // timedelta(microseconds=1)) * 1000
    assert read(moment.isoformat()) == expected
