"""The face that every service shows to probes: /healthz, /readyz and /metrics."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from services.common.web_server import bound, served

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


@asynccontextmanager
async def serving(port: int, checks: Mapping[str, Check], registry: CollectorRegistry) -> AsyncIterator[int]:
    """Serve the routes on 127.0.0.1 while the body runs. Gives the port. Raises PortTaken."""
    listening = bound("127.0.0.1", port, "set HEALTH_PORT to a free one, or to 0")
    async with served(Starlette(routes=routes(checks, registry)), listening) as given:
        yield given
