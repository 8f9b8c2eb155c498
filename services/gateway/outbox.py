"""What is on its way to one client, and the end of a client that lets too much of it wait."""

import asyncio
import os
from collections import deque
from collections.abc import Callable
from typing import Any

from engineio.async_drivers.asgi import WebSocket
from engineio.packet import MESSAGE, OPEN, UPGRADE, Packet

from services.gateway.frames import frame, framed_text
from services.gateway.parcel import Parcel

MOST_BYTES = 1024 * 1024
MOST_PACKETS = 256  # for a client that polls
ROOM_WITHIN = 10.0  # seconds that a client has to take a long history
END_WITHIN = 2.0  # seconds that a client has to take what waits, and the end
_TRANSPORT = "storywire.transport"
_PAUSE = 0.005


class Outbox(asyncio.Queue[Any]):
    """python-engineio's queue of a client's packets, of which messages go straight onto the client's WebSocket once it has one.

    So the order of sending is the order of arrival. What the library says for itself (pings, the end) still takes the
    queue; it is said at no particular place among the messages.
    """

    # In the object itself: what a thousand are asked for one event shall lie close by.
    __slots__ = ("_ended", "_file", "_overflowed", "_transport")

    def __init__(self, overflowed: Callable[["Outbox"], None]) -> None:
        super().__init__()
        self._overflowed = overflowed
        self._transport: asyncio.Transport | None = None
        self._file = -1
        self._ended = False

    def attach(self, transport: asyncio.Transport) -> None:
        """Use this WebSocket from here on. What waits goes first."""
        packets = [self.get_nowait() for _ in range(self.qsize())]
        self._transport, self._file = transport, _file_under(transport)
        for packet in packets:
            self.task_done()
            self.put_nowait(packet)

    def put_nowait(self, item: Packet | None) -> None:
        """What python-engineio sends a packet with; None ends whoever reads the queue."""
        if item is None or (self._transport is not None and item.packet_type not in (OPEN, MESSAGE)):
            super().put_nowait(item)
        elif self._transport is not None:
            self._write(self._transport, frame(item.encode().encode()))
        elif self._has_place():
            super().put_nowait(item)

    def send(self, parcel: Parcel) -> int:
        """Send events. A client that does not keep up is cut off; nobody ever waits for it. Returns 1, the number of clients."""
        if self._transport is not None:
            self._write(self._transport, parcel.frames)
        elif self._has_place():
            for said in parcel.said:
                super().put_nowait(Packet(MESSAGE, framed_text(said.frame)[1:].decode()))
        return 1

    def end(self) -> None:
        """Send nothing more: the end of the connection has been said, or is about to be. Who does not take it is cut off."""
        if self._transport is not None:
            asyncio.get_running_loop().call_later(END_WITHIN, self._transport.abort)
        self._transport, self._ended = None, True

    async def room(self) -> None:
        """Wait until half of what may wait does, but not for ever."""
        deadline = asyncio.get_running_loop().time() + ROOM_WITHIN
        while self._is_over(0.5) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_PAUSE)

    def _write(self, transport: asyncio.Transport, frames: bytes) -> None:
        if transport.is_closing():
            return
        if not transport.get_write_buffer_size():  # Nothing waits that would have to go first.
            try:
                taken = os.write(self._file, frames)
            except OSError:
                taken = 0  # The transport meets it, too, and knows what to do: wait, or end.
            if taken == len(frames):
                return
            frames = frames[taken:]
        transport.write(frames)
        # However long one message is, it is not late by itself: what counts is what waits before it.
        if transport.get_write_buffer_size() > MOST_BYTES + len(frames):
            self._overflow()

    def _has_place(self) -> bool:
        """Whether one that polls may be sent more."""
        if self._is_over(1.0):
            self._overflow()
        return not self._ended

    def _overflow(self) -> None:
        if not self._ended:
            self.cut_off()
            self._overflowed(self)

    def cut_off(self) -> None:
        """Forget what waits, and take nothing more. A client that comes back resumes where it was."""
        self._ended = True
        if self._transport is not None:
            self._transport.abort()
        while not self.empty():
            self.get_nowait()
            self.task_done()
        super().put_nowait(None)  # What still wants to read the queue sees its end.

    def _is_over(self, share: float) -> bool:
        """Whether more than this share of what may wait does.

        Whether a client answers pings says nothing: pongs can be sent without reading anything.
        """
        if self._transport is not None:
            return self._transport.get_write_buffer_size() > share * MOST_BYTES
        if self.qsize() <= 1:
            return False
        waiting: deque[Packet | None] = self._queue  # type: ignore[attr-defined]  # asyncio.Queue's own
        size = sum(len(packet.data or "") for packet in waiting if packet is not None)
        return self.qsize() > share * MOST_PACKETS or size > share * MOST_BYTES


def _file_under(transport: asyncio.Transport) -> int:
    """What the transport writes to as it is told; -1, which takes nothing, where that is not so: with TLS."""
    if transport.get_extra_info("sslcontext") is not None:
        return -1
    return int(transport.get_extra_info("socket").fileno())


def reveal(scope: Any, transport: asyncio.Transport) -> None:
    """Let `Wire` find the connection under a WebSocket's scope."""
    scope["extensions"][_TRANSPORT] = transport


class Wire(WebSocket):  # type: ignore[misc]  # it has no types
    """python-engineio's WebSocket, which gives its transport to the client's outbox as soon as that may use it."""

    async def __call__(self, environ: dict[str, Any]) -> str:
        """Serve one WebSocket."""
        self.asgi_receive, self.asgi_send = environ["asgi.receive"], environ["asgi.send"]
        self._client = self.handler.__self__
        self._transport = environ["asgi.scope"]["extensions"][_TRANSPORT]
        await self.asgi_send({"type": "websocket.accept"})
        if not self._client.connected:
            self._client.queue.attach(self._transport)
        await self.handler(self)
        return ""  # nothing is left to answer

    async def close(self) -> None:
        """Say that nothing more comes."""
        self._client.queue.end()
        await super().close()

    async def wait(self) -> Any:
        """What the client says next. One that polled before says when it has stopped. Raises OSError when that is no frame."""
        said = await super().wait()
        await self._client.server.hear(self._client, said)
        if self._client.upgrading and isinstance(said, str) and said.startswith(str(UPGRADE)):
            self._client.queue.attach(self._transport)
        return said
