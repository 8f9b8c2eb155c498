"""`storywire` as a script calls it."""

import asyncio
import json
import os
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from tests.integration.deploy import warm

STORYWIRE = Path(sys.executable).with_name("storywire")


class Said(NamedTuple):
    """How it ended, and what it said; bytes that are no text are kept as `surrogateescape` does."""

    code: int | None
    out: str
    error: str

    @property
    def objects(self) -> list[Any]:
        """With --json."""
        return [json.loads(line) for line in self.out.splitlines()]


async def storywire(environment: dict[str, str], *arguments: object, folder: Path | None = None) -> Said:
    """Run it to its end, in a process that has imported everything already."""
    with tempfile.TemporaryDirectory(prefix="storywire-") as kept:
        out, error = Path(kept) / "out", Path(kept) / "error"
        words = tuple(map(str, arguments))
        async with warm.copy({**os.environ, **environment}, words, folder or Path(kept), out, error) as child:
            code = await warm.end_of(child)
        return Said(code, _text(out.read_bytes()), _text(error.read_bytes()))


async def storywire_anew(environment: dict[str, str], *arguments: object, folder: Path | None = None) -> Said:
    """Run it to its end as a shell does."""
    async with started(environment, *arguments, folder=folder) as child:
        out, error = await child.communicate()
        return Said(child.returncode, _text(out), _text(error))


@asynccontextmanager
async def started(
    environment: dict[str, str],
    *arguments: object,
    stdin: int = DEVNULL,
    stdout: int = PIPE,
    stderr: int | None = PIPE,
    folder: Path | None = None,
) -> AsyncIterator[Process]:
    """Start it as a shell does; if it still runs when the body has ended, it is killed."""
    child = await asyncio.create_subprocess_exec(
        STORYWIRE,
        *map(str, arguments),
        env={**os.environ, **environment},
        cwd=folder,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
    )
    try:
        yield child
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


@asynccontextmanager
async def speaking(environment: dict[str, str], *arguments: str) -> AsyncIterator[asyncio.StreamReader]:
    """What it says while the body runs; then it is killed."""
    async with started(environment, *arguments, stderr=None) as child:
        assert child.stdout is not None
        yield child.stdout


def _text(said: bytes | None) -> str:
    return (said or b"").decode(errors="surrogateescape")
