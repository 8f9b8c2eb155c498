"""How far a story's events carry a projection's state. Pure."""

from collections.abc import Callable, Iterable
from typing import Generic, NamedTuple, TypeVar

from contracts.codec import InvalidEvent
from contracts.events import Event
from contracts.story import SequenceGap, Snapshot

State = TypeVar("State", bound=Snapshot)


class Step(NamedTuple):
    """One event of the log, or why its bytes are none."""

    sequence: int
    event: Event | InvalidEvent


class Folded(NamedTuple, Generic[State]):
    """The state after the last event that could follow, and why the next one could not, if it was there."""

    state: State | None
    stuck: str | None = None


def forward(
    evolve: Callable[[State | None, Event], State], state: State | None, steps: Iterable[Step]
) -> Folded[State]:
    """Fold `steps`, ascending, as far as they follow one another. What stands beyond a gap waits until it is filled."""
    reached = state.sequence if state else 0
    for sequence, event in steps:
        if sequence <= reached:
            continue
        if sequence > reached + 1:
            break
        if isinstance(event, InvalidEvent):
            return Folded(state, str(event))
        try:
            state = evolve(state, event)
        except SequenceGap as error:
            return Folded(state, str(error))
        reached = sequence
    return Folded(state)
