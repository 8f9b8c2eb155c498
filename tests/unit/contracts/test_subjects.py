import pytest
from hypothesis import given

from contracts import subjects
from contracts.events import EVENTS, CancelRequested, Event, ProcessingDelta, Requested, RetryRequested
from contracts.ids import InvalidStoryId
from tests import controls
from tests.unit.contracts.test_ids import REFUSED

SOCKET_NAMES = {
    "requested": "story:requested",
    "processing.start": "story:processing:start",
    "processing.progress": "story:processing:progress",
    "processing.complete": "story:processing:complete",
    "processing.error": "story:processing:error",
    "processing.cancelled": "story:processing:cancelled",
    "cancel.requested": "story:cancel:requested",
    "retry.requested": "story:retry:requested",
    "deleted": "story:deleted",
    "processing.delta": "story:processing:delta",
}


def test_the_users_names_are_these_and_no_others() -> None:
    kinds = [ProcessingDelta.kind, *(event.kind for event in EVENTS)]
    assert {kind: subjects.socket_event(kind) for kind in kinds} == SOCKET_NAMES


def test_a_subject_names_the_story_and_what_happened() -> None:
    assert subjects.story_subject(controls.STORY, "processing.start") == f"story.{controls.STORY}.processing.start"
    assert subjects.live_subject(controls.STORY, "processing.delta") == f"live.story.{controls.STORY}.processing.delta"
    assert subjects.write_subject("story.x.requested") == "write.story.x.requested"
    assert subjects.story_events(controls.STORY) == f"story.{controls.STORY}.>"
    assert subjects.story_live(controls.STORY) == f"live.story.{controls.STORY}.>"


@given(controls.story_ids, controls.kinds)
def test_a_subject_reads_back_as_what_it_was_built_from(story: str, kind: str) -> None:
    assert subjects.parse_subject(subjects.story_subject(story, kind)) == (story, kind)
    assert subjects.parse_subject(subjects.live_subject(story, kind)) == (story, kind)


@given(controls.kinds)
def test_a_socket_name_reads_back_as_its_kind(kind: str) -> None:
    assert subjects.kind_of(subjects.socket_event(kind)) == kind


@given(controls.story_ids, controls.kinds)
def test_a_socket_name_is_the_subject_without_the_id(story: str, kind: str) -> None:
    words = subjects.story_subject(story, kind).split(".")
    assert subjects.socket_event(kind) == ":".join(word for word in words if word != story)


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_a_bad_id_gets_into_no_subject_and_out_of_none(text: str) -> None:
    with pytest.raises(InvalidStoryId):
        subjects.story_subject(text, "requested")
    with pytest.raises(InvalidStoryId):
        subjects.live_subject(text, "processing.delta")
    with pytest.raises(InvalidStoryId):
        subjects.story_events(text)
    with pytest.raises(ValueError, match="story"):
        subjects.parse_subject(f"story.{text}.requested")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "story",
        f"story.{controls.STORY}",
        f"story.{controls.STORY}.",
        f"write.story.{controls.STORY}.requested",
        f"live.live.story.{controls.STORY}.processing.delta",
        f"batch.{controls.STORY}.requested",
        f"Story.{controls.STORY}.requested",
        "_INBOX.abc",
    ],
)
def test_what_is_no_storys_subject_is_refused(text: str) -> None:
    with pytest.raises(subjects.InvalidSubject, match="subject"):
        subjects.parse_subject(text)


@pytest.mark.parametrize("name", ["", "story", "story:", "connect", "batch:requested", "story.processing.start"])
def test_what_is_no_storys_socket_name_is_refused(name: str) -> None:
    with pytest.raises(subjects.InvalidSubject, match=r"Socket\.IO"):
        subjects.kind_of(name)


def _matches(pattern: str, subject: str) -> bool:
    """As NATS would: `*` is one word, `>` all that follow."""
    wanted, said = pattern.split("."), subject.split(".")
    if wanted[-1] == ">":
        wanted, said = wanted[:-1], said[: len(wanted) - 1] if len(said) >= len(wanted) else []
    return len(wanted) == len(said) and all(word in ("*", given) for word, given in zip(wanted, said, strict=True))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_each_event_is_heard_by_those_whom_it_concerns(event: type[Event]) -> None:
    subject = subjects.story_subject(controls.STORY, event.kind)
    asks = event in (Requested, RetryRequested)
    assert any(_matches(pattern, subject) for pattern in subjects.REQUESTS) == asks
    assert _matches(subjects.CANCEL_REQUESTS, subject) == (event is CancelRequested)
    assert _matches(subjects.ALL_STORIES, subject)
    assert _matches(subjects.story_events(controls.STORY), subject)
    assert not _matches(subjects.story_events(controls.OTHER_STORY), subject)
    assert not _matches(subjects.ALL_STORIES, subjects.write_subject(subject))


def test_live_text_is_no_part_of_the_log() -> None:
    subject = subjects.live_subject(controls.STORY, ProcessingDelta.kind)
    assert _matches(subjects.ALL_LIVE, subject)
    assert _matches(subjects.story_live(controls.STORY), subject)
    assert not _matches(subjects.ALL_STORIES, subject)
