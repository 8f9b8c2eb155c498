"""python-socketio, held to what we need of it. The only file that imports it; `backlog.py` imports its engine."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import socketio
from engineio.exceptions import EngineIOError
from socketio.exceptions import ConnectionRefusedError as SocketRefused
from socketio.packet import BINARY_ACK, BINARY_EVENT, EVENT, Packet
from starlette.types import ASGIApp, Scope

from contracts.subjects import NAMESPACE
from services.gateway import backlog
from services.gateway.raw_json import RawJson, SplicingJson

MESSAGE_BYTES = 64 * 1024  # that a client may send at once
SocketAck = Callable[..., Awaitable[RawJson]]
_SESSION = "identity"


class _Packet(Packet):  # type: ignore[misc]  # it has no types
    """Text only: a header that declares binary attachments would have the server wait for them, and keep them."""

    json = SplicingJson
    uses_binary_events = False

    def decode(self, encoded_packet: str) -> int:
        if not isinstance(encoded_packet, str) or encoded_packet.startswith((str(BINARY_EVENT), str(BINARY_ACK))):
            raise ValueError("binary packets are not taken")
        return int(super().decode(encoded_packet))


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # it has no types
    """The namespace `/stories`.

    A socket's commands are handled one after the other. Everything is sent to one socket at a time, and what is sent
    stands in the socket's queue before anything else can happen: the order of sending is the order of arrival.
    """

    def __init__(self, origins: Sequence[str]) -> None:
        logger = _quiet()
        super().__init__(
            async_mode="asgi",
            async_handlers=False,  # else one client may run any number of them at once
            always_connect=False,
            namespaces=[NAMESPACE],
            cors_allowed_origins=list(origins),
            max_http_buffer_size=MESSAGE_BYTES,
            serializer=_Packet,
            logger=logger,
            engineio_logger=logger,
        )
        self.eio._async = self.eio._async | {"websocket": backlog.Wire}  # noqa: SLF001
        self.cut_off_count = 0
        self._afterwards: dict[str, Callable[[], Awaitable[None]]] = {}

    def over(self, app: ASGIApp) -> ASGIApp:
        """An application that answers on `/socket.io/` itself and leaves the rest to `app`."""
        application: ASGIApp = socketio.ASGIApp(self, other_asgi_app=app)
        return application

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look after the sockets while the body runs."""
        try:
            yield
        finally:
            await self.shutdown()

    @property
    def connected(self) -> int:
        """How many sockets there are."""
        return sum(1 for _ in self.manager.get_participants(NAMESPACE, None))

    def welcome(self, identify: Callable[[Scope], str], gone: Callable[[str], Awaitable[None]]) -> None:
        """Say who a new socket is, and who is told when it has gone."""

        async def connect(sid: str, environ: dict[str, Any], _auth: object = None) -> None:
            # Until it is refused, a socket counts as one of the namespace: whatever goes wrong has to refuse it.
            try:
                await self.save_session(sid, {_SESSION: identify(environ["asgi.scope"])}, namespace=NAMESPACE)
            except Exception as error:
                raise SocketRefused("unauthorized") from error

        async def disconnect(sid: str, _reason: object = None) -> None:
            self._afterwards.pop(sid, None)
            await gone(sid)

        self.on("connect", connect, namespace=NAMESPACE)
        self.on("disconnect", disconnect, namespace=NAMESPACE)

    def answer(self, command: str, handler: SocketAck) -> None:
        """Answer a command with what `handler(sid, *arguments)` returns; for `*`, `handler(command, sid, *arguments)`."""
        self.on(command, handler, namespace=NAMESPACE)

    async def owner(self, sid: str) -> str:
        """Whose socket it is."""
        return str((await self.get_session(sid, namespace=NAMESPACE))[_SESSION])

    def after_ack(self, sid: str, then: Callable[[], Awaitable[None]]) -> None:
        """Call `then` as soon as the command that is being handled has been answered."""
        self._afterwards[sid] = then

    async def deliver(self, sid: str, name: str, body: RawJson, *, patient: bool = False) -> None:
        """Send an event to one socket. One that has gone gets nothing, one that does not keep up is cut off.

        `patient` waits for a socket that takes in its history; others are never kept waiting for one that is slow.
        """
        engine_sid = self.manager.eio_sid_from_sid(sid, NAMESPACE)
        client = self.eio.sockets.get(engine_sid)
        if client is not None:
            if patient:
                await backlog.room(client)
            if backlog.is_too_long(client):
                await backlog.cut_off(client)
                self.cut_off_count += 1
                return
            with suppress(EngineIOError):
                # Not `emit`, which leaves the sending to a task of its own: an event could come in after the ack of
                # the command that ended it.
                await self._send_packet(engine_sid, _Packet(EVENT, [name, body], NAMESPACE))

    async def _handle_event_internal(  # noqa: PLR0917
        self,
        server: Any,
        sid: str,
        eio_sid: str,
        data: list[Any],
        namespace: str,
        id: int | None,  # noqa: A002
    ) -> None:
        if data[0] in self.reserved_events:
            return  # A client that emits `connect` does not connect.
        await super()._handle_event_internal(server, sid, eio_sid, data, namespace, id)
        then = self._afterwards.pop(sid, None)
        if then is not None:
            await then()

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        await super()._handle_eio_disconnect(eio_sid, reason)
        engine = self.eio.sockets.get(eio_sid)
        if engine is not None and reason == self.reason.CLIENT_DISCONNECT:
            engine.queue.put_nowait(None)  # A poll that waits for something to send ends now, not at its timeout.


def _quiet() -> logging.Logger:
    """The library's logger: at INFO it prints payloads, and what strangers send is not worth a stack trace."""

    def one_line(record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1] is not None:
            record.msg, record.args = f"{record.getMessage()}: {record.exc_info[1]!r}"[:300].replace("%", "%%"), None
            record.exc_info = None
        return True

    logger = logging.getLogger("storywire.socketio")
    logger.setLevel(logging.ERROR)
    logger.filters = [one_line]
    return logger
