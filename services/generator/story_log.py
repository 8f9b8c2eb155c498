"""The writing side of one story: builds its next event, appends it, and notices when the story is no longer ours."""

from typing import Any

from contracts.envelope import Envelope
from contracts.events import Event
from contracts.story import StoryState
from services.common.clock import Clock
from services.common.history import Head, History
from services.common.write_guard import Conflict, WriteGuard


class TakenOver(RuntimeError):
    """Another generator works on the story, or it has ended: nothing is left to do here."""


class CancelWished(RuntimeError):
    """The owner wants no story any more."""


class StoryLog:
    """One story, from the delivery of its request to its terminal event."""

    def __init__(self, head: Head, cause: Envelope, history: History, guard: WriteGuard, clock: Clock) -> None:
        self._head = head
        self._cause = cause
        self._history = history
        self._guard = guard
        self._clock = clock

    @property
    def story_id(self) -> str:
        """Which story."""
        return self._head.story_id

    @property
    def state(self) -> StoryState:
        """The story as far as we know."""
        if self._head.state is None:
            raise TakenOver(f"story {self.story_id} has no events")
        return self._head.state

    async def append(self, kind: type[Event], *, even_cancelled: bool = False, **fields: Any) -> None:
        """Write the next event. Raises TakenOver, or CancelWished unless the event ends the attempt by itself."""
        before = self.state
        while True:
            event = kind(story_id=self.story_id, sequence=self._head.next_sequence, timestamp=self._clock(), **fields)
            try:
                self._head = await self._guard.append(self._head, event, self._cause)
            except Conflict:
                self._head = await self._history.head(self.story_id)
                self._still_ours(before, even_cancelled=even_cancelled)
            else:
                return

    def _still_ours(self, before: StoryState, *, even_cancelled: bool) -> None:
        # A retry leaves the attempt's number as it was until somebody starts on it, so the request has to be the same too.
        if self.state.ended or (self.state.request_sequence, self.state.attempt) != (
            before.request_sequence,
            before.attempt,
        ):
            raise TakenOver(f"story {self.story_id}: attempt {before.attempt} is no longer the latest")
        if self.state.cancel_requested and not even_cancelled:
            raise CancelWished(self.story_id)
