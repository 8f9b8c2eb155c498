"""What a projection is: a name, a state per story, and how the next event is folded into it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from pymongo import IndexModel

from contracts.fold import Fold, Snapshot
from contracts.story import Gone
from services.store.database import Document

State = TypeVar("State", bound=Snapshot)


@dataclass(frozen=True)
class Projection(Generic[State]):
    """One document a story, under the story's id, with the sequence of the last event in it.

    That sequence is what makes it exact: an event is folded once, however often and in whatever order it comes, and
    what is to be known of many stories is added up when it is asked for.
    """

    name: str
    state: type[State]
    fold: Fold[State]
    indexes: tuple[IndexModel, ...] = ()

    def document(self, state: State | Gone) -> Document:
        """The state as MongoDB keeps it: its JSON, and its story's id as the key."""
        return {"_id": state.story_id, **state.model_dump(mode="json")}

    def read(self, document: Document) -> State | Gone:
        """What `document` was given."""
        kind = Gone if "deleted" in document else self.state
        return kind.model_validate({key: value for key, value in document.items() if key != "_id"})
