"""What an owner may still want of a story that was asked for: cancel it, or have it tried again."""

from collections.abc import Callable

from contracts.events import CancelRequested, Event, RetryRequested
from contracts.story import StoryState, evolve
from services.common.clock import Clock
from services.common.write_guard import Conflict, Unwritable, WriteGuard
from services.gateway.identity import Reader
from services.gateway.refusal import Refused, unavailable
from services.gateway.stories import Stories

PATIENCE = 5.0  # seconds that a command waits for NATS to take its event

Decide = Callable[[StoryState], type[Event] | None]


def cancel(state: StoryState) -> type[Event] | None:
    """What a cancel adds to the story: nothing when it has ended or is being cancelled already."""
    return None if state.ended or state.cancel_requested else CancelRequested


def retry(state: StoryState) -> type[Event] | None:
    """What a retry adds. Raises Refused while an attempt runs, and when there is a story that it would replace."""
    if state.status == "complete":
        raise Refused(409, "already_complete", "The story is finished. Ask with force to have it written anew.")
    return retry_by_force(state)


def retry_by_force(state: StoryState) -> type[Event] | None:
    """The same, a finished story included."""
    if not state.ended:
        raise Refused(409, "still_running", "The story is still being written. Cancel it first, or wait for its end.")
    return RetryRequested


class Commands:
    """Decides on the story as it stands, and again when somebody else was faster."""

    def __init__(self, stories: Stories, guard: WriteGuard, clock: Clock) -> None:
        self._stories = stories
        self._guard = guard
        self._clock = clock

    async def obey(self, owner: str, story_id: str, decide: Decide) -> StoryState:
        """The story as it stands when the command has been carried out. Raises Refused."""
        while True:
            story = await self._stories.read(Reader(owner), story_id)
            kind = decide(story.state)
            if kind is None:
                return story.state
            head = story.head
            event = kind(story_id=head.story_id, sequence=head.next_sequence, timestamp=self._clock())
            try:
                await self._guard.append(head, event, patience=PATIENCE)
            except Conflict:
                continue
            except Unwritable as error:
                raise unavailable(f"{error} Asking again is harmless.") from error
            return evolve(story.state, event)
