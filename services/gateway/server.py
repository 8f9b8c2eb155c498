"""The web server under the gateway."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from services.common.web_server import bound, served
from services.gateway.outbox import reveal
from services.gateway.patience import Http

MOST_PONGS = 64 * 1024  # bytes of them that may wait for a client to read them


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
    taken = bound(host, port, "see GATEWAY_PORT and GATEWAY_HOST", backlog=2_048, dualstack_ipv6=host == "::")
    async with served(
        app,
        taken,
        http=Http,
        ws=_WebSocket,
        ws_max_size=message_bytes,
        ws_ping_interval=None,  # Engine.IO has pings of its own
        ws_per_message_deflate=False,  # its memory, a connection, is more than our messages are worth
    ) as given:
        yield given
