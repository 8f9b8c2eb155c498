"""A command of `storywire` as a person runs it, with what it took."""

import asyncio
import os
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

STORYWIRE = Path(sys.executable).with_name("storywire")
_LOOK = 0.05  # seconds between two looks at its memory


@dataclass(frozen=True)
class Ran:
    """How it ended, what it said, and what it took: seconds, seconds of CPU, MiB."""

    code: int
    out: str
    error: str
    seconds: float
    cpu: float
    early: float
    """Its memory at most in the first third of its time."""
    memory: float
    """Its memory at most."""


async def run(environment: dict[str, str], *arguments: object) -> Ran:
    """Run it to its end."""
    began = time.monotonic()
    child = await asyncio.create_subprocess_exec(
        STORYWIRE, *map(str, arguments), stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env={**os.environ, **environment}
    )
    watching = asyncio.create_task(_watched(child))
    out, error = await child.communicate()
    took = time.monotonic() - began
    held, cpu = await watching
    early = max(held[: len(held) // 3 or 1], default=0)
    return Ran(child.returncode or 0, out.decode(), error.decode(), took, cpu, early, max(held, default=0))


async def _watched(child: Process) -> tuple[list[float], float]:
    """What it held, look by look, in MiB, and its seconds of CPU."""
    held, cpu, process = list[float](), 0.0, psutil.Process(child.pid)
    while child.returncode is None:
        with suppress(psutil.Error):
            held.append(process.memory_info().rss / 2**20)
            spent = process.cpu_times()
            cpu = max(cpu, spent.user + spent.system)
        await asyncio.sleep(_LOOK)
    return held, cpu
