"""The face that every service shows to probes: /healthz, /readyz and /metrics."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

Check = Callable[[], Awaitable[bool]]
CHECK_TIMEOUT = 3.0  # seconds; a check that hangs is a check that failed


def routes(checks: Mapping[str, Check], registry: CollectorRegistry) -> list[Route]:
    """Routes of a service that is ready when every check holds."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_: Request) -> Response:
        held = await asyncio.gather(*map(_holds, checks.values()))
        found = dict(zip(checks, held, strict=True))
        return JSONResponse({"ready": all(held), "checks": found}, status_code=200 if all(held) else 503)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


async def _holds(check: Check) -> bool:
    with suppress(Exception):  # Whatever went wrong, the answer to "is it well?" is no.
        return await asyncio.wait_for(check(), CHECK_TIMEOUT)
    return False


class PortTaken(RuntimeError):
    """Something else listens where we should."""


class _Server(uvicorn.Server):
    """A server that leaves signals to the service it belongs to."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(port: int, checks: Mapping[str, Check], registry: CollectorRegistry) -> AsyncIterator[int]:
    """Serve the routes on 127.0.0.1 while the body runs. Gives the port. Raises PortTaken."""
    bound = bind("127.0.0.1", port, "set HEALTH_PORT to a free one, or to 0")
    async with served(Starlette(routes=routes(checks, registry)), bound) as given:
        yield given


def bind(host: str, port: int, mend: str) -> socket.socket:
    """Take a port, 0 for a free one. Raises PortTaken, which says what would mend it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise PortTaken(f"port {port} can not be had ({error}); {mend}") from error


@asynccontextmanager
async def served(app: ASGIApp, bound: socket.socket) -> AsyncIterator[int]:
    """Serve `app` while the body runs. Gives the port."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="off", timeout_graceful_shutdown=1
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve([bound]))
    try:
        yield int(bound.getsockname()[1])
    finally:
        server.should_exit = True
        await task
