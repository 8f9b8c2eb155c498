"""What a projection is: a name, a state per story, and the pure function that folds the next event into it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pymongo import IndexModel

from contracts.events import Event
from contracts.story import Gone, Snapshot
from services.store.database import Document

State = TypeVar("State", bound=Snapshot)


@dataclass(frozen=True)
class Projection(Generic[State]):
    """One document a story, under the story's id, with the sequence of the last event in it.

    That sequence is what makes it exact: an event is folded once, however often and in whatever order it comes, and
    what is to be known of many stories is added up when it is asked for. `evolve` gets the story's events in order,
    None as the state before the first, and raises SequenceGap for an event that cannot follow.
    """

    name: str
    state: type[State]
    evolve: Callable[[State | None, Event], State]
    indexes: tuple[IndexModel, ...] = ()

    def document(self, state: State | Gone) -> Document:
        """The state as MongoDB keeps it: its JSON, and its story's id as the key."""
        return {"_id": state.story_id, **state.model_dump(mode="json")}

    def read(self, document: Document) -> State | Gone:
        """What `document` was given."""
        kind = Gone if "deleted" in document else self.state
        return kind.model_validate({key: value for key, value in document.items() if key != "_id"})
