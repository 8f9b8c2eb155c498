"""Example messages that every test may use, and strategies that make up whole stories."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st

from contracts.envelope import Envelope
from contracts.events import (
    CancelRequested,
    Deleted,
    Event,
    File,
    ProcessingCancelled,
    ProcessingComplete,
    ProcessingDelta,
    ProcessingError,
    ProcessingProgress,
    ProcessingStart,
    Requested,
    RetryRequested,
    UnknownEvent,
    Usage,
)

E = TypeVar("E", bound=Event)

STORY = "01jhv7w0000000000000000001"
OTHER_STORY = "01jhv7w0000000000000000002"
BEGINNING = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
TEXT = "The lamp was lit.\nNobody had lit it."
STEPS = {25: "reading_file", 50: "ai_processing", 75: "saving_file"}


def moment(sequence: int) -> datetime:
    """When an event with this sequence happened: a second and some milliseconds apart from the next."""
    return BEGINNING + timedelta(milliseconds=1_250 * sequence)


def file() -> File:
    return File(name="notes.txt", size=11, digest="ab" * 32, object=STORY)


def usage() -> Usage:
    return Usage(input_tokens=120, output_tokens=480)


def requested(**changes: Any) -> Requested:
    return _event(Requested, 1, {"title": "The Lamp", "file": file(), "owner": "ada"} | changes)


def start(sequence: int = 2, **changes: Any) -> ProcessingStart:
    return _event(ProcessingStart, sequence, {"step": "story_generation", "attempt": 1} | changes)


def progress(per_cent: int = 25, sequence: int = 3, **changes: Any) -> ProcessingProgress:
    said = {"progress": per_cent, "step": STEPS[per_cent], "attempt": 1}
    return _event(ProcessingProgress, sequence, said | changes)


def complete(sequence: int = 6, **changes: Any) -> ProcessingComplete:
    said = {"generated_content": TEXT, "generated_word_count": 8, "processing_time": 4_000, "attempt": 1}
    return _event(ProcessingComplete, sequence, said | changes)


def error(sequence: int = 3, **changes: Any) -> ProcessingError:
    said = {"error": "The file holds no words.", "step": "reading_file", "code": "empty_text", "retryable": False}
    return _event(ProcessingError, sequence, said | {"attempt": 1} | changes)


def cancelled(sequence: int = 4, **changes: Any) -> ProcessingCancelled:
    return _event(ProcessingCancelled, sequence, {"attempt": 1} | changes)


def cancel_requested(sequence: int = 3, **changes: Any) -> CancelRequested:
    return _event(CancelRequested, sequence, changes)


def retry_requested(sequence: int = 4, **changes: Any) -> RetryRequested:
    return _event(RetryRequested, sequence, changes)


def deleted(sequence: int = 7, **changes: Any) -> Deleted:
    return _event(Deleted, sequence, {"owner": "ada"} | changes)


def unknown(sequence: int = 2, **changes: Any) -> UnknownEvent:
    """Like what a newer service writes."""
    return _event(UnknownEvent, sequence, {"mood": "hopeful"} | changes)


def delta(index: int = 0, **changes: Any) -> ProcessingDelta:
    said = {"story_id": STORY, "timestamp": moment(4), "attempt": 1, "index": index, "text": "The lamp "}
    return ProcessingDelta.model_validate(said | changes)


def finished_story(**changes: Any) -> tuple[Event, ...]:
    """A story to which nothing happened but success; the changes go into every event."""
    return (
        requested(**changes),
        start(2, **changes),
        progress(25, 3, **changes),
        progress(50, 4, **changes),
        progress(75, 5, **changes),
        complete(6, **changes),
    )


def failed_story(**changes: Any) -> tuple[Event, ...]:
    """A story whose only attempt failed."""
    return requested(**changes), start(2, **changes), error(3, **changes)


def cancelled_story(**changes: Any) -> tuple[Event, ...]:
    """A story that its owner wanted no more."""
    return requested(**changes), start(2, **changes), cancel_requested(3, **changes), cancelled(4, **changes)


def envelope(event: Event, id: str = "01jhv7w0000000000000000009") -> Envelope:  # noqa: A002 - CloudEvents' word
    return Envelope.of(event, id, "tests")


def _event(kind: type[E], sequence: int, said: dict[str, Any]) -> E:
    always = {"story_id": STORY, "sequence": sequence, "timestamp": moment(sequence)}
    return kind.model_validate(always | said)


Sequenced = Callable[[int], Event]  # an event that still wants its sequence

story_ids = st.text("0123456789abcdefghijklmnopqrstuvwxyz", min_size=26, max_size=26)
kinds = st.lists(st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12), min_size=1, max_size=3).map(".".join)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)  # a lone surrogate is no text
_usages = st.none() | st.builds(Usage, input_tokens=st.none() | st.integers(0, 9_999), output_tokens=st.none())


@st.composite
def histories(draw: st.DrawFn) -> tuple[Event, ...]:
    """Everything that may happen to a story: crashes, retried steps, cancels, failures, retries, kinds yet unknown."""
    attempt = 0
    written: list[Sequenced] = []
    requests = draw(st.integers(1, 3))
    for request in range(requests):
        starts = draw(st.integers(0, 2))  # More than one: those before the last crashed.
        for _ in range(starts):
            attempt += 1
            written += _attempt(draw, attempt)
        if request + 1 < requests or draw(st.booleans()):
            attempt += 0 if starts else 1  # What ended before it started counts as an attempt all the same.
            written.append(_ending(draw, attempt, [complete, error, cancelled] if starts else [error, cancelled]))
        if request + 1 < requests:
            written.append(retry_requested)
    said = requested(prompt=draw(st.none() | texts), title=draw(texts))
    return said, *(event(sequence) for sequence, event in enumerate(written, start=2))


def _attempt(draw: st.DrawFn, attempt: int) -> list[Sequenced]:
    model, message = draw(st.none() | texts), draw(st.none() | texts)
    steps: list[Sequenced] = [lambda sequence: start(sequence, attempt=attempt, model=model)]
    for per_cent in draw(st.lists(st.sampled_from(sorted(STEPS)), max_size=4).map(sorted)):
        steps.append(_progressed(per_cent, attempt, message))
        steps += draw(st.lists(st.sampled_from([cancel_requested, unknown]), max_size=1))
    return steps


def _progressed(per_cent: int, attempt: int, message: str | None) -> Sequenced:
    return lambda sequence: progress(per_cent, sequence, attempt=attempt, message=message)


def _ending(draw: st.DrawFn, attempt: int, ends: list[Callable[..., Event]]) -> Sequenced:
    end = draw(st.sampled_from(ends))
    spent = draw(_usages)
    return lambda sequence: end(sequence, attempt=attempt, usage=spent)
