"""Starts programs, each as soon as those that it needs are ready, keeps them alive, and ends them in the opposite order."""

import asyncio
from collections.abc import Callable, Sequence

from deploy.local.keeper import FIRST_DELAY, Keeper, Record, Say
from deploy.local.program import Program


class Supervisor:
    """Runs `programs`; the last of them is ended first."""

    def __init__(
        self, programs: Sequence[Program], record: Record, say: Say, *, first_delay: float = FIRST_DELAY
    ) -> None:
        self._programs = programs
        self._record = record
        self._say = say
        self._first_delay = first_delay
        self._ready = {program.name: asyncio.Event() for program in programs}
        self._keepers: dict[str, Keeper] = {}

    async def run(self, stop: asyncio.Event, announce: Callable[[], None]) -> None:
        """Run everything until `stop` is set; `announce` is called once, when all are ready.

        Nothing runs any more when this returns or raises. SetupError when a program cannot be started.
        """
        stopped = asyncio.create_task(stop.wait())
        work = asyncio.create_task(self._work(announce))
        try:
            await asyncio.wait({stopped, work}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                await work
        finally:
            stopped.cancel()
            work.cancel()
            await asyncio.wait({work})
            for program in reversed(self._programs):
                if keeper := self._keepers.get(program.name):
                    await keeper.end()

    async def _work(self, announce: Callable[[], None]) -> None:
        try:
            async with asyncio.TaskGroup() as starting:
                for program in self._programs:
                    starting.create_task(self._start(program))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        announce()
        await asyncio.gather(*(keeper.failed() for keeper in self._keepers.values()))

    async def _start(self, program: Program) -> None:
        for name in program.after:
            if name in self._ready:  # else it is run by somebody else
                await self._ready[name].wait()
        keeper = self._keepers[program.name] = Keeper(program, self._record, self._say, self._first_delay)
        await keeper.ready()
        self._ready[program.name].set()
