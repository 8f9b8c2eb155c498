"""What each story adds to the figures of a day: one line a request, with what came of it."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import Field
from pymongo import ASCENDING, IndexModel

from contracts.events import (
    Event,
    ProcessingCancelled,
    ProcessingComplete,
    ProcessingError,
    ProcessingStart,
    Requested,
    RetryRequested,
    Step,
    Wire,
)
from contracts.fold import Fold, Snapshot
from contracts.queries import Day
from services.store.projections.projection import Projection


class RequestActivity(Wire):
    """A request or a retry: the day it was made, the model of its latest attempt, the day and the manner of its end."""

    asked: Day
    model: str | None = None
    ended: Day | None = None
    outcome: Literal["complete", "error", "cancelled"] | None = None
    step: Step | None = None
    code: str | None = None
    words: int = 0
    processing_time: int | None = Field(default=None, description="Milliseconds")
    input_tokens: int = 0
    output_tokens: int = 0


class StoryActivity(Snapshot):
    """All requests of one story."""

    owner: str
    requests: tuple[RequestActivity, ...]


def _begin(event: Requested) -> StoryActivity:
    asked = RequestActivity(asked=_day(event))
    return StoryActivity(story_id=event.story_id, sequence=event.sequence, owner=event.owner, requests=(asked,))


def _change(event: Event, state: StoryActivity) -> dict[str, Any]:
    if type(event) is RetryRequested:
        return {"requests": (*state.requests, RequestActivity(asked=_day(event)))}
    told = _TOLD.get(type(event))
    if told is None:
        return {}
    *earlier, latest = state.requests
    return {"requests": (*earlier, latest.model_copy(update=told(event)))}


def _started(event: ProcessingStart) -> dict[str, Any]:
    return {"model": event.model}


def _completed(event: ProcessingComplete) -> dict[str, Any]:
    told = {"words": event.generated_word_count, "processing_time": event.processing_time}
    return {"outcome": "complete", **told, **_end(event)}


def _failed(event: ProcessingError) -> dict[str, Any]:
    return {"outcome": "error", "step": event.step, "code": event.code, **_end(event)}


def _cancelled(event: ProcessingCancelled) -> dict[str, Any]:
    return {"outcome": "cancelled", **_end(event)}


def _end(event: ProcessingComplete | ProcessingError | ProcessingCancelled) -> dict[str, Any]:
    """The day, and the tokens of the attempt that ended: what a crashed one cost is unknown."""
    spent = event.usage
    return {
        "ended": _day(event),
        "input_tokens": (spent and spent.input_tokens) or 0,
        "output_tokens": (spent and spent.output_tokens) or 0,
    }


# What an event says about the request at hand; any other kind says nothing.
_TOLD: Mapping[type[Event], Callable[[Any], dict[str, Any]]] = {
    ProcessingStart: _started,
    ProcessingComplete: _completed,
    ProcessingError: _failed,
    ProcessingCancelled: _cancelled,
}


def _day(event: Event) -> str:
    return event.timestamp.date().isoformat()


OWNER = IndexModel([("owner", ASCENDING)], name="owner")

ACTIVITY = Projection("activity", StoryActivity, Fold(_begin, _change), (OWNER,))
