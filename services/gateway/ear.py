"""nats-py's client, with a shorter way for what is passed on: no queue, no task, and headers that nobody takes apart."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.aio.transport import TcpTransport
from nats.errors import ConnectionClosedError

from services.gateway.eavesdropper import Eavesdropper, Hear


class Ear(Client):
    """Tells of messages as they come in, those of several subscriptions in the order in which they were sent."""

    def __init__(self) -> None:
        super().__init__()
        self._hearers: dict[bytes, Hear] = {}
        self._turn: list[Callable[[], None]] = []
        self._complaints: set[asyncio.Future[None]] = set()

    async def listen(self, subject: str, hear: Hear) -> Subscription:
        """Call `hear` with every message on `subject`. Raises NatsError.

        For certain from the next round trip on: until this returns, what comes in is not told.
        """
        subscription = await self.subscribe(subject)
        self._hearers[b"%d" % subscription._id] = hear  # noqa: SLF001 - it has no other name
        return subscription

    def when_all_is_told(self, then: Callable[[], None]) -> None:
        """Call `then` once, when everything has been told that came in together with what is being told."""
        self._turn.append(then)

    def _remove_sub(self, sid: int, max_msgs: int = 0) -> None:
        super()._remove_sub(sid, max_msgs)
        self._hearers.pop(b"%d" % sid, None)

    async def _flush_pending(self, force_flush: bool = False) -> Any:  # noqa: FBT001, FBT002 - nats-py has it so
        """Where nats-py's flusher has ended, this writes, and for a moment to a connection that has gone."""
        with _told_as_nats_tells_it():
            return await super()._flush_pending(force_flush)

    async def flush(self, timeout: int = 10) -> None:  # noqa: ASYNC109 - nats-py has it so
        """Writes its ping at once, whether the connection has gone or not."""
        with _told_as_nats_tells_it():
            await super().flush(timeout)

    async def _read_loop(self) -> None:
        self._listen_in(cast("TcpTransport", self._transport))
        await super()._read_loop()

    def _listen_in(self, connection: TcpTransport) -> None:
        stream, writer = connection._io_reader, connection._io_writer  # noqa: SLF001
        assert stream is not None  # noqa: S101 - it is connected
        assert writer is not None  # noqa: S101
        inner = cast("asyncio.Protocol", writer.transport.get_protocol())
        eavesdropper = Eavesdropper(inner, self._hearers, self._turn, self._complain)
        writer.transport.set_protocol(eavesdropper)
        early: bytearray = stream._buffer  # type: ignore[attr-defined]  # noqa: SLF001 - it came before we did
        came = bytes(early)
        early.clear()
        eavesdropper.data_received(came)

    def _complain(self, error: Exception) -> None:
        complaint = asyncio.ensure_future(self._error_cb(error))
        self._complaints.add(complaint)
        complaint.add_done_callback(self._complaints.discard)


@contextmanager
def _told_as_nats_tells_it() -> Iterator[None]:
    """Raise ConnectionClosedError of a connection that has gone. uvloop says RuntimeError, asyncio OSError."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        raise ConnectionClosedError from error
