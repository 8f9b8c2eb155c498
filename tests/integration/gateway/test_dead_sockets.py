"""Who is there no more, and did not say so, is found out by Engine.IO's pings alone, and its connection ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.common.clock import new_id
from services.gateway.frames import frame
from services.gateway.outbox import MOST_BYTES
from services.gateway.parcel import Parcel, Said
from services.gateway.server import listening
from services.gateway.settings import GatewaySettings
from services.gateway.socket_server import SocketServer
from tests.integration.gateway.test_limits import limited
from tests.integration.gateway.town import DEADLINE, eventually

SOON: dict[str, Any] = {"ping_every": 1, "pong_within": 2}


async def test_who_answers_no_ping_is_ended_and_nobody_else() -> None:
    async with limited(**SOON) as door, door.socket() as honest, aiohttp.ClientSession() as http:
        async with http.ws_connect(f"{door.url}/socket.io/?EIO=4&transport=websocket") as raw:
            await raw.send_str(f'40/stories,{{"token":"{door.token}"}}')
            async with asyncio.timeout(DEADLINE):
                while not raw.closed:  # it reads, and says nothing more
                    await raw.receive()
        assert (await honest.leave(new_id()))["ok"] is True
        assert await door.metric("connections") == 1


@dataclass
class Served:
    """A server of sockets, who is in, and what is under each."""

    server: SocketServer
    url: str = ""
    sids: list[str] = field(default_factory=list)
    transports: list[asyncio.Transport] = field(default_factory=list)

    async def admit(self, sid: str, _: object) -> str:
        self.sids.append(sid)
        return "somebody"

    async def gone(self, sid: str) -> None:
        self.sids.remove(sid)

    def over(self, app: ASGIApp) -> ASGIApp:
        async def seen(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "websocket":
                self.transports.append(scope["extensions"]["storywire.transport"])
            await app(scope, receive, send)

        return seen


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    served = Served(SocketServer(GatewaySettings(**SOON)))
    served.server.welcome(served.admit, served.gone)
    app = served.over(served.server.over(Response()))
    async with listening(app, "127.0.0.1", 0, 65_536) as port, served.server.running():
        served.url = f"http://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"
        yield served


@asynccontextmanager
async def frozen(served: Served) -> AsyncIterator[asyncio.Transport]:
    """A client that reads nothing more once it is in; the transport to it."""
    async with aiohttp.ClientSession() as http, http.ws_connect(served.url, max_msg_size=0) as raw:
        await raw.send_str("40/stories,")
        while not (await raw.receive_str()).startswith("40/stories,"):
            pass
        (transport,) = served.transports
        yield transport
        transport.abort()  # else its end would wait for ours


@pytest.mark.parametrize("waiting", [1, MOST_BYTES // 2], ids=["little", "much"])
async def test_a_frozen_client_holds_no_connection_whatever_waits_for_it(served: Served, waiting: int) -> None:
    """Much is more than asyncio takes without making who writes wait."""
    piece = Parcel([Said("processing.progress", 1, frame(b"x" * 16_000))])
    async with frozen(served) as transport:
        connection: Any = transport.get_protocol()
        outbox = served.server.outbox(served.sids[0])
        while transport.get_write_buffer_size() < waiting:  # until the systems on both sides take no more
            outbox.send(piece)
            await asyncio.sleep(0)

        async def ended() -> bool:
            return connection.disconnected and not served.sids

        await eventually(ended, "the connection to be no more")
