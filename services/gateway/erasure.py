"""The end of a story: its owner wants it gone, with everything that it holds."""

from contracts.events import Deleted
from contracts.ids import InvalidStoryId, story_id
from services.common.clock import Clock
from services.common.logging import Logger, correlation
from services.common.write_guard import Conflict, Unwritable, WriteGuard
from services.gateway.commands import PATIENCE
from services.gateway.identity import Reader
from services.gateway.refusal import Refused, story_not_found, unavailable
from services.gateway.stories import Stories


class Erasure:
    """Writes the last event of stories. Once that is stored, nobody reads the story any more; the store takes it away."""

    def __init__(self, stories: Stories, guard: WriteGuard, clock: Clock, logger: Logger) -> None:
        self._stories = stories
        self._guard = guard
        self._clock = clock
        self._logger = logger

    async def erase(self, owner: str, given: str) -> None:
        """Return when it is certain that the story goes. Asked again, it changes nothing. Raises Refused."""
        while True:
            try:
                story = await self._stories.read(Reader(owner), given)
            except Refused:
                # Looked at second: whoever asks twice at once is told twice that it goes.
                if await self._is_deleted(owner, given):
                    return
                raise
            event = Deleted(
                story_id=story.head.story_id, sequence=story.head.next_sequence, timestamp=self._clock(), owner=owner
            )
            try:
                await self._guard.append(story.head, event, patience=PATIENCE)
            except Conflict:
                continue
            except Unwritable as error:
                raise unavailable(f"{error} Asking again is harmless.") from error
            self._logger.info("a story was deleted", story_id=event.story_id, **correlation(story.head.envelope))
            return

    async def _is_deleted(self, owner: str, given: str) -> bool:
        """Whether the owner has deleted it before."""
        try:
            reading = await self._stories.reading(story_id(given))
        except InvalidStoryId as error:
            raise story_not_found(given) from error
        last = reading.events[-1].event if reading.events else None
        return isinstance(last, Deleted) and last.owner == owner
