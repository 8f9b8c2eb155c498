"""Examples that every implementation of the fold has to agree with: events, and what they add up to after each of them.

They are for those who fold in another language than Python; the page does.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts import live
from contracts.events import (
    CancelRequested,
    Deleted,
    Event,
    ProcessingCancelled,
    ProcessingComplete,
    ProcessingDelta,
    ProcessingError,
    ProcessingProgress,
    ProcessingStart,
    Requested,
    RetryRequested,
    UnknownEvent,
)
from contracts.live import DeltaGap
from contracts.socket import LiveText
from contracts.story import StoryState, evolve
from contracts.subjects import socket_event

_STORY = "01jhv7w0000000000000000001"
_BEGINNING = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
_FILE = {"name": "notes.txt", "size": 11, "digest": "ab" * 32, "object": _STORY}
_STEPS = {25: "reading_file", 50: "ai_processing", 75: "saving_file"}

Said = tuple[type[Event], dict[str, Any]]


def _requested(**more: Any) -> Said:
    return Requested, {"title": "The Lamp", "file": _FILE, "owner": "ada"} | more


def _start(attempt: int, **more: Any) -> Said:
    return ProcessingStart, {"step": "story_generation", "attempt": attempt} | more


def _progress(per_cent: int, attempt: int, **more: Any) -> Said:
    return ProcessingProgress, {"progress": per_cent, "step": _STEPS[per_cent], "attempt": attempt} | more


def _complete(attempt: int, **more: Any) -> Said:
    text = "The lamp was lit.\nZoë 🦊 had lit it."
    said = {"generated_content": text, "generated_word_count": 9, "processing_time": 4_000, "attempt": attempt}
    return ProcessingComplete, said | more


def _error(attempt: int, **more: Any) -> Said:
    said = {"error": "The model stopped.", "step": "ai_processing", "code": "stalled", "retryable": True}
    return ProcessingError, said | {"attempt": attempt} | more


def _cancelled(attempt: int, **more: Any) -> Said:
    return ProcessingCancelled, {"attempt": attempt} | more


_CANCEL: Said = CancelRequested, {}
_RETRY: Said = RetryRequested, {}
_USAGE = {"usage": {"input_tokens": 120, "output_tokens": None}}

_HISTORIES: dict[str, list[Said]] = {
    "finished": [_requested(), _start(1), _progress(25, 1), _progress(50, 1), _progress(75, 1), _complete(1)],
    "with everything that may be left out": [
        _requested(prompt="A calm ending, please"),
        _start(1, model="scripted"),
        _progress(25, 1, message="Reading notes.txt"),
        _progress(50, 1, message="The model is busy; trying again"),
        _complete(1, **_USAGE),
    ],
    "failed, and retried": [
        _requested(), _start(1), _progress(50, 1), _error(1, **_USAGE), _RETRY, _start(2), _progress(25, 2), _complete(2),
    ],
    "failed before it had started": [_requested(), _error(1, step="story_generation", retryable=False)],
    "cancelled while it was written": [_requested(), _start(1), _progress(50, 1), _CANCEL, _cancelled(1)],
    "cancelled while it waited": [_requested(), _CANCEL, _cancelled(1)],
    "cancelled and retried": [_requested(), _start(1), _CANCEL, _cancelled(1), _RETRY, _start(2), _complete(2)],
    "crashed in the middle, with a cancel on its way": [
        _requested(), _start(1), _progress(50, 1), _CANCEL, _start(2), _progress(25, 2), _cancelled(2),
    ],
    "crashed twice": [_requested(), _start(1), _start(2, model="scripted"), _progress(75, 2), _start(3), _complete(3)],
    "written anew when it was finished": [_requested(), _start(1), _complete(1, **_USAGE), _RETRY, _start(2), _complete(2)],
    "deleted when it was finished": [_requested(), _start(1), _complete(1), (Deleted, {"owner": "ada"})],
    "with a kind that only a newer service knows": [
        _requested(), (UnknownEvent, {"mood": "hopeful"}), _start(1), (UnknownEvent, {}), _complete(1),
    ],
}  # fmt: skip

_DELTAS: dict[str, tuple[LiveText | None, list[tuple[int, int, str]]]] = {
    "one after the other": (live.begin(None, 1), [(1, 0, "The lamp "), (1, 1, "was lit. "), (1, 2, "Zoë 🦊 slept.")]),
    "from the middle": (LiveText(attempt=1, next_index=2, text="The lamp "), [(1, 1, "lamp "), (1, 2, "was "), (1, 3, "lit.")]),
    "a piece twice": (live.begin(None, 1), [(1, 0, "The "), (1, 0, "The "), (1, 1, "lamp")]),
    "a piece is missing": (live.begin(None, 1), [(1, 0, "The "), (1, 2, "was lit.")]),
    "another attempt": (live.begin(None, 1), [(1, 0, "The lamp "), (2, 0, "Once "), (1, 1, "was lit."), (2, 1, "more.")]),
    "another attempt without its beginning": (live.begin(None, 1), [(1, 0, "The "), (2, 1, "more.")]),
    "while no attempt is known to run": (None, [(1, 0, "The lamp")]),
}  # fmt: skip


def documents() -> dict[str, Any]:
    """What the files say, by their names."""
    return {
        "story": [{"name": name, "steps": list(_folded(history))} for name, history in _HISTORIES.items()],
        "live": [
            {"name": name, "before": _said(before), "steps": list(_followed(before, deltas))}
            for name, (before, deltas) in _DELTAS.items()
        ],
    }


def _folded(history: list[Said]) -> Iterable[dict[str, Any]]:
    state: StoryState | None = None
    for sequence, (kind, said) in enumerate(history, start=1):
        moment = _BEGINNING + timedelta(milliseconds=1_250 * sequence)
        event = kind.model_validate({"story_id": _STORY, "sequence": sequence, "timestamp": moment} | said)
        state = evolve(state, event)
        yield {"event": {"name": socket_event(event.kind), "data": _said(event)}, "state": _said(state)}


def _followed(text: LiveText | None, deltas: list[tuple[int, int, str]]) -> Iterable[dict[str, Any]]:
    """The text after each delta, `gap` where one is missing: from there on a client has to join again."""
    for attempt, index, piece in deltas:
        said = {"story_id": _STORY, "timestamp": _BEGINNING, "attempt": attempt, "index": index, "text": piece}
        delta = ProcessingDelta.model_validate(said)
        try:
            text = live.follow(text, delta)
        except DeltaGap:
            yield {"delta": _said(delta), "text": "gap"}
            return
        yield {"delta": _said(delta), "text": _said(text)}


def _said(value: Event | ProcessingDelta | StoryState | LiveText | None) -> Any:
    return None if value is None else value.model_dump(mode="json")
