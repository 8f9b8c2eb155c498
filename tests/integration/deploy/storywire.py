"""`storywire` as a script calls it."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

STORYWIRE = Path(sys.executable).with_name("storywire")


class Said(NamedTuple):
    """How it ended, and what it said."""

    code: int | None
    out: str
    error: str

    @property
    def objects(self) -> list[Any]:
        """With --json."""
        return [json.loads(line) for line in self.out.splitlines()]


async def storywire(environment: dict[str, str], *arguments: str) -> Said:
    """Run it to its end."""
    child = await asyncio.create_subprocess_exec(
        STORYWIRE, *arguments, env={**os.environ, **environment}, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    out, error = await child.communicate()
    return Said(child.returncode, out.decode(), error.decode())


@asynccontextmanager
async def speaking(environment: dict[str, str], *arguments: str) -> AsyncIterator[asyncio.StreamReader]:
    """What it says while the body runs; then it is killed."""
    child = await asyncio.create_subprocess_exec(
        STORYWIRE, *arguments, env={**os.environ, **environment}, stdin=DEVNULL, stdout=PIPE
    )
    try:
        assert child.stdout is not None
        yield child.stdout
    finally:
        child.kill()
        await child.wait()
