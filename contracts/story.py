"""The aggregate: what the events of one story add up to. Pure: `evolve(state, event) -> state`, and nothing else."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, final

from pydantic import Field

from contracts.events import (
    CancelRequested,
    Event,
    File,
    ProcessingCancelled,
    ProcessingComplete,
    ProcessingError,
    ProcessingProgress,
    ProcessingStart,
    Requested,
    RetryRequested,
    Step,
    Usage,
    Wire,
)
from contracts.fold import Fold, Snapshot
from contracts.timestamp import Timestamp

Status = Literal["requested", "processing", "complete", "error", "cancelled"]


class Failure(Wire):
    """Why the latest attempt failed."""

    error: str
    step: Step
    code: str
    retryable: bool


class AttemptUsage(Wire):
    """Tokens that one attempt cost; null is unknown, never zero."""

    attempt: int
    input_tokens: int | None
    output_tokens: int | None


@final
class Gone(Snapshot):
    """In place of the state of a deleted story: so that no fold that comes late brings it back."""

    deleted: Literal[True] = True


class StoryState(Snapshot):
    """A story as it stands after its event number `sequence`."""

    status: Status = "requested"
    title: str
    prompt: str | None
    file: File
    owner: str
    request_sequence: int = Field(default=1, description="Sequence of the latest request or retry")
    attempt: int = Field(default=0, description="0 before the first start")
    progress: int = Field(default=0, description="Per cent")
    step: Step | None = None
    message: str | None = None
    model: str | None = None
    cancel_requested: bool = False
    generated_content: str | None = None
    generated_word_count: int | None = None
    processing_time: int | None = Field(default=None, description="Milliseconds")
    failure: Failure | None = None
    usage: tuple[AttemptUsage, ...] = ()
    created_at: Timestamp
    updated_at: Timestamp

    @property
    def ended(self) -> bool:
        """Whether the latest request came to its terminal event."""
        return self.status in ("complete", "error", "cancelled")


def initial(event: Requested) -> StoryState:
    """The state after a story's first event."""
    return StoryState(
        story_id=event.story_id,
        sequence=event.sequence,
        title=event.title,
        prompt=event.prompt,
        file=event.file,
        owner=event.owner,
        created_at=event.timestamp,
        updated_at=event.timestamp,
    )


_NOTHING_YET: dict[str, Any] = {
    "progress": 0,
    "step": None,
    "message": None,
    "cancel_requested": False,
    "generated_content": None,
    "generated_word_count": None,
    "processing_time": None,
    "failure": None,
}


def _start(event: ProcessingStart, state: StoryState) -> dict[str, Any]:
    crashed = state.status == "processing"  # The attempt before this one never said how it ended, nor what it cost.
    return {
        **_NOTHING_YET,
        "status": "processing",
        "step": event.step,
        "attempt": event.attempt,
        "model": event.model,
        "cancel_requested": state.cancel_requested,
        "usage": _spent(state, state.attempt, None) if crashed else state.usage,
    }


def _progress(event: ProcessingProgress, state: StoryState) -> dict[str, Any]:  # noqa: ARG001
    return {"progress": event.progress, "step": event.step, "message": event.message}


def _complete(event: ProcessingComplete, state: StoryState) -> dict[str, Any]:
    return {
        "status": "complete",
        "progress": 100,
        "step": None,
        "message": None,
        "attempt": event.attempt,
        "generated_content": event.generated_content,
        "generated_word_count": event.generated_word_count,
        "processing_time": event.processing_time,
        "usage": _spent(state, event.attempt, event.usage),
    }


def _error(event: ProcessingError, state: StoryState) -> dict[str, Any]:
    return {
        "status": "error",
        "step": event.step,
        "message": None,
        "attempt": event.attempt,
        "failure": Failure(error=event.error, step=event.step, code=event.code, retryable=event.retryable),
        "usage": _spent(state, event.attempt, event.usage),
    }


def _cancelled(event: ProcessingCancelled, state: StoryState) -> dict[str, Any]:
    return {
        "status": "cancelled",
        "message": None,
        "attempt": event.attempt,
        "usage": _spent(state, event.attempt, event.usage),
    }


def _cancel_requested(event: CancelRequested, state: StoryState) -> dict[str, Any]:  # noqa: ARG001
    return {"cancel_requested": True}


def _retry_requested(event: RetryRequested, state: StoryState) -> dict[str, Any]:  # noqa: ARG001
    return {**_NOTHING_YET, "status": "requested", "request_sequence": event.sequence}


def _spent(state: StoryState, attempt: int, usage: Usage | None) -> tuple[AttemptUsage, ...]:
    counted = AttemptUsage(
        attempt=attempt,
        input_tokens=usage.input_tokens if usage else None,
        output_tokens=usage.output_tokens if usage else None,
    )
    return (*state.usage, counted)


# Any other kind moves the sequence on and changes nothing. A plain look-up: singledispatch costs a weak reference an event.
_CHANGES: Mapping[type[Event], Callable[[Any, StoryState], dict[str, Any]]] = {
    ProcessingStart: _start,
    ProcessingProgress: _progress,
    ProcessingComplete: _complete,
    ProcessingError: _error,
    ProcessingCancelled: _cancelled,
    CancelRequested: _cancel_requested,
    RetryRequested: _retry_requested,
}


def _changed(event: Event, state: StoryState) -> dict[str, Any]:
    change = _CHANGES.get(type(event))
    changed = change(event, state) if change else {}
    changed["updated_at"] = event.timestamp
    return changed


STORY = Fold(initial, _changed)
evolve = STORY.evolve
fold = STORY.over
