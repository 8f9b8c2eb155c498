"""python-socketio, held to what we need of it. Beside this file, `memberships.py` imports it, and `outbox.py` its engine."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import engineio
import socketio
from engineio.async_socket import AsyncSocket
from socketio.exceptions import ConnectionRefusedError as SocketRefused
from socketio.packet import ACK, Packet
from starlette.types import ASGIApp

from contracts.socket import Refusal
from contracts.subjects import NAMESPACE
from services.common.complaint import sentence
from services.common.lifetime import going_on
from services.gateway import packets
from services.gateway.address import Addresses
from services.gateway.inbox import Inbox
from services.gateway.lobby import Lobby
from services.gateway.memberships import Memberships
from services.gateway.outbox import Outbox, Wire
from services.gateway.raw_json import RawJson, SplicingJson
from services.gateway.refusal import Refused, unauthorized
from services.gateway.settings import GatewaySettings

LOOK = 1.0  # seconds between two looks for sockets that do not say whose they are
SocketAck = Callable[..., Awaitable[RawJson]]


class _Packet(Packet):  # type: ignore[misc]  # it has no types
    """Text only, and JSON that is passed on as it came."""

    json = SplicingJson
    uses_binary_events = False


class _Engine(engineio.AsyncServer):  # type: ignore[misc]  # it has no types
    """python-engineio, whose sockets send through an Outbox."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._async: dict[str, Any] = self._async | {"websocket": Wire}
        self.cut_off_count = 0
        self._endings: set[asyncio.Task[None]] = set()
        self.inboxes: dict[str, Inbox] = {}

    async def hear(self, client: AsyncSocket, said: object) -> None:
        """Let a frame of a WebSocket through, no faster than may be. Raises OSError when no client of ours would send it."""
        if not packets.is_frame(said, upgrading=client.connected and not client.upgraded):
            raise OSError("no frame of Engine.IO")
        inbox = self.inboxes.get(client.sid)
        if inbox is not None:
            await inbox.frame()

    def drop(self, eio_sid: str) -> None:
        """End a connection at once."""
        client = self.sockets.pop(eio_sid, None)
        if client is not None:
            outbox: Outbox = client.queue
            outbox.cut_off()
            self._end(client)

    def create_queue(self) -> Outbox:
        return Outbox(self._cut_off)

    def _cut_off(self, outbox: Outbox) -> None:
        """Let everybody know that a client has gone whose outbox overflowed."""
        self.cut_off_count += 1
        self._end(next(client for client in self.sockets.values() if client.queue is outbox))

    def _end(self, client: AsyncSocket) -> None:
        ending = asyncio.create_task(client.close(wait=False, abort=True, reason=self.reason.SERVER_DISCONNECT))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # it has no types
    """The namespace `/stories`.

    A socket's commands are handled one after the other. The order of sending is the order of arrival: see Outbox.
    """

    def __init__(self, settings: GatewaySettings, monotonic: Callable[[], float] = time.monotonic) -> None:
        logger = _quiet()
        super().__init__(
            client_manager=Memberships(),
            async_mode="asgi",
            async_handlers=False,  # else one client may run any number of them at once
            always_connect=False,
            namespaces=[NAMESPACE],
            cors_allowed_origins=list(settings.cors_origins),
            max_http_buffer_size=settings.socket_message_bytes,
            ping_interval=settings.ping_every,
            ping_timeout=settings.pong_within,
            serializer=_Packet,
            logger=logger,
            engineio_logger=logger,
        )
        self._afterwards: dict[str, Callable[[], Awaitable[None]]] = {}
        self._settings = settings
        self._monotonic = monotonic
        self._addresses = Addresses(settings.trusted_proxies)
        self._lobby = Lobby(settings, monotonic)

    def over(self, app: ASGIApp) -> ASGIApp:
        """An application that answers on `/socket.io/` itself and leaves the rest to `app`."""
        application: ASGIApp = socketio.ASGIApp(self, other_asgi_app=app)
        return application

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look after the sockets while the body runs."""
        try:
            async with going_on(self._look_for_the_late()):
                yield
        finally:
            await self.shutdown()

    async def _look_for_the_late(self) -> None:
        while True:
            await asyncio.sleep(min(LOOK, self._settings.connect_within))
            for eio_sid in self._lobby.late():
                self.eio.drop(eio_sid)

    @property
    def connected(self) -> int:
        """How many sockets there are."""
        return sum(1 for _ in self.manager.get_participants(NAMESPACE, None))

    @property
    def cut_off_count(self) -> int:
        """How many were cut off so far."""
        return int(self.eio.cut_off_count)

    def welcome(self, admit: Callable[[str, object], Awaitable[str]], gone: Callable[[str], Awaitable[None]]) -> None:
        """Say who lets a new socket in by what it sent, knowing whose it is, or raises Refused; and who hears when one has gone."""

        async def connect(sid: str, _environ: dict[str, Any], auth: object = None) -> None:
            # Until it is refused, a socket counts as one of the namespace: whatever goes wrong has to refuse it.
            try:
                self._lobby.seat(self.manager.eio_sid_from_sid(sid, NAMESPACE), await admit(sid, auth))
            except Refused as refused:
                await gone(sid)
                _turn_away(refused)
            except BaseException:  # noqa: BLE001 - python-socketio takes a handler that is cancelled for a welcome
                await gone(sid)
                _turn_away(unauthorized("Whether the socket may come in cannot be told now."))

        async def disconnect(sid: str, _reason: object = None) -> None:
            self._afterwards.pop(sid, None)
            self._lobby.stand(self.manager.eio_sid_from_sid(sid, NAMESPACE))
            await gone(sid)

        self.on("connect", connect, namespace=NAMESPACE)
        self.on("disconnect", disconnect, namespace=NAMESPACE)

    def answer(self, command: str, handler: SocketAck) -> None:
        """Answer a command with what `handler(sid, *arguments)` returns; for `*`, `handler(command, sid, *arguments)`."""
        self.on(command, handler, namespace=NAMESPACE)

    async def end(self, sid: str) -> None:
        """Show a socket out."""
        await self.disconnect(sid, namespace=NAMESPACE)

    def after_ack(self, sid: str, then: Callable[[], Awaitable[None]]) -> None:
        """Call `then` as soon as the command that is being handled has been answered."""
        self._afterwards[sid] = then

    def outbox(self, sid: str) -> Outbox:
        """Where to put what this socket shall be sent. Raises KeyError when it has gone."""
        outbox: Outbox = self.eio.sockets[self.manager.eio_sid_from_sid(sid, NAMESPACE)].queue
        return outbox

    def _engineio_server_class(self) -> type[_Engine]:
        return _Engine

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
        if data[0] == "*":
            data = ["", *data[1:]]  # What all unknown commands are registered under is none itself.
        await super()._handle_event_internal(server, sid, eio_sid, data, namespace, id)
        then = self._afterwards.pop(sid, None)
        if then is not None:
            await then()

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        for standing in self._lobby.enter(eio_sid, self._addresses.of(environ["asgi.scope"])):
            self.eio.drop(standing)
        self.eio.inboxes[eio_sid] = Inbox(self._settings.events_per_second, self._monotonic)
        await super()._handle_eio_connect(eio_sid, environ)

    async def _handle_eio_message(self, eio_sid: str, data: object) -> None:
        said, inbox = packets.read(data), self.eio.inboxes.get(eio_sid)
        if inbox is None:
            return  # It has just gone.

        async def handle() -> None:
            if said is not None:
                await super(SocketServer, self)._handle_eio_message(eio_sid, data)

        async def refuse(refused: Refused) -> None:
            if said is not None and said.number is not None:
                answer = RawJson(Refusal(error=refused.fault).model_dump_json())
                await self._send_packet(eio_sid, _Packet(ACK, namespace=NAMESPACE, id=said.number, data=[answer]))

        await inbox.take(handle, refuse)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        await super()._handle_eio_disconnect(eio_sid, reason)
        self._lobby.leave(eio_sid)
        self.eio.inboxes.pop(eio_sid, None)
        engine = self.eio.sockets.get(eio_sid)
        if engine is not None and reason == self.reason.CLIENT_DISCONNECT:
            engine.queue.put_nowait(None)  # A poll that waits for something to send ends now, not at its timeout.
        if engine is not None and reason == self.reason.PING_TIMEOUT:
            engine.queue.cut_off()  # It may be frozen, and never take what waits; nobody counts it any more.


def _turn_away(refused: Refused) -> NoReturn:
    fault = refused.fault.model_dump(mode="json")
    raise SocketRefused(refused.fault.code, fault) from refused


def _quiet() -> logging.Logger:
    """The library's logger: its lines quote what strangers sent. What is heard of it are errors in our own handlers."""

    def kind_alone(record: logging.LogRecord) -> bool:
        error = record.exc_info and record.exc_info[1]
        record.msg, record.args, record.exc_info = "socket.io failed: %s", (error and sentence(error),), None
        return bool(error)

    logger = logging.getLogger("storywire.socketio")
    logger.setLevel(logging.ERROR)
    logger.filters = [kind_alone]
    return logger
