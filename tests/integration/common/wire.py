"""A TCP connection to a server that a test can listen to and cut."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Ear = Callable[[bytes], bool]  # hears what comes along; True cuts the connection and loses it


def _deaf(_: bytes) -> bool:
    return False


@dataclass
class Wire:
    """What stands between a client and its server."""

    url: str
    to_server: Ear = _deaf
    to_client: Ear = _deaf
    cuts: int = 0
    _target: tuple[str, int] = ("", 0)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def _carry(self, near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            far, onward = await asyncio.open_connection(*self._target)
            self._open |= {answer, onward}
            tasks = (
                asyncio.create_task(self._pump(near, onward, self._to_server)),
                asyncio.create_task(self._pump(far, answer, self._to_client)),
            )
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            onward.close()
            self._open.discard(onward)
        answer.close()
        self._open.discard(answer)

    def _to_server(self, sent: bytes) -> bool:
        return self.to_server(sent)  # whatever ear is there now

    def _to_client(self, sent: bytes) -> bool:
        return self.to_client(sent)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ear: Ear) -> None:
        with suppress(OSError):
            while sent := await reader.read(2**16):
                if ear(sent):
                    self.cuts += 1
                    return
                writer.write(sent)
                await writer.drain()

    def cut(self) -> None:
        """Close every connection."""
        for writer in self._open:
            writer.close()


@asynccontextmanager
async def wire_to(url: str) -> AsyncIterator[Wire]:
    """A wire to the server at `url`; its own `url` is what the client connects to."""
    server_at = urlsplit(url)
    wire = Wire(url="", _target=(str(server_at.hostname), int(server_at.port or 0)))
    server = await asyncio.start_server(wire._carry, "127.0.0.1", 0)
    wire.url = f"nats://{server_at.netloc.rpartition('@')[0]}@127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        server.close()
        wire.cut()
        await server.wait_closed()


def once(sign: bytes, then: Callable[[], object] = lambda: None, *, at: int = 1) -> Ear:
    """An ear that cuts the connection at the first that holds `sign`, or at a later one, and does something as it does so."""
    left = at

    def ear(sent: bytes) -> bool:
        nonlocal left
        left -= sign in sent
        if left or sign not in sent:
            return False
        then()
        return True

    return ear
