"""A web server inside a service."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

GRACE = 1  # seconds that requests in flight have to end


class PortTaken(RuntimeError):
    """Something else listens where we should."""


class _Server(uvicorn.Server):
    """A server that leaves signals to the service it belongs to."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bound(host: str, port: int, mend: str, **options: Any) -> socket.socket:
    """Take a port, 0 for a free one; `options` are `socket.create_server`'s. Raises PortTaken, which says what would mend it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, **options)
    except OSError as error:
        raise PortTaken(f"cannot listen on {host}:{port}: {error.strerror or error}; {mend}") from error


@asynccontextmanager
async def served(app: ASGIApp, listening: socket.socket, **options: Any) -> AsyncIterator[int]:
    """Serve `app` while the body runs; `options` are uvicorn's. Gives the port."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE,
        **options,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve([listening]))
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        await task
