"""A command of `storywire` as a person runs it, with what it took."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

STORYWIRE = Path(sys.executable).with_name("storywire")


@dataclass(frozen=True)
class Ran:
    """How it ended, what it said, how many seconds it took, and its memory at most, in MiB."""

    code: int
    out: str
    error: str
    seconds: float
    memory: float


async def run(environment: dict[str, str], *arguments: object) -> Ran:
    """Run it to its end."""
    began = time.monotonic()
    child = await _started(environment, *arguments)
    watching = asyncio.create_task(_memory(child))
    out, error = await child.communicate()
    return Ran(child.returncode or 0, out.decode(), error.decode(), time.monotonic() - began, await watching)


async def killed(environment: dict[str, str], seconds: float, *arguments: object) -> bool:
    """kill -9 after some seconds; returns whether it was still at work."""
    child = await _started(environment, *arguments)
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(child.wait()), seconds)
    if child.returncode is None:
        child.send_signal(signal.SIGKILL)
    await child.communicate()
    return child.returncode == -signal.SIGKILL


async def _started(environment: dict[str, str], *arguments: object) -> Process:
    return await asyncio.create_subprocess_exec(
        STORYWIRE, *map(str, arguments), stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env={**os.environ, **environment}
    )


async def _memory(child: Process) -> float:
    most = 0
    process = psutil.Process(child.pid)
    while child.returncode is None:
        with suppress(psutil.Error):
            most = max(most, process.memory_info().rss)
        await asyncio.sleep(0.1)
    return most / 2**20
