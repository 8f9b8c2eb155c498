import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events import Event, Usage
from contracts.fold import SequenceGap
from contracts.story import AttemptUsage, Failure, StoryState, evolve, fold
from tests import controls

stories = controls.histories()


def _folded(*events: Event) -> StoryState:
    state = fold(events)
    assert state is not None
    return state


@given(stories, st.data())
def test_folding_in_two_parts_is_folding_at_once(story: tuple[Event, ...], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(story)))
    assert fold(story[cut:], fold(story[:cut])) == fold(story)


@given(stories)
def test_a_state_reads_back_from_its_json_byte_for_byte(story: tuple[Event, ...]) -> None:
    state = _folded(*story)
    read = StoryState.model_validate_json(state.body())
    assert read == state
    assert read.body() == state.body()


@given(stories)
def test_a_state_counts_its_events(story: tuple[Event, ...]) -> None:
    state = _folded(*story)
    assert state.sequence == len(story)
    assert state.created_at == story[0].timestamp
    assert state.updated_at == story[-1].timestamp


@given(stories)
def test_what_the_status_says_and_what_the_state_holds_agree(story: tuple[Event, ...]) -> None:
    for length in range(1, len(story) + 1):
        state = _folded(*story[:length])
        assert (state.generated_content is not None) == (state.status == "complete")
        assert (state.processing_time is not None) == (state.status == "complete")
        assert (state.failure is not None) == (state.status == "error")
        assert state.ended == (state.status in ("complete", "error", "cancelled"))
        assert (state.progress == 100) == (state.status == "complete")


@given(stories)
def test_every_attempt_that_is_over_is_accounted_for_once(story: tuple[Event, ...]) -> None:
    state = _folded(*story)
    over = state.attempt - 1 if state.status == "processing" else state.attempt
    assert [each.attempt for each in state.usage] == list(range(1, over + 1))


@given(stories)
def test_folding_does_not_change_what_it_folds(story: tuple[Event, ...]) -> None:
    before = [event.body() for event in story]
    first = _folded(story[0])
    kept = first.body()
    fold(story[1:], first)
    for event in story[1:2]:
        evolve(first, event)
    assert first.body() == kept
    assert [event.body() for event in story] == before


@given(stories, st.data())
def test_an_event_that_is_not_the_next_one_is_refused(story: tuple[Event, ...], data: st.DataObject) -> None:
    state = _folded(*story)
    wrong = data.draw(st.integers(1, len(story) + 9).filter(lambda sequence: sequence != len(story) + 1))
    with pytest.raises(SequenceGap, match=f"event {wrong} came where {len(story) + 1} follows"):
        evolve(state, controls.unknown(wrong))


def test_nothing_folds_to_nothing() -> None:
    assert fold([]) is None


def test_a_story_begins_with_its_request() -> None:
    with pytest.raises(SequenceGap, match="event 2 came where 1 follows"):
        evolve(None, controls.start(2))
    with pytest.raises(SequenceGap, match=r"begins with processing\.start"):
        evolve(None, controls.start(1))


def test_an_event_of_another_story_is_refused() -> None:
    with pytest.raises(SequenceGap, match=controls.OTHER_STORY):
        evolve(_folded(controls.requested()), controls.start(2, story_id=controls.OTHER_STORY))


def test_a_request_waits() -> None:
    state = _folded(controls.requested(prompt="Gently"))
    assert (state.status, state.sequence, state.attempt, state.progress) == ("requested", 1, 0, 0)
    assert (state.title, state.prompt, state.owner, state.file) == ("The Lamp", "Gently", "ada", controls.file())
    assert state.request_sequence == 1


def test_progress_shows_step_and_message_until_the_next_says_otherwise() -> None:
    trying = [*controls.finished_story()[:3], controls.progress(50, 4, message="Trying again")]
    state = _folded(*trying)
    assert (state.status, state.progress, state.step, state.message) == (
        "processing",
        50,
        "ai_processing",
        "Trying again",
    )
    assert _folded(*trying, controls.progress(75, 5)).message is None


def test_a_finished_story_holds_its_text() -> None:
    state = _folded(*controls.finished_story())
    assert (state.status, state.progress, state.step) == ("complete", 100, None)
    assert (state.generated_content, state.generated_word_count) == (controls.TEXT, 8)
    assert state.processing_time == 4_000


def test_a_failed_story_says_why() -> None:
    state = _folded(*controls.failed_story())
    assert state.status == "error"
    assert state.failure == Failure(
        error="The file holds no words.", step="reading_file", code="empty_text", retryable=False
    )


def test_a_wish_to_cancel_is_a_flag_until_the_generator_grants_it() -> None:
    *wished, granted = controls.cancelled_story()
    assert (_folded(*wished).status, _folded(*wished).cancel_requested) == ("processing", True)
    assert _folded(*wished, granted).status == "cancelled"


def test_a_wish_to_cancel_outlives_a_crash_of_the_attempt() -> None:
    story = [controls.requested(), controls.start(2), controls.cancel_requested(3), controls.start(4, attempt=2)]
    assert _folded(*story).cancel_requested


@pytest.mark.parametrize("ended", [controls.finished_story(), controls.failed_story(), controls.cancelled_story()])
def test_a_retry_retracts_all_that_the_attempt_before_it_said(ended: tuple[Event, ...]) -> None:
    fresh = _folded(controls.requested())
    state = _folded(*ended, controls.retry_requested(len(ended) + 1))
    kept = {"sequence", "request_sequence", "updated_at", "attempt", "usage", "model"}
    assert state.model_dump(exclude=kept) == fresh.model_dump(exclude=kept)
    assert (state.attempt, state.request_sequence) == (1, len(ended) + 1)


def test_a_new_start_retracts_the_progress_of_the_attempt_that_crashed() -> None:
    state = _folded(*controls.finished_story()[:5], controls.start(6, attempt=2))
    assert (state.attempt, state.progress, state.step, state.message) == (2, 0, "story_generation", None)


def test_usage_is_kept_for_each_attempt_and_unknown_is_null_never_zero() -> None:
    state = _folded(
        controls.requested(),
        controls.start(2),
        controls.start(3, attempt=2),  # the first crashed
        controls.error(4, attempt=2, usage=Usage(input_tokens=7, output_tokens=None)),
        controls.retry_requested(5),
        controls.start(6, attempt=3),
        controls.complete(7, attempt=3, usage=controls.usage()),
    )
    assert state.usage == (
        AttemptUsage(attempt=1, input_tokens=None, output_tokens=None),
        AttemptUsage(attempt=2, input_tokens=7, output_tokens=None),
        AttemptUsage(attempt=3, input_tokens=120, output_tokens=480),
    )
