"""Keeps one program alive: starts it, says when it is ready, and starts it again when it ends."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable
from contextlib import suppress

from deploy.local.logs import last_words, open_log
from deploy.local.program import NotReadyError, Program, SetupError

FIRST_DELAY = 0.25
"""Seconds before a program is started again; doubled each time."""
LONGEST_DELAY = 10.0
HEALTHY_AFTER = 10.0
"""Seconds that a program must have run for its next crash to count as a first one."""
ATTEMPTS = 5
"""How often a program is started that has never been ready; then it is taken to be set up wrongly."""
PATIENCE = 20.0
"""Seconds after which a program that is still not ready is mentioned."""
_POLL = 0.05

Say = Callable[[str], None]
Record = Callable[[str, int, int | None], None]


class Keeper:
    """The one owner of a program's process. `say` hears one line for each thing that happens, `record` each new pid."""

    def __init__(self, program: Program, record: Record, say: Say, first_delay: float = FIRST_DELAY) -> None:
        self._program = program
        self._first_delay = first_delay
        self._record = record
        self._say = say
        self._was_ready = asyncio.Event()
        self._task = asyncio.create_task(self._keep())

    async def ready(self) -> None:
        """Return when the program has been ready once. SetupError when it never will be."""
        ready = asyncio.create_task(self._was_ready.wait())
        await asyncio.wait({ready, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            await self._task

    async def failed(self) -> None:
        """Return never; raise what went wrong with the keeping itself."""
        await asyncio.wait({self._task})
        await self._task

    async def end(self) -> None:
        """End the program, first by asking. It is gone when this returns."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _keep(self) -> None:
        crashes = 0
        while True:
            written = self._program.log.stat().st_size if self._program.log.exists() else 0
            began = asyncio.get_running_loop().time()
            child = await self._start()
            try:
                await self._watch(child)
            finally:
                await end(child, self._program.grace)
            crashes = 0 if asyncio.get_running_loop().time() - began > HEALTHY_AFTER else crashes
            words = last_words(self._program.log, since=written) if (child.returncode or 0) >= 0 else ""
            if crashes + 1 >= ATTEMPTS and not self._was_ready.is_set():
                raise SetupError(f"{self._program.name} does not start: {words} (log: {self._program.log})")
            delay = min(self._first_delay * 2**crashes, LONGEST_DELAY)
            crashes += 1
            self._say(
                f"{self._program.name} {_ending(child)}{words and f': {words}'}; starting it again in {delay:g} s"
            )
            await asyncio.sleep(delay)

    async def _start(self) -> Process:
        with open_log(self._program.log) as log:
            child = await asyncio.create_subprocess_exec(
                *self._program.leashed(),
                env=self._program.environment,
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C at the terminal is for us alone
            )
        self._record(self._program.name, child.pid, self._program.port)
        return child

    async def _watch(self, child: Process) -> None:
        """Return when the child has ended."""
        ended = asyncio.create_task(child.wait())
        ready = asyncio.create_task(self._become_ready(child))
        try:
            await asyncio.wait({ended, ready}, return_when=asyncio.FIRST_COMPLETED)
            if ready.done():
                ready.result()
            await ended
        finally:
            ready.cancel()
            ended.cancel()

    async def _become_ready(self, child: Process) -> None:
        loop = asyncio.get_running_loop()
        began, mentioned = loop.time(), False
        while missing := await asyncio.to_thread(_missing, self._program):
            if not mentioned and loop.time() - began > PATIENCE:
                mentioned = True
                self._say(f"{self._program.name} is still not ready: {missing} (log: {self._program.log})")
            await asyncio.sleep(_POLL)
        again = " again" if self._was_ready.is_set() else ""
        where = f", port {self._program.port}" if self._program.port else ""
        self._was_ready.set()
        self._say(f"{self._program.name} is ready{again} (pid {child.pid}{where}, {loop.time() - began:.1f} s)")


def _missing(program: Program) -> str | None:
    try:
        program.check()
    except NotReadyError as reason:
        return str(reason) or "no reason given"
    return None


def _ending(child: Process) -> str:
    code = child.returncode
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


async def end(child: Process, grace: float) -> None:
    """Ask the child to end, make it end after `grace` seconds, and with it whatever it had started itself."""
    if child.returncode is None:
        _signal_group(child, signal.SIGTERM)
        _signal_group(child, signal.SIGCONT)  # one that is frozen could not end
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await child.wait()
    _signal_group(child, signal.SIGKILL)
    await child.wait()


def _signal_group(child: Process, what: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS says so of a group that is but a zombie
        os.killpg(child.pid, what)
