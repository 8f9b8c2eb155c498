"""`python -m tests.soak --stories N`: many stories through the whole stack, and whether anything of them is left lying.

Clients come and go meanwhile: each story has one that leaves in good order, one that hangs up, and one that is cut off.
Prints memory and open handles of every service, what the gateway listens to and which consumers there are, after a first
200 stories and after all of them. Exit code 1 when handles, subscriptions or consumers have become more.
"""

import argparse
import asyncio
import sys
import time

from tests.e2e.stack import running
from tests.soak.inventory import Inventory, take
from tests.soak.table import table
from tests.soak.visitors import Visitors

_WARM_UP = 200
_SCRIPT = '{"words": 60, "chunk": 6, "pace": 0.01}'
_QUIET = 35.0  # seconds; Engine.IO lets go of a socket 25 s after its end, at its next ping


async def soak(stories: int) -> bool:
    """Whether everything is as it was."""
    with running(
        STORYWIRE_MODEL="scripted", STORYWIRE_SCRIPT=_SCRIPT, SOCKETS_PER_USER="1000", STORIES_PER_USER="100"
    ) as stack:
        visitors = Visitors(stack.port)
        await visitors.watch(min(_WARM_UP, stories))
        await asyncio.sleep(_QUIET)
        before = await take(stack)
        began = time.monotonic()
        await visitors.watch(stories - min(_WARM_UP, stories))
        took = time.monotonic() - began
        await asyncio.sleep(_QUIET)
        after = await take(stack)
    sys.stdout.write(table(stories, took, visitors, before, after))
    return _is_as_it_was(before, after)


def _is_as_it_was(before: Inventory, after: Inventory) -> bool:
    """Memory is for a person to judge: an allocator gives back what it likes."""
    handles = all(after.handles[name] <= before.handles[name] + 5 for name in before.handles)  # a pool breathes
    return handles and after.subscriptions == before.subscriptions and after.consumers == before.consumers


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--stories", type=int, default=1_000, help="how many, the first 200 included (1000)")
    sys.exit(0 if asyncio.run(soak(parser.parse_args().stories)) else 1)
