"""How far a story's events carry its state. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from contracts.codec import InvalidEvent, decode
from contracts.queries import LoggedEvent
from contracts.story import SequenceGap, StoryState, evolve
from services.store.database import Document


class Folded(NamedTuple):
    """The state after the last event that could follow, and why the next one could not, if it was there."""

    state: StoryState | None
    stuck: str | None = None


def forward(state: StoryState | None, events: Iterable[LoggedEvent]) -> Folded:
    """Fold `events`, ascending, as far as they follow one another. What stands beyond a gap waits until it is filled."""
    for logged in events:
        reached = 0 if state is None else state.sequence
        if logged.sequence <= reached:
            continue
        if logged.sequence > reached + 1:
            break
        try:
            state = evolve(state, decode(logged.kind, logged.version, logged.payload))
        except (InvalidEvent, SequenceGap) as error:
            return Folded(state, str(error))
    return Folded(state)


def to_document(state: StoryState) -> Document:
    """The state as the projection keeps it: its JSON, and its story's id as the key."""
    return {"_id": state.story_id, **state.model_dump(mode="json")}


def from_document(document: Document) -> StoryState:
    """What `to_document` was given."""
    return StoryState.model_validate({key: value for key, value in document.items() if key != "_id"})
