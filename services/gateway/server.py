"""The web server under the gateway."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from services.common.health import PortTaken
from services.gateway.outbox import reveal
from services.gateway.patience import Http

MOST_PONGS = 64 * 1024  # bytes of them that may wait for a client to read them
GRACE = 1  # seconds that requests in flight have to end


class _Server(uvicorn.Server):
    """A server that leaves signals to the service it belongs to."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _WebSocket(WebSocketsSansIOProtocol):
    """Lets the application write to the connection, see what waits there, and end one whose client does not read."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            reveal(self.scope, self.transport)

    def handle_ping(self) -> None:
        if self.transport.get_write_buffer_size() > MOST_PONGS:  # What is answered has to be read.
            self.transport.abort()
        else:
            super().handle_ping()


@asynccontextmanager
async def listening(app: ASGIApp, host: str, port: int, message_bytes: int) -> AsyncIterator[int]:
    """Serve `app` while the body runs; `message_bytes` may come over a WebSocket at once. Gives the port. Raises PortTaken."""
    bound = _bind(host, port)
    config = uvicorn.Config(
        app,
        http=Http,
        ws=_WebSocket,
        ws_max_size=message_bytes,
        ws_ping_interval=None,  # Engine.IO has pings of its own
        ws_per_message_deflate=False,  # its memory, a connection, is more than our messages are worth
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve([bound]))
    try:
        yield int(bound.getsockname()[1])
    finally:
        server.should_exit = True
        await task


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2_048, dualstack_ipv6=host == "::")
    except OSError as error:
        raise PortTaken(
            f"cannot listen on {host}:{port}: {error.strerror}; see GATEWAY_PORT and GATEWAY_HOST"
        ) from error
