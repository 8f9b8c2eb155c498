"""How a service ends: on SIGTERM or SIGINT, in the ordinary way."""

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any


class Stop(asyncio.Event):
    """Set when the service has to end; `reason` is the error that makes it, if one does."""

    reason: Exception | None = None

    def because(self, reason: Exception | None) -> None:
        """End the service. The first reason is the one that counts."""
        self.reason = self.reason or reason
        self.set()


def stop_on_signals() -> Stop:
    """One that SIGTERM and SIGINT set."""
    stop = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def serve_until(stop: Stop, service: AbstractAsyncContextManager[object]) -> None:
    """Enter the service and stay in it until `stop` is set, which also ends an entering that waits for its servers.

    Raises whatever ends the service before that, and the reason to stop.
    """
    serving = asyncio.create_task(_serve(service))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    serving.cancel()
    stopped.cancel()
    await asyncio.wait({serving, stopped})
    if stop.reason is not None:
        raise stop.reason
    if not serving.cancelled():
        serving.result()


async def _serve(service: AbstractAsyncContextManager[object]) -> None:
    async with service:
        await asyncio.Event().wait()


@asynccontextmanager
async def going_on(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """The work goes on while the body runs, and is cancelled then. Should it ever fail, the body is: no service lives on without it.

    Raises what the work raised, in a group.
    """
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        try:
            yield task
        finally:
            task.cancel()
