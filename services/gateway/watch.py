"""One story watched: its events and its live text, however many sockets look."""

import asyncio
from contextlib import suppress

from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

from contracts.events import Deleted
from contracts.subjects import kind_heard, story_events, story_live
from services.common.connection import round_trip
from services.gateway.crowd import Crowd
from services.gateway.ear import Ear
from services.gateway.eavesdropper import written_position
from services.gateway.frames import event_frame
from services.gateway.parcel import Said
from services.gateway.refusal import Refused
from services.gateway.shared_reading import SharedReading
from services.gateway.stories import Reading
from services.gateway.viewer import Tally, Turn

FLUSH_TIMEOUT = 5  # seconds
RETRY = 0.25  # seconds between two tries to read a story again


class Watch:
    """Passes on what is heard of a story, in order, and reads it again where something may have been missed.

    What one read from NATS brings goes out together: an idle gateway tells at once, a busy one makes fewer writes.

    Core NATS sends nothing twice: what is published while the connection is down is never heard. From the loss of the
    connection on, what is heard is held, until the story has been read again and its viewers have been told.
    """

    def __init__(self, story_id: str, ear: Ear, shared: SharedReading, tally: Tally) -> None:
        self._story_id = story_id
        self._ear = ear
        self._shared = shared
        self.crowd = Crowd(tally)
        self._turn: list[Said] = []
        self._held: list[Said] = []
        self._lost = False
        self._gone = False
        self._resuming: asyncio.Task[None] | None = None
        self._live: Subscription | None = None
        self._events: Subscription | None = None
        self._subscribing = asyncio.create_task(self._subscribe())

    async def listening(self) -> None:
        """Return when whatever is committed from now on will be heard. Raises NatsError, TimeoutError."""
        await asyncio.shield(self._subscribing)

    async def reading(self, _: str) -> Reading:
        """The story as it is after this was asked, one reading for all who ask meanwhile. Raises Refused."""
        return await self._shared.get()

    def lost(self) -> None:
        """From here on something may be missing."""
        self._lost = True
        self._shared.forget()  # nor is it certain that what comes back is what has gone

    def back(self) -> None:
        """Find out what was missed."""
        if self._lost and self._resuming is None:
            self._resuming = asyncio.create_task(self._resume())

    async def close(self) -> None:
        """Leave nothing behind."""
        if self._resuming is not None:
            self._resuming.cancel()
        self._shared.close()
        with suppress(NatsError, TimeoutError, OSError):
            await self._subscribing
        await self._unsubscribe()

    async def _subscribe(self) -> None:
        try:
            self._live = await self._listen(story_live(self._story_id), live=True)
            self._events = await self._listen(story_events(self._story_id), live=False)
            await round_trip(self._ear, FLUSH_TIMEOUT)  # the server has them, from here on
        except BaseException:
            await self._unsubscribe()
            raise

    async def _listen(self, pattern: str, *, live: bool) -> Subscription:
        def hear(subject: bytes, headers: bytes, body: bytes) -> None:
            position = written_position(subject, headers)
            if position is not None:  # else it has no part in any story
                kind = kind_heard(subject.decode(), pattern)
                self._hear(Said(kind, position, event_frame(kind, body), live))

        return await self._ear.listen(pattern, hear)

    async def _unsubscribe(self) -> None:
        for subscription in (self._live, self._events):
            if subscription is not None:
                with suppress(NatsError):
                    await subscription.unsubscribe()

    def _hear(self, said: Said) -> None:
        if self._gone:  # Whoever still writes a piece of its text has not heard of it.
            return
        self._gone = said.kind == Deleted.kind
        if self._gone:
            self._shared.forget()
        if self._lost or self._resuming is not None:
            self._held.append(said)
            return
        if not self._turn:
            self._ear.when_all_is_told(self._end_turn)
        self._turn.append(said)

    def _end_turn(self) -> None:
        heard, self._turn = self._turn, []
        self.crowd.take(Turn(heard))

    async def _resume(self) -> None:
        while self._lost:
            self._lost = False
            reading = await self._read_again()
            self.crowd.catch_up(reading)
            if reading.head.deleted:
                self._gone, self._held = True, []  # What could go before the deletion went with the story.
            if self._held and not self._lost:
                held, self._held = self._held, []
                self.crowd.take(Turn(held))
        self._resuming = None

    async def _read_again(self) -> Reading:
        while True:
            try:
                return await self._shared.get()
            except Refused:
                await asyncio.sleep(RETRY)
