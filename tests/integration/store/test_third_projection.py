"""Adding a projection is one file, like this one, and one line in the registry."""

from typing import Any

import structlog
from prometheus_client import CollectorRegistry

from contracts.events import Event, ProcessingComplete, Requested
from contracts.fold import Fold, Snapshot
from services.store.checkpoint import Checkpoints
from services.store.database import prepare
from services.store.log import EventLog
from services.store.metrics import Metrics
from services.store.projections.projection import Projection
from services.store.projections.registry import PROJECTIONS
from services.store.projector import Projector, create_indexes
from services.store.records import Records
from tests.integration.store.shelf import Shelf, story
from tests.integration.store.test_projector import LOGGER, entries


class LongestWord(Snapshot):
    """The longest word of a story."""

    word: str = ""


def _begin(event: Requested) -> LongestWord:
    return LongestWord(story_id=event.story_id, sequence=event.sequence)


def _change(event: Event, state: LongestWord) -> dict[str, Any]:
    words = event.generated_content.split() if isinstance(event, ProcessingComplete) else []
    return {"word": max(words, key=len, default=state.word)}


LONGEST_WORDS = Projection("longestWords", LongestWord, Fold(_begin, _change))


async def test_a_third_projection_is_kept_up_with_the_log_like_the_others(shelf: Shelf) -> None:
    events = story()
    await prepare(shelf.db, structlog.stdlib.get_logger("tests"), create_indexes)
    log, metrics = EventLog(shelf.db), Metrics(CollectorRegistry())
    projector = Projector(shelf.db, log, metrics, LOGGER, (*PROJECTIONS, LONGEST_WORDS))
    records = Records(log, projector, Checkpoints(shelf.db))

    for entry in reversed(entries(events)):
        await records.keep([entry])

    await shelf.shows(events)
    assert await shelf.db["longestWords"].find_one() == {
        "_id": events[0].story_id,
        "storyId": events[0].story_id,
        "sequence": 6,
        "word": "Nobody",
    }
