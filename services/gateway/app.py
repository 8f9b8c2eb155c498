"""Composition root of the gateway: wires settings, NATS, HTTP and Socket.IO."""

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp

from services.common import health
from services.common.clock import Clock, NewId, new_id, now
from services.common.connection import Closed
from services.common.history import History
from services.common.lifetime import going_on, serve_until, stop_on_signals
from services.common.logging import Logger, configure
from services.common.write_guard import WriteGuard
from services.gateway import activity_api, commands_api, session_api, share_api, stories_api, uploads_api
from services.gateway.abandoned_uploads import AbandonedUploads
from services.gateway.access import access
from services.gateway.authentication import Authenticated
from services.gateway.commands import Commands
from services.gateway.erasure import Erasure
from services.gateway.errors import HANDLERS, LastResort
from services.gateway.garbage import rarely_collected
from services.gateway.headers import SecurityHeaders
from services.gateway.idempotency import HEADER
from services.gateway.identity import Identify
from services.gateway.intake import Intake
from services.gateway.link import Link
from services.gateway.metrics import CountedRequests, Metrics
from services.gateway.origins import Origins
from services.gateway.queue_limit import QueueLimit
from services.gateway.revocations import Revocations
from services.gateway.rooms import Rooms
from services.gateway.server import listening
from services.gateway.settings import GatewaySettings
from services.gateway.socket_commands import SocketCommands
from services.gateway.socket_server import SocketServer
from services.gateway.stories import Stories

SOURCE = "storywire/gateway"


async def run(settings: GatewaySettings) -> None:
    """Run the gateway until SIGTERM or SIGINT. Raises what `gateway` raises."""
    stop = stop_on_signals()
    logger = configure("gateway", settings.log_level)
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # it warns of every broken form
    await serve_until(stop, rarely_collected(gateway(settings, logger, closed=stop.because)))


@asynccontextmanager
async def gateway(
    settings: GatewaySettings,
    logger: Logger,
    *,
    closed: Closed = lambda _: None,
    clock: Clock = now,
    ids: NewId = new_id,
) -> AsyncIterator[int]:
    """A gateway that serves while the body runs; gives its port. Until NATS is there, it answers 503.

    `closed` is called when it cannot go on, because NATS is lost for good, refuses it or does not fit.
    Raises NoKey, NotAllowed, PortTaken, WeakDurability, WeakTopology.
    """
    link = Link(settings, logger, closed)
    revocations = Revocations(link, clock)
    doors = access(settings, revocations, clock, ids)
    history = History(link.client)
    stories = Stories(link, history)
    guard = WriteGuard(link.client, SOURCE, ids, time.monotonic)
    intake = Intake(link, history, guard, clock, ids, logger=logger)
    commands = Commands(stories, guard, clock)
    abandoned = AbandonedUploads(link, history, logger, time.monotonic, settings.abandoned_upload_age)
    metrics = Metrics(registry := CollectorRegistry())
    sockets = SocketServer(settings)
    rooms = Rooms(link, stories, metrics.delivered)
    metrics.watch(sockets, rooms)
    asked = SocketCommands(
        sockets, doors, rooms, commands, joins=settings.joins_per_socket, metrics=metrics, logger=logger
    )
    asked.register()
    checks = {"nats": link.answers, "store": stories.caught_up}
    routes = [
        *session_api.routes(doors.guests, doors.gate.identify, revocations, doors.newcomer),
        *uploads_api.routes(
            intake,
            QueueLimit(stories, settings.stories_per_user, time.monotonic),
            settings.upload_bytes,
            settings.upload_within,
        ),
        *stories_api.routes(stories, doors.shares),
        *commands_api.routes(commands, Erasure(stories, guard, clock, logger)),
        *activity_api.routes(stories),
        *share_api.routes(stories, doors.shares),
        *health.routes(checks, registry),
    ]
    app = sockets.over(http_app(routes, settings, doors.gate.identify, metrics, logger))
    app = SecurityHeaders(Origins(app, settings.cors_origins))
    async with (
        link.kept_open((rooms, revocations), first=revocations.begin),
        going_on(abandoned.sweep_for_ever()),
        going_on(doors.sessions.sweep_for_ever(asked.show_out)),
        listening(app, settings.gateway_host, settings.gateway_port, settings.socket_message_bytes) as port,
        sockets.running(),
    ):
        yield port


def http_app(
    routes: list[Route], settings: GatewaySettings, identify: Identify, metrics: Metrics, logger: Logger
) -> ASGIApp:
    """Everything but Socket.IO."""
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=("GET", "POST", "DELETE"),
        allow_headers=("Authorization", HEADER),
        allow_credentials=True,
        expose_headers=("Content-Disposition", "Location", "Retry-After"),
    )
    counted = Middleware(CountedRequests, metrics=metrics, routes=routes)
    last = Middleware(LastResort, logger=logger)
    known = Middleware(Authenticated, identify=identify)
    app = Starlette(routes=routes, middleware=[counted, cors, last, known], exception_handlers=HANDLERS)
    app.router.redirect_slashes = False  # a path is right or unknown
    return app
