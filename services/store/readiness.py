"""Whether the store can do its work."""

from collections.abc import Mapping

import pymongo
from nats.aio.client import Client as NatsClient

from contracts.streams import STORE, STORIES
from services.common.connection import answers
from services.common.health import Check
from services.store.database import Client
from services.store.topology import Life

_PATIENCE = 2.0  # seconds that a check may take


class Readiness:
    """The store's checks. They may be asked from the first moment on, before there is a connection."""

    def __init__(self, mongo: Client) -> None:
        self._mongo = mongo
        self._nats: NatsClient | None = None
        self._goal: int | None = None
        self._caught_up = False

    def connected(self, client: NatsClient) -> None:
        """NATS has been reached."""
        self._nats = client

    def following(self, life: Life) -> None:
        """The stream has been found as it is in `life`; up to there the store has to catch up."""
        if self._goal is None:
            self._goal = life.position

    @property
    def checks(self) -> Mapping[str, Check]:
        """What /readyz asks."""
        return {"nats": self._nats_answers, "mongo": self._mongo_answers, "caught_up": self._has_caught_up}

    async def _nats_answers(self) -> bool:
        return self._nats is not None and await answers(self._nats)

    async def _mongo_answers(self) -> bool:
        with pymongo.timeout(_PATIENCE):
            await self._mongo.admin.command("ping")
        return True

    async def _has_caught_up(self) -> bool:
        """Whether everything that the stream held when this store started has been stored.

        Once true it stays true: under load there is always something on its way, and that is no reason to be taken
        out of service. An outage of NATS or MongoDB shows in the other two checks.
        """
        if not self._caught_up and self._nats is not None and self._goal is not None:
            js = self._nats.jetstream(timeout=_PATIENCE)
            info = await js.consumer_info(STORIES.name, STORE.durable)
            settled = info.ack_floor.stream_seq if info.ack_floor else 0
            idle = info.num_pending == 0 and info.num_ack_pending == 0
            self._caught_up = idle or settled >= self._goal
        return self._caught_up
