"""kill -9 where a command says it is: it is given a terminal, and its bar is read as a person reads it."""

import asyncio
import os
import pty
import re
import signal
from asyncio.subprocess import DEVNULL
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_TERMINAL = {"TERM": "xterm", "COLUMNS": "160", "NO_COLOR": "1"}
_SCREEN = 4_000  # characters that may still be on it


@dataclass(frozen=True)
class At:
    """When the bar of this name stands at so many events, or beyond."""

    bar: str
    events: int


async def killed(program: Path, environment: dict[str, str], at: At, *arguments: object) -> int | None:
    """Run it and kill it there. Returns at how many events its bar stood; None when it came to its end before."""
    ours, theirs = pty.openpty()
    with closing(os.fdopen(ours, "rb", buffering=0)) as screen:
        child = await asyncio.create_subprocess_exec(
            program,
            *map(str, arguments),
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=theirs,
            env={**os.environ, **environment, **_TERMINAL},
        )
        os.close(theirs)
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, screen)
        stood = await _reached(reader, at)
        with suppress(ProcessLookupError):
            child.send_signal(signal.SIGKILL)
        return stood if await child.wait() == -signal.SIGKILL else None


async def _reached(screen: asyncio.StreamReader, at: At) -> int:
    """Read until the bar stands there, or there is nothing more to read."""
    shown = ""
    with suppress(OSError):  # what a terminal says when nobody writes to it any more
        while more := await screen.read(_SCREEN):
            shown = (shown + more.decode(errors="replace"))[-_SCREEN:]
            if (stood := standing(shown, at.bar)) >= at.events:
                return stood
    return standing(shown, at.bar)


def standing(shown: str, bar: str) -> int:
    """Where a bar stood last on what a terminal was sent; 0 when it was not there."""
    found = re.findall(rf"{re.escape(bar)} [^\n\r/]*?(\d+)/", _CONTROL.sub("", shown))
    return int(found[-1]) if found else 0
