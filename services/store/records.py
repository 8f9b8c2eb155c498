"""What becomes of events: they enter the log, the projections follow, the checkpoint notes how far."""

from collections.abc import Sequence
from dataclasses import replace

from services.store.checkpoint import Checkpoints
from services.store.entry import Entry
from services.store.folding import Step
from services.store.log import Appended, EventLog
from services.store.projector import Projector


class Records:
    """Log, projections and checkpoint, written in this order. Each step may be done again."""

    def __init__(self, log: EventLog, projector: Projector, checkpoints: Checkpoints) -> None:
        self._log = log
        self._projector = projector
        self._checkpoints = checkpoints

    async def keep(self, entries: Sequence[Entry]) -> Appended:
        """Keep a batch. Raises PyMongoError when that is not certain: keep the same again."""
        appended = await self.add(entries)
        last = max(entries, key=lambda entry: entry.position)
        await self._checkpoints.raise_to(last.epoch, last.position)
        return appended

    async def add(self, entries: Sequence[Entry]) -> Appended:
        """Log and fold entries without taking note how far we are: they may be old. Raises PyMongoError as `keep` does."""
        appended = await self._log.append(entries)
        # The duplicates' stories too: whoever stored those may have died before the fold.
        stories: dict[str, list[Step]] = {entry.story_id: [] for entry in entries}
        for entry in appended.written:
            stories[entry.story_id].append(entry.step)
        at_hand = {story: sorted(steps, key=_sequence) for story, steps in stories.items()}
        return replace(appended, unfoldable=await self._projector.advance(at_hand))


def _sequence(step: Step) -> int:
    return step.sequence
