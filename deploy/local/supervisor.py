"""Starts programs in stages, keeps them alive, and ends them in the opposite order."""

import asyncio
from collections.abc import Callable, Sequence

from deploy.local.keeper import Keeper, Record, Say
from deploy.local.program import Program


class Supervisor:
    """Runs `stages`: the programs of one start together, when all of the stage before are ready."""

    def __init__(self, stages: Sequence[Sequence[Program]], record: Record, say: Say) -> None:
        self._stages = stages
        self._record = record
        self._say = say
        self._keepers: list[Keeper] = []

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
            for keeper in reversed(self._keepers):
                await keeper.end()

    async def _work(self, announce: Callable[[], None]) -> None:
        for stage in self._stages:
            started = [Keeper(program, self._record, self._say) for program in stage]
            self._keepers += started
            await asyncio.gather(*(keeper.ready() for keeper in started))
        announce()
        await asyncio.gather(*(keeper.failed() for keeper in self._keepers))
