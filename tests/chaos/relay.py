"""A TCP relay on loopback: a load balancer that drops connections when told to, with or without what was under way."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from random import Random

_PIECE = 64 * 1024


@dataclass(eq=False)
class _Link:
    """One connection of a client, and the one behind it."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    deaf: bool = False

    def cut(self) -> None:
        self.near.transport.abort()
        self.far.transport.abort()

    def deafen(self, seconds: float) -> None:
        self.deaf = True
        asyncio.get_running_loop().call_later(seconds, self.cut)


class Relay:
    """Each new connection goes to one of `targets` (ports), whichever chance picks among those that answer."""

    def __init__(self, targets: Sequence[int], chance: Random) -> None:
        self._targets = targets
        self._chance = chance
        self._links: list[_Link] = []
        self.port = 0
        self.swallowing = 0.0
        """The share of new connections on which no answer ever comes back, and which break after a moment."""
        self._serving: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Relay"]:
        """Relay while the body runs."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for link in self._links:
                link.cut()
            if self._serving:
                await asyncio.wait(self._serving)

    def cut(self) -> bool:
        """Drop one connection. False when there is none."""
        link = self._any()
        if link is not None:
            link.cut()
        return link is not None

    def deafen(self, seconds: float) -> bool:
        """Swallow the answers on one connection for so long, then drop it: what was asked is done, and nobody hears it."""
        link = self._any()
        if link is not None:
            link.deafen(seconds)
        return link is not None

    def _any(self) -> _Link | None:
        return self._chance.choice(self._links) if self._links else None

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far = await self._dial()
        if far is None:
            writer.transport.abort()
            return
        link = _Link(writer, far[1])
        self._links.append(link)
        if self._chance.random() < self.swallowing:
            link.deafen(self._chance.uniform(0.2, 1.5))
        try:
            there = asyncio.create_task(_pump(reader, link.far, link, back=False))
            here = asyncio.create_task(_pump(far[0], writer, link, back=True))
            await asyncio.wait({there, here}, return_when=asyncio.FIRST_COMPLETED)
            there.cancel()
            here.cancel()
        finally:
            self._links.remove(link)
            link.near.close()
            link.far.close()

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for port in self._chance.sample(self._targets, len(self._targets)):
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: _Link, *, back: bool) -> None:
    with suppress(OSError):
        while piece := await reader.read(_PIECE):
            if back and link.deaf:
                continue
            writer.write(piece)
            await writer.drain()
