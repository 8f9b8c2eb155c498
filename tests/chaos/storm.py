"""Brings the planned troubles about."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

from tests.chaos.deliveries import Deliveries
from tests.chaos.stack import Stack
from tests.chaos.troubles import Trouble

_AT_ONCE = 4  # things that are dead or frozen at the same time


class Storm:
    """Troubles on their way. What is killed is started again, what is frozen is thawed, whatever happens."""

    def __init__(self, stack: Stack, deliveries: Deliveries) -> None:
        self._stack = stack
        self._deliveries = deliveries
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self.counts: Counter[str] = Counter()

    async def rage(self, troubles: Sequence[Trouble], wanted: Callable[[], bool]) -> None:
        """Return when the last trouble is over, or no more are wanted. What was killed is started by then, but perhaps not yet ready."""
        began = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for trouble in troubles:
                await asyncio.sleep(began + trouble.at - asyncio.get_running_loop().time())
                if not wanted():
                    return
                group.create_task(self._befall(trouble))

    async def _befall(self, trouble: Trouble) -> None:
        match trouble.kind.split():
            case ["kill"]:
                await self._kill(trouble)
            case ["freeze"]:
                await self._freeze(trouble)
            case ["cut", *nats]:
                self._count(trouble, (self._stack.nats_relay if nats else self._stack.gateway_relay).cut())
            case ["deafen", *nats]:
                relay = self._stack.nats_relay if nats else self._stack.gateway_relay
                self._count(trouble, relay.deafen(trouble.duration))
            case ["steal", durable]:
                self._count(trouble, await self._deliveries.steal(durable) > 0)
            case ["rewind", durable]:
                self._count(trouble, await self._deliveries.rewind(durable))

    def _count(self, trouble: Trouble, happened: bool) -> None:
        if happened:
            self.counts[f"{trouble.kind} {trouble.target.split('-')[0]}".strip()] += 1

    async def _kill(self, trouble: Trouble) -> None:
        async with self._turns, self._stack.locks[trouble.target]:
            self._stack.kill(trouble.target)
            self._count(trouble, happened=True)
            try:
                await asyncio.sleep(trouble.duration)
            finally:
                self._stack.start(trouble.target)

    async def _freeze(self, trouble: Trouble) -> None:
        async with self._turns, self._stack.locks[trouble.target]:
            self._stack.servers[trouble.target].pause()
            self._count(trouble, happened=True)
            try:
                await asyncio.sleep(trouble.duration)
            finally:
                self._stack.servers[trouble.target].resume()
