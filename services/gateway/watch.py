"""One story watched: its events and its live text, however many sockets look."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

from contracts.subjects import story_events, story_live
from services.common.connection import round_trip
from services.gateway.refusal import Refused
from services.gateway.stories import Reading
from services.gateway.viewer import Heard, News, Viewer

FLUSH_TIMEOUT = 5  # seconds
RETRY = 0.25  # seconds between two tries to read a story again

Read = Callable[[str], Awaitable[Reading]]


class Watch:
    """Passes on what is heard of a story, in order, and reads it again where something may have been missed.

    Core NATS sends nothing twice: what is published while the connection is down is never heard. From the loss of the
    connection on, what is heard is held, until the story has been read again and its viewers have been told.
    """

    def __init__(self, story_id: str, client: Client, read: Read) -> None:
        self._story_id = story_id
        self._client = client
        self._read = read
        self._viewers: dict[Viewer, None] = {}
        self._held: list[Heard] = []
        self._lost = False
        self._resuming: asyncio.Task[None] | None = None
        self._live: Subscription | None = None
        self._events: Subscription | None = None
        self._subscribing = asyncio.create_task(self._subscribe())

    async def listening(self) -> None:
        """Return when whatever is committed from now on will be heard. Raises NatsError, TimeoutError."""
        await asyncio.shield(self._subscribing)

    def admit(self, viewer: Viewer) -> None:
        """Let the viewer hear what happens."""
        self._viewers[viewer] = None

    def dismiss(self, viewer: Viewer) -> bool:
        """Let it hear no more. Returns whether nobody is left."""
        self._viewers.pop(viewer, None)
        return not self._viewers

    def lost(self) -> None:
        """From here on something may be missing."""
        self._lost = True

    def back(self) -> None:
        """Find out what was missed."""
        if self._lost and self._resuming is None:
            self._resuming = asyncio.create_task(self._resume())

    async def close(self) -> None:
        """Leave nothing behind."""
        if self._resuming is not None:
            self._resuming.cancel()
        with suppress(NatsError, TimeoutError, OSError):
            await self._subscribing
        await self._unsubscribe()

    async def _subscribe(self) -> None:
        try:
            self._live = await self._client.subscribe(story_live(self._story_id), cb=self._hear)
            self._events = await self._client.subscribe(story_events(self._story_id), cb=self._hear_event)
            await round_trip(self._client, FLUSH_TIMEOUT)  # the server has them, from here on
        except BaseException:
            await self._unsubscribe()
            raise

    async def _unsubscribe(self) -> None:
        for subscription in (self._live, self._events):
            if subscription is not None:
                with suppress(NatsError):
                    await subscription.unsubscribe()

    async def _hear_event(self, message: Msg) -> None:
        # nats-py has a queue for each subscription. What the server sent before this event stands in the other one by
        # now, and goes first: an attempt's text is whole before it ends.
        while self._live is not None and self._live.pending_msgs:  # noqa: ASYNC110 - one turn of the loop
            await asyncio.sleep(0)
        await self._hear(message)

    async def _hear(self, message: Msg) -> None:
        heard = Heard.of(message)
        if heard is None:
            return
        if self._lost or self._resuming is not None:
            self._held.append(heard)
        else:
            await self._tell(heard)

    async def _resume(self) -> None:
        while self._lost:
            self._lost = False
            await self._tell(await self._read_again())
            while self._held and not self._lost:
                await self._tell(self._held.pop(0))
        self._resuming = None

    async def _read_again(self) -> Reading:
        while True:
            try:
                return await self._read(self._story_id)
            except Refused:
                await asyncio.sleep(RETRY)

    async def _tell(self, news: News) -> None:
        for viewer in tuple(self._viewers):
            if viewer in self._viewers:
                await viewer.take(news)
