"""Rebuilds while a store takes what a writer writes, and somebody reads."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import quantiles

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError

from contracts.queries import ListQuery
from contracts.streams import STORE, STORIES
from contracts.subjects import QUERY_LIST
from tests.replay import table
from tests.replay.proof import Proof
from tests.replay.reader import Reader
from tests.replay.writer import OWNER
from tests.replay.writing import Stand, writing

_ENOUGH = 0.95  # of the rate that was asked for
_IDLE = 600.0  # seconds that the store may need for what is left to it


async def under_load(proof: Proof, environment: dict[str, str], *, rate: int, events: int, seconds: float) -> None:
    """Rebuild both projections, with `seconds` of the same load before and after."""
    async with _store(environment), await nats.connect(environment["NATS_URL"]) as client:
        await _answers(client)
        async with writing(environment, rate) as writer:
            reader, stop = Reader(client, writer.stories), asyncio.Event()
            reading = asyncio.create_task(reader.run(stop))
            await asyncio.sleep(seconds)
            before = writer.stand
            await proof.rebuild(" under load", events // 2)
            after, left = writer.stand, await _left(client)
            await asyncio.sleep(seconds)
            stop.set()
            await reading
        await _idle(client)
        _tell(proof, rate, (before, after), left)
        _judge(proof, reader)
        await proof.afterwards()


def _tell(proof: Proof, rate: int, stands: tuple[Stand, Stand], left: int) -> None:
    before, after = stands
    reached = after.rate(before)
    table.say(
        f"| the writer meanwhile: {after.written - before.written:,} events, **{reached:,.0f} a second**; {left:,} of them "
        f"not yet in the log at the end | {after.at - before.at:.0f} s | {after.share(before):.0%} of a core | | |"
    )
    proof.check(f"the writer came to {reached:.0f} of {rate} events a second", holds=reached >= _ENOUGH * rate)


def _judge(proof: Proof, reader: Reader) -> None:
    slow = [1e3 * each for each in quantiles(reader.took, n=100)]
    table.say(
        f"| a reader meanwhile: {len(reader.took):,} reads, {len(reader.failed)} failed, {len(reader.stale)} older than one "
        f"before, {len(reader.mixed)} untrue | half within {slow[49]:.0f} ms, 99% within {slow[98]:.0f} ms, all within "
        f"{1e3 * max(reader.took):.0f} ms | | | |"
    )
    proof.check(f"no read failed {reader.failed[:1]}", holds=not reader.failed)
    proof.check(f"no read was older than one before {reader.stale[:1]}", holds=not reader.stale)
    proof.check(f"every read was true {reader.mixed[:1]}", holds=not reader.mixed)


@asynccontextmanager
async def _store(environment: dict[str, str]) -> AsyncIterator[None]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.store", env={**os.environ, **environment, "LOG_LEVEL": "ERROR"}
    )
    try:
        yield
    finally:
        child.terminate()
        await child.wait()


async def _answers(client: Client) -> None:
    """Wait for a store."""
    while True:
        try:
            await client.request(QUERY_LIST, ListQuery(owner=OWNER).body(), timeout=1)
        except (NatsError, TimeoutError):
            await asyncio.sleep(0.2)
        else:
            return


async def _left(client: Client) -> int:
    """Events that the store has not acknowledged yet."""
    info = await client.jetstream().consumer_info(STORIES.name, STORE.durable)
    return (info.num_pending or 0) + (info.num_ack_pending or 0)


async def _idle(client: Client) -> None:
    """Wait until the store has taken in all there is."""
    async with asyncio.timeout(_IDLE):
        while await _left(client):
            await asyncio.sleep(0.2)
