"""Clients of the gateway: they ask for stories, and watch them in three manners."""

import asyncio

import aiohttp

from tests import tokens
from tests.chaos.wire import Ack, Packet, dial

_AT_ONCE = 16  # stories
_STORY_WITHIN = 60.0
_TERMINAL = "story:processing:complete"


class Visitors:
    """Counts what they saw. Raises TimeoutError when a story is not complete in time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._token = tokens.guest_at(port)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self.watched = 0
        self.cut_off = 0

    async def watch(self, stories: int) -> None:
        """Have so many stories written and watched."""
        async with aiohttp.ClientSession(headers=tokens.bearer(self._token)) as http, asyncio.TaskGroup() as group:
            for _ in range(stories):
                await self._turns.acquire()
                group.create_task(self._story(http)).add_done_callback(lambda _: self._turns.release())

    async def _story(self, http: aiohttp.ClientSession) -> None:
        form = aiohttp.FormData({"title": "Soak"})
        form.add_field("file", b"Once there was a lamp.", filename="lamp.txt", content_type="text/plain")
        async with http.post(f"http://127.0.0.1:{self._port}/api/stories", data=form) as answer:
            answer.raise_for_status()
            story_id = (await answer.json())["storyId"]
        async with asyncio.timeout(_STORY_WITHIN):
            await asyncio.gather(
                self._to_the_end(story_id, leave=True), self._to_the_end(story_id, leave=False), self._cut(story_id)
            )

    async def _to_the_end(self, story_id: str, *, leave: bool) -> None:
        wire = await dial(self._port, self._token)
        try:
            await wire.ask("story:join", {"storyId": story_id})
            async for packet in wire.packets():
                if isinstance(packet, Ack) and packet.number == 2:
                    break
                if isinstance(packet, Packet) and packet.name == _TERMINAL:
                    self.watched += 1
                    if not leave:
                        break
                    await wire.ask("story:leave", {"storyId": story_id})
        finally:
            await wire._socket.close()

    async def _cut(self, story_id: str) -> None:
        """In the middle of a story, as a cable that is pulled."""
        wire = await dial(self._port, self._token)
        await wire.ask("story:join", {"storyId": story_id})
        async for _ in wire.packets():
            break
        wire.abort()
        self.cut_off += 1
