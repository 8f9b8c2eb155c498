"""The gateway's connection to NATS, and who wants to hear when it was lost and when it is back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

from nats.errors import Error as NatsError

from services.common import durability, topology
from services.common.connection import REQUEST_TIMEOUT, Closed, answers, options, tls
from services.common.logging import Logger
from services.common.settings import Settings
from services.gateway.ear import Ear
from services.gateway.refusal import unavailable


class Listener(Protocol):
    """Somebody who listens on core NATS, where nothing is sent twice."""

    def lost(self) -> None:
        """From here on messages go missing."""

    def back(self) -> None:
        """From here on messages come again."""


class Link:
    """One connection, for everything that the gateway says and hears."""

    def __init__(self, settings: Settings, logger: Logger, closed: Closed) -> None:
        self.client = Ear()
        self._options = options("gateway", settings, logger, closed) | {"tls": tls(settings)}
        self._monitor_url = settings.nats_monitor_url
        self._logger = logger
        self._opened = False
        self._closed = closed

    @asynccontextmanager
    async def kept_open(
        self, listeners: Sequence[Listener], first: Callable[[], Awaitable[None]]
    ) -> AsyncIterator[None]:
        """Connect, however long it takes, and stay connected while the body runs; `first` is done before anybody is served.

        Raises WeakDurability, WeakTopology at its end.
        """
        opening = asyncio.create_task(self._open(listeners, first))
        try:
            yield
        finally:
            while not opening.done():  # A cancellation that comes just when a try to connect fails is lost on the way.
                opening.cancel()
                await asyncio.wait({opening}, timeout=1)
            await self._close()
            if not opening.cancelled():
                opening.result()  # It says why there is an end; that the body was cancelled is only how.

    async def _close(self) -> None:
        begun = self.client.is_connected or self.client.is_connecting or self.client.is_reconnecting
        if begun:
            # The last is uvloop's: nats-py says goodbye to a connection that may have gone.
            with suppress(NatsError, OSError, RuntimeError):
                await self.client.close()

    async def _open(self, listeners: Sequence[Listener], first: Callable[[], Awaitable[None]]) -> None:
        try:
            await self._connect(listeners)
            await first()
            self._opened = True
            self._logger.info("gateway serves")
        except Exception:
            self._closed(None)
            raise

    async def _connect(self, listeners: Sequence[Listener]) -> None:
        await self.client.connect(**self._options | self._callbacks(listeners))
        await durability.check(self._monitor_url, self._logger)
        await topology.wait(self.client.jetstream(timeout=REQUEST_TIMEOUT), self._logger)

    @property
    def up(self) -> bool:
        """Whether NATS can be asked now."""
        return self._opened and self.client.is_connected

    def require(self) -> None:
        """Raise Refused when NATS is away. What is published meanwhile would be sent later, when nobody waits for it."""
        if not self.up:
            raise unavailable("NATS is away; try again in a moment. (NATS_URL)")

    async def answers(self) -> bool:
        """Whether NATS answers."""
        return self.up and await answers(self.client)

    def _callbacks(self, listeners: Sequence[Listener]) -> dict[str, Any]:
        """The common callbacks, and the listeners' after them."""

        async def on_disconnect() -> None:
            if not self.client.is_closed:  # nor are we closing it
                await self._options["disconnected_cb"]()
            for listener in listeners:
                listener.lost()

        async def on_reconnect() -> None:
            await self._options["reconnected_cb"]()
            for listener in listeners:
                listener.back()

        return {
            "disconnected_cb": on_disconnect,
            "reconnected_cb": on_reconnect,
        }
