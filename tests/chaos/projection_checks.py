"""Is the projection the fold of the log, byte for byte, before and after it was thrown away?"""

import json
from collections.abc import Iterator
from typing import Any

from contracts.codec import decode
from contracts.story import Gone, StoryState, evolve
from tests.chaos.evidence import Evidence
from tests.chaos.ledger import Violation
from tests.chaos.records import Record


def _fold(records: list[Record]) -> StoryState | None:
    state = None
    for record in records:
        state = evolve(state, decode(record.kind, 1, record.payload))
    return state


def folded(records: list[Record]) -> str:
    """The fold of these events as the projection keeps it. Raises ValueError."""
    state = _fold(records)
    return "{}" if state is None else json.dumps(state.model_dump(mode="json"), ensure_ascii=False)


def gone(grave: list[Record]) -> str:
    """What the projection keeps of a deleted story."""
    last = grave[-1]
    return json.dumps(Gone(story_id=last.story, sequence=last.sequence).model_dump(mode="json"), ensure_ascii=False)


def body(records: list[Record]) -> bytes:
    """The fold of these events as a gateway answers it. Raises ValueError."""
    state = _fold(records)
    return b"" if state is None else state.body()


def _shown(document: dict[str, Any] | None) -> str:
    return json.dumps({name: value for name, value in (document or {}).items() if name != "_id"}, ensure_ascii=False)


def projection(evidence: Evidence) -> Iterator[Violation]:
    """projection = fold(log); of a deleted story it says that it is gone."""
    for story in sorted({*evidence.log, *evidence.graves, *evidence.projected}):
        try:
            fold = gone(grave) if (grave := evidence.graves.get(story)) else folded(evidence.log.get(story, []))
        except ValueError as error:
            yield Violation("projection-fold", story, "a log that can be folded", repr(error))
            continue
        if fold != (found := _shown(evidence.projected.get(story))):
            yield Violation("projection-fold", story, fold, found)


def refold(evidence: Evidence) -> Iterator[Violation]:
    """The projection made anew is the projection as it was."""
    for story in sorted({*evidence.projected, *evidence.refolded}):
        before, after = _shown(evidence.projected.get(story)), _shown(evidence.refolded.get(story))
        if before != after:
            yield Violation("projection-refold", story, before, after)
