"""A cable between one client and NATS, to be cut."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

Before = Callable[[bytes], Awaitable[None]]


async def _at_once(_: bytes) -> None:
    pass


class Wire:
    """Passes bytes on, both ways, until it is cut; again once it is mended. What goes to NATS waits for `before`."""

    def __init__(self, url: str, before: Before = _at_once) -> None:
        self._there = urlsplit(url)
        self._before = before
        self._ends: set[asyncio.StreamWriter] = set()
        self._cut = False

    @property
    def url(self) -> str:
        login = self._there.netloc.rpartition("@")[0]
        return f"nats://{login}@127.0.0.1:{self._port}"

    def cut(self) -> None:
        """End every connection, and let no new one through."""
        self._cut = True
        for end in self._ends:
            end.transport.abort()

    def mend(self) -> None:
        self._cut = False

    @asynccontextmanager
    async def laid(self) -> AsyncIterator["Wire"]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.cut()
            server.close()
            await server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection(self._there.hostname, self._there.port)
        ends = {writer, far_writer}
        self._ends |= ends
        await asyncio.gather(_pass_on(reader, far_writer, self._before), _pass_on(far_reader, writer, _at_once))
        self._ends -= ends


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, before: Before) -> None:
    try:
        while read := await reader.read(65_536):
            await before(read)
            writer.write(read)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
