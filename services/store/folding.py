"""How far a story's events carry a projection's state. Pure."""

from collections.abc import Collection
from typing import Generic, NamedTuple, TypeVar

from contracts.codec import InvalidEvent
from contracts.events import Deleted, Event
from contracts.fold import Fold, SequenceGap, Snapshot
from contracts.story import Gone

State = TypeVar("State", bound=Snapshot)


class Step(NamedTuple):
    """One event of the log, or why its bytes are none."""

    sequence: int
    event: Event | InvalidEvent


class Folded(NamedTuple, Generic[State]):
    """The state after the last event that could follow, and why the next one could not, if it was there."""

    state: State | Gone | None
    stuck: str | None = None


def forward(fold: Fold[State], state: State | Gone | None, steps: Collection[Step]) -> Folded[State]:
    """Fold `steps`, ascending, as far as they follow one another. What stands beyond a gap waits until it is filled.

    A deletion waits for nothing: what it follows does not matter any more, and may have been erased.
    """
    for sequence, event in steps:
        if type(event) is Deleted:  # the same for our events as isinstance, which is slow where it says no
            return Folded(Gone(story_id=event.story_id, sequence=sequence))
    draft = state.model_copy() if state else None
    reached = draft.sequence if draft else 0
    for sequence, event in steps:
        if sequence <= reached:
            continue
        if sequence > reached + 1:
            break
        if isinstance(event, InvalidEvent):
            return Folded(draft, str(event))
        if type(draft) is Gone:
            return Folded(draft, f"event {sequence} came after the story was deleted")
        try:
            draft = fold.move(draft, event)
        except SequenceGap as error:
            return Folded(draft, str(error))
        reached = sequence
    return Folded(draft)
