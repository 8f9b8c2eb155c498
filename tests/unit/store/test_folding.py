from collections.abc import Sequence

import bson
from hypothesis import assume, given
from hypothesis import strategies as st

from contracts.events import Event, UnknownEvent
from contracts.story import STORY, StoryState, fold
from services.store.database import Document, storable
from services.store.folding import Folded, Step
from services.store.folding import forward as fold_steps
from services.store.log import step
from services.store.projections.stories import STORIES
from tests import controls


def logged(event: Event) -> Document:
    """What a fold reads of the event in the log."""
    return {
        "storyId": event.story_id,
        "sequence": event.sequence,
        "kind": "mood.changed" if isinstance(event, UnknownEvent) else event.kind,
        "version": event.version,
        "payload": event.body().decode(),
    }


def log_of(events: Sequence[Event]) -> list[Step]:
    return [step(logged(event)) for event in events]


def forward(state: StoryState | None, steps: list[Step]) -> Folded[StoryState]:
    return fold_steps(STORY, state, steps)


@given(controls.histories())
def test_folding_the_log_gives_the_fold_of_what_was_said(history: tuple[Event, ...]) -> None:
    assert forward(None, log_of(history)) == (fold(history), None)


@given(controls.histories(), st.data())
def test_a_state_that_went_through_mongodb_folds_on_as_if_it_had_not(
    history: tuple[Event, ...], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(1, len(history)))
    state = forward(None, log_of(history[:cut])).state
    assert state is not None
    assume(storable(STORIES.document(state)))

    read_back = STORIES.read(bson.decode(bson.encode(STORIES.document(state))))

    assert isinstance(read_back, StoryState)
    assert read_back == state
    assert read_back.body() == state.body()
    folded, expected = forward(read_back, log_of(history)).state, fold(history)
    assert folded is not None
    assert expected is not None
    assert folded.body() == expected.body()


def test_a_document_spells_its_fields_as_the_wire_does() -> None:
    state = fold(controls.finished_story())
    assert state is not None

    document = STORIES.document(state)

    assert document["_id"] == document["storyId"] == controls.STORY
    assert document["generatedContent"] == controls.TEXT
    assert document["createdAt"] == "2026-01-31T09:30:01.250Z"


def test_what_stands_beyond_a_gap_waits() -> None:
    first, second, third, *_ = controls.finished_story()

    assert forward(None, log_of([first, third])).state == fold([first])
    assert forward(fold([first]), log_of([second, third])).state == fold([first, second, third])


def test_events_that_the_state_has_already_change_nothing() -> None:
    events = controls.finished_story()

    assert forward(fold(events), log_of(events)) == (fold(events), None)


def test_a_story_without_a_beginning_has_no_state() -> None:
    assert forward(None, log_of([controls.start(2)])) == (None, None)


def test_a_story_that_begins_with_the_wrong_event_is_stuck() -> None:
    state, stuck = forward(None, log_of([controls.start(1)]))

    assert state is None
    assert stuck is not None
    assert "begins with processing.start" in stuck


def test_a_story_is_stuck_before_an_event_that_cannot_be_read() -> None:
    first, second, third, *_ = controls.finished_story()
    broken = step(logged(second) | {"payload": "{}"})

    state, stuck = forward(None, [*log_of([first]), broken, *log_of([third])])

    assert state == fold([first])
    assert stuck is not None
    assert "processing.start" in stuck
