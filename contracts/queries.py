"""What the store is asked over NATS, and what it answers: request/reply on the subjects `store.query.*`."""

from typing import Annotated

from pydantic import Field

from contracts.events import Wire, optional
from contracts.ids import StoryId
from contracts.story import StoryState
from contracts.timestamp import Timestamp

# JSON's whole numbers end where JavaScript's do; MongoDB's end before those of Python.
After = Annotated[int, Field(ge=0, le=2**53 - 1, description="The last sequence that the asker has; 0 for none")]


class StoryQuery(Wire):
    """On `store.query.story`: one story's projection."""

    story_id: StoryId


class StoryReply(Wire):
    """The story; null when the projection does not have it (yet)."""

    story: StoryState | None


class ListQuery(Wire):
    """On `store.query.list`: an owner's stories, newest first."""

    owner: str
    limit: int = Field(default=20, ge=1, le=100)
    before: str | None = Field(default=None, description="The `next` of the page before")


class ListReply(Wire):
    """One page, the stories' texts left out; `next` is null on the last one."""

    stories: tuple[StoryState, ...]
    next: str | None


class EventsQuery(Wire):
    """On `store.query.events`: a story's log after a sequence."""

    story_id: StoryId
    after: After = 0
    limit: int = Field(default=100, ge=1, le=1_000)


class LoggedEvent(Wire):
    """One event as the log keeps it: the envelope, where it stood in the stream, and the very bytes of its body."""

    id: str
    kind: str
    version: int
    source: str
    time: Timestamp
    correlation: str
    causation: str
    sequence: int
    position: int
    epoch: str
    payload: str


class EventsReply(Wire):
    """One page, ascending; `next` is the `after` of the following page, null on the last one."""

    events: tuple[LoggedEvent, ...]
    next: int | None


class QueryFailed(Wire):
    """The answer to a query that the store could not serve."""

    error: str
    field: Annotated[
        str | None, optional("Which part of the query was at fault; not there when it was not the query")
    ] = None
