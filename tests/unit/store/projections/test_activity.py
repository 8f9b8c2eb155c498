from contracts.events import Event
from contracts.story import fold
from services.store.projections.activity import ACTIVITY, RequestActivity, StoryActivity
from tests import controls

DAY = "2026-01-31"


def activity(*events: Event) -> StoryActivity:
    state: StoryActivity | None = ACTIVITY.fold.over(events)
    assert state is not None
    assert state.sequence == events[-1].sequence
    return state


def test_a_request_is_counted_on_its_day_before_anybody_takes_it_up() -> None:
    assert activity(controls.requested()).requests == (RequestActivity(asked=DAY),)


def test_a_completed_request_tells_model_words_time_and_tokens() -> None:
    events = (controls.requested(), controls.start(2, model="scripted"), controls.complete(3, usage=controls.usage()))

    assert activity(*events).requests == (
        RequestActivity(
            asked=DAY,
            model="scripted",
            ended=DAY,
            outcome="complete",
            words=8,
            processing_time=4_000,
            input_tokens=120,
            output_tokens=480,
        ),
    )


def test_a_failed_request_tells_step_and_code() -> None:
    (failed,) = activity(*controls.failed_story()).requests
    assert (failed.outcome, failed.step, failed.code) == ("error", "reading_file", "empty_text")


def test_a_retry_is_a_request_of_its_own_and_leaves_the_first_as_it_ended() -> None:
    events = (*controls.failed_story(), controls.retry_requested(4), controls.start(5, attempt=2), controls.complete(6))
    first, second = activity(*events).requests
    assert (first.outcome, second.outcome) == ("error", "complete")


def test_an_end_counts_on_the_day_it_came() -> None:
    late = controls.cancelled(3, timestamp="2026-02-01T00:00:00.000Z")
    (request,) = activity(controls.requested(), controls.start(2), late).requests
    assert (request.asked, request.ended, request.outcome) == (DAY, "2026-02-01", "cancelled")


def test_events_that_say_nothing_of_it_move_the_sequence_on() -> None:
    before = activity(controls.requested(), controls.start(2))
    after = activity(controls.requested(), controls.start(2), controls.progress(25, 3), controls.unknown(4))
    assert after == before.model_copy(update={"sequence": 4})


def test_it_follows_whatever_the_story_follows_and_goes_through_mongodb_unchanged() -> None:
    events = controls.finished_story()
    state = activity(*events)
    story = fold(events)
    assert story is not None
    assert state.sequence == story.sequence
    assert ACTIVITY.read(ACTIVITY.document(state)) == state
