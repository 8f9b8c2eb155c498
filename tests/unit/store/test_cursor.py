import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.store.cursor import Cursor, InvalidCursor, parse

CURSOR = Cursor("2026-01-31T09:30:00.250Z", "01jhv7w0000000000000000001")


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_cursor_comes_back_as_it_went(created_at: str, story_id: str) -> None:
    cursor = Cursor(created_at, story_id)

    assert parse(cursor.render()) == cursor


def test_a_cursor_needs_no_escapes_in_a_url() -> None:
    assert set(CURSOR.render()) <= set(string.ascii_letters + string.digits + "-_")


@pytest.mark.parametrize(
    "text", ["", "x", "?", "ä", "e30", "WzEsMl0", "W10", CURSOR.render()[:-4], CURSOR.render() + "A"]
)
def test_anything_else_is_no_cursor(text: str) -> None:
    with pytest.raises(InvalidCursor, match="before"):
        parse(text)
