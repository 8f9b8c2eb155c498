"""How a service ends: on SIGTERM or SIGINT, in the ordinary way."""

import asyncio
import signal
from contextlib import AbstractAsyncContextManager


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def serve_until(stop: asyncio.Event, service: AbstractAsyncContextManager[object]) -> None:
    """Enter the service and stay in it until `stop` is set, which also ends an entering that waits for its servers.

    Raises whatever ends the service before that.
    """
    serving = asyncio.create_task(_serve(service))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    serving.cancel()
    stopped.cancel()
    await asyncio.wait({serving, stopped})
    if not serving.cancelled():
        serving.result()


async def _serve(service: AbstractAsyncContextManager[object]) -> None:
    async with service:
        await asyncio.Event().wait()
