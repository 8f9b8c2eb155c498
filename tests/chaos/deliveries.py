"""A hand on the durable consumers: everything again from the start, some of it later, and all of it sooner."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from random import Random

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig
from nats.js.errors import NotFoundError

from contracts.streams import GENERATOR, STORE, STORIES
from services.common.topology import consumer_config

_SPECS = {"store": STORE, "generator": GENERATOR}
_TIMEOUT = 2.0


class Deliveries:
    """Redelivers and reorders. `ack_wait` is in seconds."""

    def __init__(self, client: Client, ack_wait: float, chance: Random) -> None:
        self._client = client
        self._js = client.jetstream(timeout=_TIMEOUT)
        self._ack_wait = ack_wait
        self._chance = chance

    async def keep_short(self) -> None:
        """Have what is not acknowledged delivered again soon, for as long as this runs: whoever restarts declares anew."""
        while True:
            for durable in _SPECS:
                with suppress(NatsError, TimeoutError, OSError):
                    info = await self._js.consumer_info(STORIES.name, durable)
                    if info.config.ack_wait != self._ack_wait:
                        await self._js.add_consumer(STORIES.name, self._config(durable))
            await asyncio.sleep(0.5)

    async def steal(self, durable: str) -> int:
        """Take what others should have had, and keep it or hand it back late. Returns how many."""
        messages = []
        with suppress(NatsError, TimeoutError, OSError):
            thief = await self._js.pull_subscribe_bind(consumer=durable, stream=STORIES.name)
            try:
                messages = await thief.fetch(self._chance.randint(1, 20), timeout=1)
                for message in self._chance.sample(messages, len(messages)):
                    if self._chance.random() < 0.7:
                        await message.nak(delay=self._chance.uniform(0.01, 1))
            finally:
                await thief.unsubscribe()
        return len(messages)

    async def rewind(self, durable: str) -> bool:
        """Forget all acknowledgements: everything is delivered again. False when NATS is away."""
        try:
            with suppress(NotFoundError):
                await self._js.delete_consumer(STORIES.name, durable)
            await self._js.add_consumer(STORIES.name, self._config(durable))
        except (NatsError, TimeoutError, OSError):
            return False
        return True

    async def drop(self, durable: str) -> None:
        """Delete the consumer; the store declares it anew when it starts."""
        await self._js.delete_consumer(STORIES.name, durable)

    async def is_idle(self, durable: str) -> bool:
        """Whether all that was written has been delivered and acknowledged."""
        with suppress(NatsError, TimeoutError, OSError):
            info = await self._js.consumer_info(STORIES.name, durable)
            return (info.num_pending, info.num_ack_pending) == (0, 0)
        return False

    def _config(self, durable: str) -> ConsumerConfig:
        return replace(consumer_config(_SPECS[durable]), ack_wait=self._ack_wait)
