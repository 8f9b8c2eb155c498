"""A log as large as one likes, the same for the same seed: what trials of replay, rebuild and export are run on."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from contracts.envelope import Envelope
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
    Usage,
)
from contracts.subjects import story_subject
from services.common.clock import seeded_ids
from services.store.entry import Entry, read

OWNER = "seed"
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_AT_ONCE = 40  # stories whose events interleave
_PACE = timedelta(milliseconds=700)  # between two events
_WORDS = (
    "the",
    "lamp",
    "was",
    "lit",
    "and",
    "nobody",
    "had",
    "lit",
    "it",
    "until",
    "winter",
    "came",
    "over",
    "the",
    "harbour",
)
_STEPS = {25: "reading_file", 50: "ai_processing", 75: "saving_file"}
_ENDS = ("complete",) * 16 + ("error", "cancelled", "retry", "retry")


def entries(count: int, seed: int, owner: str = OWNER) -> Iterator[Entry]:
    """`count` entries of a log, ascending by position. The last stories may have no end yet."""
    epoch = seeded_ids(seed + 2)()
    for position, (event, envelope) in enumerate(written(count, seed, owner), start=1):
        yield read(story_subject(event.story_id, event.kind), envelope.headers(), event.body(), position, epoch)


def written(count: int, seed: int, owner: str) -> Iterator[tuple[Event, Envelope]]:
    """The same events as their writers write them."""
    new_id = seeded_ids(seed + 1)
    envelopes: dict[str, Envelope] = {}
    for event in islice(events(seed, owner), count):
        envelope = Envelope.of(event, new_id(), "storywire/seed", envelopes.get(event.story_id))
        envelopes[event.story_id] = envelope
        yield event, envelope
        if isinstance(event, ProcessingComplete | ProcessingCancelled):
            del envelopes[event.story_id]


def events(seed: int, owner: str) -> Iterator[Event]:
    """Events without an end, those of some stories at a time in turn."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    new_id = seeded_ids(seed)
    at = BEGINNING
    running = [_story(chance, new_id(), owner) for _ in range(_AT_ONCE)]
    while True:
        place = chance.randrange(_AT_ONCE)
        at += _PACE
        while (event := _next(running[place], at)) is None:
            running[place] = _story(chance, new_id(), owner)
        yield event


def _next(story: Iterator[Callable[[datetime], Event]], at: datetime) -> Event | None:
    said = next(story, None)
    return None if said is None else said(at)


def _story(chance: random.Random, story_id: str, owner: str) -> Iterator[Callable[[datetime], Event]]:
    """One story's events, each wanting only its time."""
    for sequence, (kind, said) in enumerate(_course(chance, story_id, owner), start=1):
        known = {"story_id": story_id, "sequence": sequence} | said
        yield lambda at, kind=kind, known=known: kind(timestamp=at, **known)  # type: ignore[misc]


def _course(chance: random.Random, story_id: str, owner: str) -> Sequence[tuple[type[Event], dict[str, Any]]]:
    """What happens to a story: requests, attempts, an end."""
    file = File(name="notes.txt", size=2_000, digest="ab" * 32, object=story_id)
    title = " ".join(chance.choices(_WORDS, k=3))
    course: list[tuple[type[Event], dict[str, Any]]] = [(Requested, {"title": title, "file": file, "owner": owner})]
    end, attempt = chance.choice(_ENDS), 1
    if end == "retry":
        course += [*_attempt(attempt, "error", chance), (RetryRequested, {})]
        end, attempt = "complete", 2
    return [*course, *_attempt(attempt, end, chance)]


def _attempt(attempt: int, end: str, chance: random.Random) -> Iterator[tuple[type[Event], dict[str, Any]]]:
    tried = {"attempt": attempt}
    yield ProcessingStart, {"step": "story_generation", "model": "seeded", **tried}
    for per_cent, step in _STEPS.items():
        yield ProcessingProgress, {"progress": per_cent, "step": step, "message": f"At {step}", **tried}
        if end != "complete" and per_cent == 50:
            break
    usage = Usage(input_tokens=chance.randrange(900), output_tokens=chance.randrange(900))
    match end:
        case "complete":
            words = chance.choices(_WORDS, k=chance.randrange(20, 120))
            told = {"generated_content": " ".join(words), "generated_word_count": len(words)}
            took = chance.randrange(500, 20_000)
            yield ProcessingComplete, {**told, "processing_time": took, "usage": usage, **tried}
        case "error":
            said = {"error": "The model is overloaded.", "step": "ai_processing", "code": "overloaded"}
            yield ProcessingError, {**said, "retryable": True, "usage": usage, **tried}
        case _:
            yield CancelRequested, {}
            yield ProcessingCancelled, tried
