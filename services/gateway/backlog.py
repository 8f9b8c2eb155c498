"""What waits to be sent to one client, and the end of a client that lets too much of it wait."""

import asyncio
from typing import Any

from engineio.async_drivers.asgi import WebSocket
from engineio.async_socket import AsyncSocket

MOST_PACKETS = 256
MOST_CHARACTERS = 1024 * 1024
ROOM_WITHIN = 10.0  # seconds that a client has to take a long history
_TRANSPORT = "storywire.transport"
_PAUSE = 0.005


def reveal_transport(scope: dict[str, Any], transport: asyncio.Transport) -> None:
    """Let `Wire` find the connection under a WebSocket's scope."""
    scope["extensions"][_TRANSPORT] = transport


class Wire(WebSocket):  # type: ignore[misc]  # it has no types
    """python-engineio's WebSocket, which also tells its socket on which connection it is."""

    async def __call__(self, environ: dict[str, Any]) -> Any:
        """Serve one WebSocket."""
        self.handler.__self__.transport = environ["asgi.scope"]["extensions"].get(_TRANSPORT)
        return await super().__call__(environ)


def is_too_long(client: AsyncSocket, share: float = 1.0) -> bool:
    """Whether more than this share of what may wait does. What the writer has in hand comes on top, and system buffers.

    Whether a client answers pings says nothing: pongs can be sent without reading anything.
    """
    waiting = client.queue.qsize()
    if waiting <= 1:
        return False  # However long one message is, it is not late while nothing waits before it.
    characters = sum(_length(packet) for packet in client.queue._queue)  # noqa: SLF001
    return waiting > share * MOST_PACKETS or characters > share * MOST_CHARACTERS


async def room(client: AsyncSocket) -> None:
    """Wait until half of the queue is free, but not for ever."""
    deadline = asyncio.get_running_loop().time() + ROOM_WITHIN
    while is_too_long(client, share=0.5) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(_PAUSE)


async def cut_off(client: AsyncSocket) -> None:
    """End the connection at once. What waits is forgotten; a client that comes back resumes where it was."""
    transport = getattr(client, "transport", None)
    if transport is not None:
        transport.abort()
    await client.close(wait=False, abort=True, reason=client.server.reason.SERVER_DISCONNECT)
    while not client.queue.empty():
        client.queue.get_nowait()
        client.queue.task_done()
    client.queue.put_nowait(None)  # What still wants to read the queue sees its end.


def _length(packet: Any) -> int:
    return len(packet.data or "") if packet is not None else 0
