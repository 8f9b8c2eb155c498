"""The writer, as who started it sees it."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

_FRESH = 300  # stories that were begun last


class Stand(NamedTuple):
    """How many events it had written at a time (monotonic), and its seconds of CPU by then."""

    at: float = 0.0
    written: int = 0
    cpu: float = 0.0

    def rate(self, before: "Stand") -> float:
        """Events a second since then."""
        return (self.written - before.written) / ((self.at - before.at) or 1)

    def share(self, before: "Stand") -> float:
        """Of a core, since then."""
        return (self.cpu - before.cpu) / ((self.at - before.at) or 1)


class Writing:
    """A writer at work in a process of its own."""

    def __init__(self, child: Process) -> None:
        self._child = child
        self.stand = Stand()
        self.stories = deque[str](maxlen=_FRESH)

    async def listen(self) -> None:
        """Hear what it says, to its end."""
        assert self._child.stdout is not None
        async for line in self._child.stdout:
            told = json.loads(line)
            self.stories.extend(told.pop("begun"))
            self.stand = Stand(**told)


@asynccontextmanager
async def writing(environment: dict[str, str], rate: int) -> AsyncIterator[Writing]:
    """A writer at work while the body runs; when that ends, all that it wrote is acknowledged."""
    command = (sys.executable, "-m", "tests.replay.writer", "--rate", str(rate))
    child = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **environment}, stdin=PIPE, stdout=PIPE, limit=2**20
    )
    writer = Writing(child)
    listening = asyncio.create_task(writer.listen())
    try:
        yield writer
    finally:
        assert child.stdin is not None
        child.stdin.close()
        code = await child.wait()
        await listening
    if code:
        raise RuntimeError(f"the writer ended with {code}; what it was refused stands above")
