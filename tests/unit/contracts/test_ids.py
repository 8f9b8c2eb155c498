import pytest
from hypothesis import given
from pydantic import TypeAdapter, ValidationError

from contracts.events import StoryId
from contracts.ids import InvalidStoryId, story_id
from tests import controls

FIELD: TypeAdapter[str] = TypeAdapter(StoryId)
REFUSED = {
    "empty": "",
    "25 characters": "0" * 25,
    "27 characters": "0" * 27,
    "upper case": "A" + "0" * 25,
    "a dot": "0" * 12 + "." + "0" * 13,
    "the wildcard for one word": "0" * 25 + "*",
    "the wildcard for all that follows": "0" * 25 + ">",
    "a space": "0" * 12 + " " + "0" * 13,
    "a newline behind 26 good ones": "0" * 26 + "\n",
    "a newline as the 26th": "0" * 25 + "\n",
    "a carriage return": "0" * 25 + "\r",
    "NUL": "0" * 25 + "\0",
    "a digit of another script": "0" * 25 + "٣",
    "a letter of another script": "0" * 25 + "ä",
    "a hyphen": "0" * 25 + "-",
    "a slash": "0" * 25 + "/",
}


@given(controls.story_ids)
def test_26_digits_and_small_letters_are_a_story_id(text: str) -> None:
    assert story_id(text) == text


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidStoryId, match="26 characters of 0-9 and a-z"):
        story_id(text)


@pytest.mark.parametrize("text", [*REFUSED.values(), "a" * 25 + "\u2028"], ids=[*REFUSED.keys(), "a line separator"])
def test_a_field_refuses_the_same_and_quotes_nothing(text: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        FIELD.validate_python(text)
    assert [each["msg"] for each in refusal.value.errors()] == [
        "not a story id; a story id is 26 characters of 0-9 and a-z"
    ]


@given(controls.story_ids)
def test_a_field_takes_what_is_a_story_id(text: str) -> None:
    assert FIELD.validate_json(f'"{text}"') == text


def test_a_refusal_quotes_no_more_than_the_beginning() -> None:
    with pytest.raises(InvalidStoryId) as refusal:
        story_id("x" * 100_000)
    assert len(str(refusal.value)) < 120
