"""How a service ends: on SIGTERM or SIGINT, in the ordinary way."""

import asyncio
import signal


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def until_stopped() -> None:
    """Wait for SIGTERM or SIGINT."""
    await stop_on_signals().wait()
