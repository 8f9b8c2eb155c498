"""Which socket watches which story."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from nats.errors import Error as NatsError

from services.gateway.identity import Reader
from services.gateway.link import Link
from services.gateway.refusal import story_not_found, unavailable
from services.gateway.shared_reading import SharedReading
from services.gateway.stories import Stories, Story
from services.gateway.viewer import Outlet, Tally, Viewer
from services.gateway.watch import Watch

JOIN_TIMEOUT = 12.0  # seconds; the sockets' next command waits behind it

Begin = Callable[[], Awaitable[None]]


class Rooms:
    """Brings sockets and watched stories together, and apart."""

    def __init__(self, link: Link, stories: Stories, tally: Tally) -> None:
        self._link = link
        self._stories = stories
        self._tally = tally
        self._watches: dict[str, Watch] = {}
        self._seats: dict[str, dict[str, Viewer]] = {}  # by sid, then by story

    @property
    def watched(self) -> int:
        """How many stories are watched."""
        return len(self._watches)

    def is_full(self, sid: str, story_id: str, limit: int) -> bool:
        """Whether the socket watches so many stories already, this one not among them."""
        seats = self._seats.get(sid, {})
        return story_id not in seats and len(seats) >= limit

    async def join(self, sid: str, outlet: Outlet, reader: Reader, story_id: str, after: int) -> tuple[Story, Begin]:
        """The story as it is, and what to call once the socket knows: it then gets every event after `after`.

        Joining again replaces what was joined before. Raises Refused.
        """
        self._link.require()
        seats = self._seats.setdefault(sid, {})
        watch, viewer = self._watch(story_id), Viewer(outlet, self._tally)
        watch.crowd.admit(viewer)  # Listen first, read then: what is committed in between is heard.
        try:
            story = await self._read(watch, reader, story_id)
        except BaseException:
            await self._dismiss(story_id, watch, viewer)
            raise
        if self._seats.get(sid) is not seats:  # It has disconnected meanwhile; nobody hears this.
            await self._dismiss(story_id, watch, viewer)
            raise story_not_found(story_id)
        former, seats[story_id] = seats.get(story_id), viewer
        if former is not None:
            watch.crowd.dismiss(former)
        return story, partial(watch.crowd.begin, viewer, story.reading, after)

    async def leave(self, sid: str, story_id: str) -> None:
        """The socket hears no more of the story."""
        viewer = self._seats.get(sid, {}).pop(story_id, None)
        if viewer is not None:
            await self._dismiss(story_id, self._watches[story_id], viewer)

    async def gone(self, sid: str) -> None:
        """The socket has disconnected."""
        for story_id, viewer in self._seats.pop(sid, {}).items():
            await self._dismiss(story_id, self._watches[story_id], viewer)

    def lost(self) -> None:
        """Something may be missing from here on, of all stories."""
        for watch in self._watches.values():
            watch.lost()

    def back(self) -> None:
        """It can be found out now."""
        for watch in self._watches.values():
            watch.back()

    def _watch(self, story_id: str) -> Watch:
        watch = self._watches.get(story_id)
        if watch is None:
            watch = self._watches[story_id] = Watch(story_id, self._link.client, self._shared(story_id), self._tally)
        return watch

    async def _read(self, watch: Watch, reader: Reader, story_id: str) -> Story:
        try:
            async with asyncio.timeout(JOIN_TIMEOUT):
                await watch.listening()
                return await self._stories.read(reader, story_id, watch.reading)
        except (NatsError, TimeoutError) as error:
            raise unavailable("The story cannot be watched now; join again in a moment.") from error

    def _shared(self, story_id: str) -> SharedReading:
        return SharedReading(self._stories.watched, story_id, self._stories.turns)

    async def _dismiss(self, story_id: str, watch: Watch, viewer: Viewer) -> None:
        if watch.crowd.dismiss(viewer) and self._watches.get(story_id) is watch:
            del self._watches[story_id]
            await watch.close()
