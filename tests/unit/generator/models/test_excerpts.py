from hypothesis import given
from hypothesis import strategies as st

from services.generator.models.excerpts import cost, excerpts, shortened

LONG = " ".join(f"This is sentence number {number} of a long, long text." for number in range(1000))


def test_a_short_text_is_taken_whole() -> None:
    assert excerpts("One.  Two.\nThree.", 100) == ["One. Two. Three."]


def test_a_long_text_gives_its_opening_its_middle_and_its_later_part() -> None:
    opening, middle, later = excerpts(LONG, 200)
    assert opening.startswith("This is sentence number 0 ")
    assert middle.startswith("This is sentence number 333 ")
    assert later.startswith("This is sentence number 666 ")


def test_the_opening_has_the_most_room() -> None:
    opening, middle, later = excerpts(LONG, 200)
    assert len(opening) > len(middle) == len(later)


def test_passages_are_whole_sentences() -> None:
    assert all(passage.endswith("text.") for passage in excerpts(LONG, 200))


def test_no_text_gives_no_passage() -> None:
    assert excerpts(" \n ", 100) == []


@given(st.text(), st.integers(min_value=20, max_value=500))
def test_passages_never_cost_more_than_there_is_room_for(text: str, tokens: int) -> None:
    assert sum(map(cost, excerpts(text * 50, tokens))) <= tokens


def test_a_text_without_stops_is_cut_between_words() -> None:
    assert shortened("word " * 100, 10).split() == ["word"] * 5
