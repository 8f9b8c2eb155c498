"""`python -m tests.attacks`: load as an attack, against a whole stack on loopback, and what others notice of it.

Prints what was measured; what is too much is for a person to judge.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import nats
import psutil

from contracts.socket import JOIN, LEAVE
from services.common.clock import new_id
from tests import tokens
from tests.chaos.flow import Flow
from tests.chaos.wire import Ack, Wire, dial
from tests.integration.outages.house import House

_SAY = sys.stdout.write
_LONG = "x" * 60_000


async def attack(kind: str, *given: object) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "tests.attacks.attackers", kind, *map(json.dumps, given))
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)


async def there(attacker: asyncio.subprocess.Process) -> None:
    assert attacker.stderr
    assert await attacker.stderr.readline() == b"there\n"


async def outcome(attacker: asyncio.subprocess.Process) -> object:
    out, _ = await attacker.communicate()
    return json.loads(out)


async def answer_times(port: int, clients: int, seconds: float) -> list[float]:
    """Milliseconds in which commands of honest clients are answered, each asking five times a second."""
    found: list[float] = []

    async def one() -> None:
        wire = await dial(port, tokens.token(new_id()))
        answers = wire.packets()
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            began = time.monotonic()
            await wire.ask(LEAVE, {"storyId": "0" * 26})
            while not isinstance(await anext(answers), Ack):
                pass
            found.append((time.monotonic() - began) * 1000)
            await asyncio.sleep(0.2)
        wire.abort()

    await asyncio.gather(*(one() for _ in range(clients)))
    return found


def told(times: list[float]) -> str:
    hundredths = statistics.quantiles(times, n=100)
    return f"p50 {hundredths[49]:.1f} ms, p99 {hundredths[98]:.1f} ms, max {max(times):.1f} ms ({len(times)} answers)"


async def flood(port: int, rate: int, seconds: float) -> None:
    """One socket sends without end."""
    before = await answer_times(port, 20, seconds)
    flooding = await attack("flood", port, tokens.token("flood"), rate, seconds + 2)
    await asyncio.sleep(1)
    during = await answer_times(port, 20, seconds)
    _SAY(f"flood of {rate} events/s on one socket: {await outcome(flooding)}\n")
    _SAY(f"  others before: {told(before)}\n  others during: {told(during)}\n")


async def crowd(port: int, sockets: int) -> None:
    """Many sockets that never say whose they are."""
    crowding = await attack("crowd", port, sockets, 15)
    await there(crowding)
    times = []
    for _ in range(20):
        began = time.monotonic()
        (await dial(port, tokens.token("honest"))).abort()
        times.append((time.monotonic() - began) * 1000)
    _SAY(
        f"{sockets} sockets that say nothing: an honest one comes in, {told(times)}; after 15 s: {await outcome(crowding)}\n"
    )


async def deaf(house: House, sockets: int, seconds: float) -> None:
    """Sockets that join, never read, and forge pongs, while much happens in their story."""
    client = await nats.connect(house.nats_url)
    flow = Flow(client, [story := new_id()], rate=1)
    await flow.begin()
    gateway = psutil.Process(house.services["gateway"].pid)
    before = most = gateway.memory_info().rss
    each = [tokens.token(tokens.USER) for _ in range(sockets)]
    listening = await attack("deaf", house.port, story, seconds, *each)
    await there(listening)
    reader = await dial(house.port, tokens.token())
    await reader.ask(JOIN, {"storyId": story})
    reading = asyncio.create_task(_read(reader))
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        await flow.say(story, _LONG)
        most = max(most, gateway.memory_info().rss)
        await asyncio.sleep(0.02)
    seen = flow.written[story]
    reading.cancel()
    _SAY(
        f"{sockets} deaf sockets with forged pongs for {seconds:g} s, {seen} events of 60 kB: "
        f"{(most - before) / 1024**2:.1f} MiB more at most; {await outcome(listening)}\n"
    )
    await client.close()


async def _read(wire: Wire) -> None:
    async for _ in wire.packets():
        pass


async def attacks(house: House, share: float) -> None:
    await flood(house.port, 10_000, 10 * share)
    await crowd(house.port, int(2_000 * share))
    await deaf(house, 50, 60 * share)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("share", type=float, nargs="?", default=1.0, help="of the attackers, and of the time")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="storywire-attacks-") as folder, suppress(KeyboardInterrupt):
        house = House(Path(folder) / "house", SOCKETS_PER_USER="100", EVENTS_PER_SECOND="50")
        with house.running():
            asyncio.run(attacks(house, asked.share))
