"""Composition root of the page's server: wires settings, the built page and its headers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from services.common import health, web_server
from services.common.lifetime import serve_until, stop_on_signals
from services.common.logging import Logger, configure
from services.web import built, page
from services.web.built import Asset
from services.web.headers import SecurityHeaders
from services.web.settings import WebSettings


async def run(settings: WebSettings) -> None:
    """Serve the page until SIGTERM or SIGINT. Raises what `web` raises."""
    stop = stop_on_signals()
    logger = configure("web", settings.log_level)
    await serve_until(stop, web(settings, logger))


@asynccontextmanager
async def web(settings: WebSettings, logger: Logger, folder: Path = built.FOLDER) -> AsyncIterator[int]:
    """A server of the page built in the folder, while the body runs; gives its port. Raises NotBuilt, PortTaken."""
    app = application(built.assets(folder), settings.gateway_url)
    bound = web_server.bound(settings.web_host, settings.web_port, "see WEB_PORT and WEB_HOST")
    async with web_server.served(app, bound) as port:
        logger.info("the page is served", port=port, gateway=settings.gateway_url)
        yield port


def application(assets: Mapping[str, Asset], gateway_url: str) -> ASGIApp:
    """Probes and page, every answer with the same headers."""
    routes = [*health.routes({}, CollectorRegistry()), *page.routes(assets, gateway_url)]
    return Starlette(routes=routes, middleware=[Middleware(SecurityHeaders, gateway_url=gateway_url)])
