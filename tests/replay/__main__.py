"""`python -m tests.replay --events N`: the tools over the log at size, each killed half-way and run again.

Prints what docs/replay.md keeps. Ends with 1 when anything is not as it has to be, and says what. MONGODB_URL and --seeded try
a log that is there.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.replay import table
from tests.replay.proof import Proof
from tests.replay.under_load import under_load
from tests.servers import Server, mongo_server, nats_server


async def prove(proof: Proof, environment: dict[str, str], asked: argparse.Namespace) -> None:
    """All of it."""
    began = time.monotonic()
    table.say(f"`python -m tests.replay {' '.join(sys.argv[1:])}`: {asked.events:,} events. {table.machine()}.\n")
    table.begin()
    if not asked.seeded:
        await proof.seed()
    await proof.rebuild("", asked.events // 2)
    if not asked.under_load:
        await proof.at_rest()
    await under_load(proof, environment, rate=asked.rate, events=asked.events, seconds=asked.seconds)
    table.say(f"\nAll of it took {(time.monotonic() - began) / 60:.0f} minutes, {table.load()} at its end.")
    for fault in proof.faults:
        table.say(f"NOT: {fault}")


def main() -> int:
    """Parse, start servers, prove."""
    parser = argparse.ArgumentParser(prog="python -m tests.replay", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=1_000, help="of the writer under load, events a second")
    parser.add_argument("--seconds", type=float, default=5.0, help="of load before and after the rebuild")
    parser.add_argument("--under-load", action="store_true", help="leave out what reads and copies the log at rest")
    parser.add_argument("--seeded", metavar="DATABASE", help="at MONGODB_URL, seeded by an earlier run")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="storywire-")))
        environment = {
            "MONGODB_URL": os.environ["MONGODB_URL"] if asked.seeded else _started(stack, mongo_server(folder)),
            "NATS_URL": _started(stack, nats_server(folder)),
            "STORYWIRE_DATABASE": asked.seeded or "storywire",
        }
        proof = Proof(folder, environment, asked.events)
        asyncio.run(prove(proof, environment, asked))
    return 1 if proof.faults else 0


def _started(stack: ExitStack, server: Server) -> str:
    stack.callback(server.kill)
    return server.start().url


if __name__ == "__main__":
    sys.exit(main())
