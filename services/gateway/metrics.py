"""What the gateway counts. Labels are templates and names from the contracts, never ids."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.events import EVENTS, ProcessingDelta
from contracts.subjects import socket_event
from services.gateway.parcel import Parcel
from services.gateway.rooms import Rooms
from services.gateway.socket_server import SocketServer

_KINDS = frozenset({ProcessingDelta.kind, *(event.kind for event in EVENTS)})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Delivered(Collector):
    """Plain numbers until somebody asks: they change with each event, and prometheus-client's take a lock."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = defaultdict(int)

    def count(self, parcel: Parcel, copies: int) -> None:
        """Count what was sent to so many sockets."""
        for said in parcel.said:
            self._counts[said.kind if said.kind in _KINDS else "other"] += copies

    def collect(self) -> Iterator[CounterMetricFamily]:
        """What there is now."""
        family = CounterMetricFamily("storywire_gateway_events_delivered", "Events sent to a socket", labels=["event"])
        for kind, count in self._counts.items():
            family.add_metric([socket_event(kind) if kind in _KINDS else kind], count)
        yield family


class Metrics:
    """The gateway's numbers, in one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._commands = Counter(
            "storywire_gateway_commands", "Socket.IO commands", ["command", "outcome"], registry=registry
        )
        registry.register(delivered := _Delivered())
        self.delivered = delivered.count
        self._requests = Counter(
            "storywire_gateway_http_requests", "HTTP requests", ["method", "route", "status"], registry=registry
        )

    def watch(self, server: SocketServer, rooms: Rooms) -> None:
        """Show how many sockets and watched stories there are."""
        connections = Gauge("storywire_gateway_connections", "Sockets connected", registry=self._registry)
        connections.set_function(lambda: server.connected)
        slow = Gauge("storywire_gateway_slow_clients_cut_off", "Sockets cut off so far", registry=self._registry)
        slow.set_function(lambda: server.cut_off_count)
        stories = Gauge("storywire_gateway_watched_stories", "Stories watched by a socket", registry=self._registry)
        stories.set_function(lambda: rooms.watched)

    def command(self, command: str, outcome: str) -> None:
        """Count a command; `outcome` is `ok` or the error's code."""
        self._commands.labels(command, outcome).inc()

    def request(self, method: str, route: str, status: int) -> None:
        """Count an HTTP request."""
        self._requests.labels(method if method in _METHODS else "other", route, status).inc()


class CountedRequests:
    """Counts requests by the route that served them."""

    def __init__(self, app: ASGIApp, metrics: Metrics, routes: Sequence[Route]) -> None:
        self._app = app
        self._metrics = metrics
        self._templates: dict[Any, str] = {route.endpoint: route.path for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 499  # the client went before it was answered

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._metrics.request(scope["method"], self._templates.get(scope.get("endpoint"), "none"), status)
