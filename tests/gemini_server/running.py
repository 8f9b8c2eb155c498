import asyncio
from contextlib import suppress
from typing import Self

import uvicorn

from tests.gemini_server.app import Call, Gemini


class GeminiServer:
    """The server on a loopback port, on the event loop of the test that uses it: `async with GeminiServer() as server`."""

    def __init__(self, port: int = 0, pace: float = 0.01) -> None:
        self._gemini = Gemini(pace)
        config = uvicorn.Config(
            self._gemini.app, port=port, log_config=None, log_level="critical", lifespan="off", ws="none"
        )
        self._server = uvicorn.Server(config)
        self._serving: asyncio.Task[None] | None = None

    @property
    def endpoint(self) -> str:
        """What GEMINI_ENDPOINT is to be."""
        host, port = self._server.servers[0].sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    @property
    def calls(self) -> list[Call]:
        """The calls that were answered so far, oldest first."""
        return self._gemini.calls

    async def __aenter__(self) -> Self:
        self._serving = asyncio.create_task(self._server._serve())
        while not self._server.started:
            if self._serving.done():
                await self._serving
            await asyncio.sleep(0.005)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        if self._serving is not None:
            with suppress(asyncio.CancelledError):
                await self._serving
