"""`python -m tests.replay --events N`: the tools over the log at size, each killed half-way and run again.

Prints what each took. Ends with 1 when anything is not as it has to be. MONGODB_URL and --seeded try a log that is there.
"""

import argparse
import asyncio
import hashlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError

from contracts.queries import ListQuery
from contracts.streams import STORE, STORIES
from contracts.subjects import QUERY_LIST
from services.common.clock import new_id
from tests.replay.load import OWNER, Load, Reader
from tests.replay.measured import Ran, killed, run
from tests.servers import Server, mongo_server, nats_server


class Proof:
    """One run of it all."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self.faults: list[str] = []

    async def run(self, events: int, seconds: float, *, seeded: bool) -> None:
        if not seeded:
            self._said("seed-log", await run(self._environment, "seed-log", "--events", events))
        await self._broken_off("rebuild", "--yes")
        await self._broken_off("verify", "--offline")
        first, second = self._folder / "first.ndjson.gz", self._folder / "second.ndjson.gz"
        await self._broken_off("export", "--offline", "-o", first)
        other = {**self._environment, "STORYWIRE_DATABASE": f"copy-{new_id()}"}
        await self._broken_off("import", first, environment=other)
        self._said("export the copy", await run(other, "export", "--offline", "-o", second))
        same = _digest(first) == _digest(second)
        self._check("export | import | export is the same to the byte", holds=same)
        self._said("verify the copy", await run(other, "verify", "--offline"))
        await self._under_load(seconds)

    async def _broken_off(self, command: str, *arguments: object, environment: dict[str, str] | None = None) -> None:
        """kill -9 twice on the way, then to the end."""
        environment = environment or self._environment
        halves = [await killed(environment, seconds, command, *arguments) for seconds in (4.0, 8.0)]
        ran = await run(environment, command, *arguments)
        self._said(f"{command}, after {sum(halves)} kills", ran)

    async def _under_load(self, seconds: float) -> None:
        """Rebuild while two stores take 1,000 events a second and somebody reads."""
        async with AsyncExitStack() as stack:
            for _ in range(2):
                await stack.enter_async_context(_store(self._environment))
            client = await nats.connect(self._environment["NATS_URL"])
            stack.push_async_callback(client.close)
            await _answers(client)
            stop, load = asyncio.Event(), Load(client, 1_000)
            reader = Reader(client, load)
            working = [asyncio.create_task(each.run(stop)) for each in (load, reader)]
            await asyncio.sleep(seconds)
            before, began = load.written, asyncio.get_running_loop().time()
            self._said("rebuild under load", await run(self._environment, "rebuild", "--yes", "--json"))
            took = asyncio.get_running_loop().time() - began
            _print(f"written meanwhile: {load.written - before} events, {(load.written - before) / took:.0f} a second")
            await asyncio.sleep(seconds)
            stop.set()
            await asyncio.gather(*working)
            _print(f"{reader.reads} reads, the slowest {reader.slowest * 1000:.0f} ms")
            self._check(f"no read failed {reader.failed[:1]}", holds=not reader.failed)
            self._check(f"no read was older than one before {reader.stale[:1]}", holds=not reader.stale)
            await _idle(client)
            self._said("verify, with JetStream", await run(self._environment, "verify"))
            self._said("rollback", await run(self._environment, "rebuild", "--rollback"))
            self._said("verify after it", await run(self._environment, "verify"))

    def _said(self, what: str, ran: Ran) -> None:
        said = " ".join(ran.out.split())[-400:]
        _print(f"{what}: exit {ran.code}, {ran.seconds:.1f} s, {ran.memory:.0f} MiB: {said}")
        self._check(f"{what} ended well: {ran.error[-300:]}", holds=ran.code == 0)

    def _check(self, what: str, *, holds: bool) -> None:
        if not holds:
            self.faults.append(what)
            _print(f"NOT: {what}")


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


async def _idle(client: Client) -> None:
    """Wait until the stores have taken in all there is."""
    js = client.jetstream()
    while True:
        info = await js.consumer_info(STORIES.name, STORE.durable)
        if not info.num_pending and not info.num_ack_pending:
            return
        await asyncio.sleep(0.2)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _server(stack: ExitStack, server: Server) -> str:
    stack.callback(server.kill)
    return server.start().url


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.replay", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=5.0, help="of load before and after the rebuild")
    parser.add_argument("--seeded", metavar="DATABASE", help="at MONGODB_URL, seeded by an earlier run")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="storywire-")))
        environment = {
            "MONGODB_URL": os.environ["MONGODB_URL"] if asked.seeded else _server(stack, mongo_server(folder)),
            "NATS_URL": _server(stack, nats_server(folder)),
            "STORYWIRE_DATABASE": asked.seeded or "storywire",
        }
        proof = Proof(folder, environment)
        asyncio.run(proof.run(asked.events, asked.seconds, seeded=bool(asked.seeded)))
    return 1 if proof.faults else 0


if __name__ == "__main__":
    sys.exit(main())
