"""History, then what happens, under one cursor: the position."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.streams import STORIES
from services.common.connection import round_trip
from services.common.stored import StoredMessage, read

_LOOK = 2.0  # seconds; so long after a lost connection is back, what it missed is read at the latest


async def following(client: Client, subject: str, start: int) -> AsyncIterator[StoredMessage]:
    """Every committed event on `subject` from position `start` on, each once, in order, without an end.

    What is heard live only says that there is something to read: so there is no seam between history and live, and
    nothing is missed while the connection is away. Raises Unreadable, nats' errors.
    """
    news = asyncio.Event()

    async def hear(_: Msg) -> None:
        news.set()

    subscription = await client.subscribe(subject, cb=hear)
    try:
        await round_trip(client)
        while True:
            news.clear()
            async for message in read(client, STORIES.name, subject, start):
                start = message.position + 1
                yield message
            await _wait(news)
    finally:
        if not client.is_closed:
            await subscription.unsubscribe()


async def _wait(news: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_LOOK):
            await news.wait()
