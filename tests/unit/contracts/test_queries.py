import pytest
from pydantic import ValidationError

from contracts.queries import EventsQuery, ListQuery, StoryQuery, StoryReply
from contracts.story import fold
from tests import controls


def test_a_query_says_what_was_not_said() -> None:
    assert EventsQuery.model_validate_json(f'{{"storyId": "{controls.STORY}"}}') == EventsQuery(
        story_id=controls.STORY, after=0, limit=100
    )
    assert ListQuery(owner="ada") == ListQuery(owner="ada", limit=20, before=None)


@pytest.mark.parametrize("wrong", [{"after": -1}, {"after": 2**53}, {"limit": 0}, {"limit": 1_001}, {"after": "x"}])
def test_a_page_that_nobody_can_serve_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        EventsQuery.model_validate({"story_id": controls.STORY} | wrong)


@pytest.mark.parametrize("wrong", [{"$gt": ""}, "", "*", None, 7])
def test_a_query_takes_a_storys_id_and_nothing_else(wrong: object) -> None:
    with pytest.raises(ValidationError):
        StoryQuery.model_validate({"storyId": wrong})


def test_a_reply_reads_back_byte_for_byte() -> None:
    reply = StoryReply(story=fold(controls.finished_story()))
    assert StoryReply.model_validate_json(reply.body()).body() == reply.body()
    assert StoryReply(story=None).body() == b'{"story":null}'
