from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts.timestamp import Timestamp, render, truncate

TIMESTAMP: TypeAdapter[datetime] = TypeAdapter(Timestamp)
# Every moment that is in the calendar in every time zone.
moments = st.builds(
    lambda since, zone: (datetime(1, 1, 3, tzinfo=UTC) + since).astimezone(zone),
    st.timedeltas(timedelta(), datetime(9999, 12, 29, tzinfo=UTC) - datetime(1, 1, 3, tzinfo=UTC)),
    st.timezones() | st.just(UTC),
)


def test_a_time_is_written_in_utc_with_milliseconds_and_a_z() -> None:
    assert render(datetime(2026, 1, 31, 9, 30, 0, 250_000, tzinfo=UTC)) == "2026-01-31T09:30:00.250Z"
    assert render(datetime(2026, 1, 31, 9, 30, tzinfo=UTC)) == "2026-01-31T09:30:00.000Z"


def test_what_is_finer_than_a_millisecond_is_cut_off_never_rounded_up() -> None:
    assert render(datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == "2026-12-31T23:59:59.999Z"


def test_another_time_zone_becomes_utc() -> None:
    evening = datetime(2026, 1, 31, 23, 30, tzinfo=timezone(-timedelta(hours=5, minutes=30)))
    assert render(evening) == "2026-02-01T05:00:00.000Z"
    assert TIMESTAMP.validate_python(evening).tzinfo is UTC


@given(moments)
def test_what_was_written_reads_back_equal(moment: datetime) -> None:
    kept = TIMESTAMP.validate_python(moment)
    assert TIMESTAMP.validate_json(TIMESTAMP.dump_json(kept)) == kept
    assert abs(kept - moment) < timedelta(milliseconds=1)


@given(moments)
def test_truncating_twice_changes_nothing(moment: datetime) -> None:
    assert truncate(truncate(moment)) == truncate(moment)


@given(moments, moments)
def test_text_sorts_as_time_does(one: datetime, other: datetime) -> None:
    assert (render(one) <= render(other)) == (truncate(one) <= truncate(other))


@pytest.mark.parametrize(
    "text",
    ["2026-01-31T09:30:00", "2026-01-31", "yesterday", "", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"],
)
def test_a_time_without_a_zone_or_outside_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TIMESTAMP.validate_python(text)
