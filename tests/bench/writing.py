"""Five hundred stories at once in one generator, with a model that costs nothing: what is left is our own work.

Nothing is compared: what anybody else's generator would do instead is not the same work.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.events import ProcessingComplete, ProcessingDelta
from contracts.permissions import OPERATOR
from contracts.subjects import ALL_LIVE, ALL_STORIES, inbox_of
from deploy.local.ports import free_port
from deploy.local.program import Program
from deploy.local.services import check_readyz
from services.common import topology
from services.common.clock import new_id
from tests.bench.contest import OURS, Contest, Sample, Work
from tests.bench.cost import cpu
from tests.integration.generator.desk import Desk
from tests.servers import Server, nats_server

_SIZES = (50, 200, 500)
_SCRIPT = '{"words": 120, "chunk": 3, "pace": 0.25}'  # 40 pieces in ten seconds, each published by itself
_WITHIN = 100.0  # seconds


async def contests(is_wanted: Callable[[str], bool]) -> AsyncGenerator[Contest, None]:
    """Each size once, on a generator of its own."""
    for stories in _SIZES if is_wanted("writing") else ():
        work = Work("writing", "stories written at once", f"{stories} stories", "ms of CPU a story")
        yield Contest(work, {OURS: partial(_write, stories)}, rounds=1, warm_ups=0)


async def _write(stories: int) -> Sample:
    """CPU from the first request to the last end."""
    async with _desk() as (desk, server, count):
        before, began = cpu(server.pid), time.monotonic()
        await asyncio.gather(*(desk.ask(b"A duck went to sea.") for _ in range(stories)))
        async with asyncio.timeout(_WITHIN):
            while count[ProcessingComplete.kind] < stories:
                await asyncio.sleep(0.05)
        took, spent = time.monotonic() - began, cpu(server.pid) - before
    return Sample(1e3 * spent / stories, {"pieces a story": count[ProcessingDelta.kind] / stories, "s in all": took})


@asynccontextmanager
async def _desk() -> AsyncIterator[tuple[Desk, Server, Counter[str]]]:
    """A generator at work, somebody to ask it, and how much of what has been heard of it so far."""
    with tempfile.TemporaryDirectory(prefix="storywire-") as folder:
        server = nats_server(Path(folder)).start()
        generator = Server(_generator(server, Path(folder)), "")
        try:
            client = await nats.connect(server.url, inbox_prefix=inbox_of(OPERATOR))
            await topology.declare(client.jetstream(timeout=30), new_id)
            count = await _counting(client)
            generator.start()
            yield Desk(client), generator, count
            await client.close()
        finally:
            generator.kill()
            server.kill()


def _generator(server: Server, folder: Path) -> Program:
    settings = {
        "NATS_URL": server.url_of("generator"),
        "GENERATOR_CONCURRENCY": str(max(_SIZES)),
        "STORYWIRE_MODEL": "scripted",
        "STORYWIRE_SCRIPT": _SCRIPT,
        "HEALTH_PORT": str(port := free_port()),
        "LOG_LEVEL": "WARNING",
    }
    command = (sys.executable, "-m", "services.generator")
    return Program("generator", command, folder / "log", partial(check_readyz, port), {**os.environ, **settings}, port)


async def _counting(client: Client) -> Counter[str]:
    """How many stories have been completed, and how many pieces of text were told; goes on counting."""
    count = Counter({ProcessingComplete.kind: 0, ProcessingDelta.kind: 0})

    async def hear(message: Msg) -> None:
        for kind in count:
            count[kind] += message.subject.endswith(kind)

    for pattern in (ALL_STORIES, ALL_LIVE):
        await client.subscribe(pattern, cb=hear)
    await client.flush()
    return count
