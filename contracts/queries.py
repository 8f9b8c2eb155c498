"""What the store is asked over NATS, and what it answers: request/reply on the subjects `store.query.*`."""

from typing import Annotated

from pydantic import Field

from contracts.envelope import Envelope
from contracts.events import Step, StoryId, Wire, optional
from contracts.story import StoryState
from contracts.timestamp import Timestamp, render

Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="A day in UTC: `2026-01-31`")]
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
    erased: Annotated[
        str | None, optional("SHA-256 of the payload that was taken away, lower-case hex; the payload is empty then")
    ] = None

    @property
    def envelope(self) -> Envelope:
        """As it was when the event was written, but for what only traces it."""
        time = render(self.time)
        return Envelope(self.id, self.kind, self.version, self.source, time, self.correlation, self.causation)


class EventsReply(Wire):
    """One page, ascending; `next` is the `after` of the following page, null on the last one."""

    events: tuple[LoggedEvent, ...]
    next: int | None


class ActivityQuery(Wire):
    """On `store.query.activity`: what an owner's stories came to on each day."""

    owner: str
    since: Annotated[Day | None, optional("The first day, included")] = None
    until: Annotated[Day | None, optional("The last day, included")] = None


class Failures(Wire):
    """How many requests failed in one way."""

    step: Step
    code: str
    count: int


class ProcessingTimes(Wire):
    """How long attempts took that completed, in milliseconds: exact, by nearest rank."""

    p50: int
    p95: int


class DayActivity(Wire):
    """One day and one model. A request counts on the day it was made, its end on the day it ended; every retry is a request."""

    day: Day
    model: str | None = Field(description="Null for requests that no attempt took up, and for models without a name")
    asked: int = Field(default=0, description="Requests, retries among them")
    completed: int = 0
    failed: tuple[Failures, ...] = ()
    cancelled: int = 0
    words: int = Field(default=0, description="Words of completed stories")
    input_tokens: int = Field(default=0, description="Tokens read by the model, as far as they are known")
    output_tokens: int = Field(default=0, description="Tokens written by the model, as far as they are known")
    processing_time: ProcessingTimes | None = Field(default=None, description="Null when none completed")


class ActivityReply(Wire):
    """Ascending by day, then by model."""

    days: tuple[DayActivity, ...]


class QueryFailed(Wire):
    """The answer to a query that the store could not serve."""

    error: str
    field: Annotated[
        str | None, optional("Which part of the query was at fault; not there when it was not the query")
    ] = None
