"""Whatever order deltas come in, what is shown is the beginning of the text of the latest attempt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import live
from contracts.live import DeltaGap
from contracts.socket import LiveText
from tests import controls


def test_pieces_add_up() -> None:
    text = live.fold([controls.delta(0, text="Once 🦆"), controls.delta(1, text=" upon")], attempt=1)
    assert text == LiveText(attempt=1, next_index=2, text="Once 🦆 upon")


def test_a_piece_had_before_changes_nothing() -> None:
    text = live.begin(None, 1)
    for index in (0, 0, 1, 0, 1):
        text = live.follow(text, controls.delta(index, text=str(index))) or text
    assert text.text == "01"


def test_a_missing_piece_is_a_gap() -> None:
    with pytest.raises(DeltaGap, match="delta 1 came where 0 follows"):
        live.follow(live.begin(None, 1), controls.delta(1))


def test_a_higher_attempt_retracts_the_text() -> None:
    text = live.follow(live.begin(None, 1), controls.delta(0, text="It was"))
    assert live.begin(text, 2) == LiveText(attempt=2, next_index=0, text="")
    assert live.follow(text, controls.delta(0, attempt=2, text="Once")) == LiveText(
        attempt=2, next_index=1, text="Once"
    )


def test_a_start_that_is_told_again_retracts_nothing() -> None:
    text = live.follow(live.begin(None, 2), controls.delta(0, attempt=2, text="Once"))
    assert live.begin(text, 1) == live.begin(text, 2) == text


def test_a_piece_of_a_retracted_attempt_changes_nothing() -> None:
    text = live.begin(None, 2)
    assert live.follow(text, controls.delta(0, attempt=1)) == text


def test_who_has_no_beginning_shows_nothing() -> None:
    assert live.follow(None, controls.delta(5)) is None
    assert live.fold([controls.delta(5)], attempt=1) is None


@given(st.data())
def test_repeats_and_stragglers_of_lower_attempts_never_change_what_is_shown(data: st.DataObject) -> None:
    words = data.draw(st.lists(st.text(), min_size=1, max_size=8))
    text = live.begin(None, 2)
    for index, word in enumerate(words):
        for _ in range(data.draw(st.integers(0, 2))):
            back = data.draw(st.integers(0, index))
            stray = controls.delta(back, attempt=data.draw(st.integers(1, 2)), text=words[back])
            if (stray.attempt, stray.index) != (2, index):
                text = live.follow(text, stray) or text
        text = live.follow(text, controls.delta(index, attempt=2, text=word)) or text
    assert text == LiveText(attempt=2, next_index=len(words), text="".join(words))
