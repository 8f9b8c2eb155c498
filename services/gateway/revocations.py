"""What was signed and holds no longer, as all gateways together know it."""

import asyncio
from contextlib import suppress

from nats.errors import Error as NatsError
from pydantic import ValidationError

from contracts.revocations import Kind, Revocation
from contracts.streams import REVOCATIONS
from contracts.subjects import ALL_REVOKED, revoked_subject, write_subject
from services.common.clock import Clock
from services.common.connection import REQUEST_TIMEOUT, round_trip
from services.common.stored import Unreadable, read
from services.gateway.link import Link
from services.gateway.refusal import unavailable

RETRY = 0.25  # seconds between two tries to read them


class Revocations:
    """Hears of each as soon as it is stored, and reads all of them where it may have missed one."""

    def __init__(self, link: Link, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._until: dict[str, float] = {}  # by subject
        self._missed = False
        self._reading: asyncio.Task[None] | None = None

    def holds(self, kind: Kind, whose: str, issued: float) -> bool:
        """Whether what was signed then for somebody still counts."""
        return issued > self._until.get(revoked_subject(kind, whose), 0)

    def next_moment(self, kind: Kind, whose: str) -> float:
        """The time, or the first one after the last revocation: what is signed with it counts, whatever clocks say."""
        return max(self._clock().timestamp(), self._until.get(revoked_subject(kind, whose), 0) + 0.001)

    async def revoke(self, kind: Kind, whose: str) -> None:
        """Have nothing count that was signed for somebody until now. Raises Refused when that cannot be stored."""
        self._link.require()
        subject, revocation = revoked_subject(kind, whose), Revocation(until=self._clock().timestamp())
        js = self._link.client.jetstream(timeout=REQUEST_TIMEOUT)
        try:
            await js.publish(write_subject(subject), revocation.body(), stream=REVOCATIONS.name)
        except (NatsError, TimeoutError) as error:
            raise unavailable("NATS did not take the revocation; ask again, which is harmless. (NATS_URL)") from error
        self._learn(subject, revocation)

    async def begin(self) -> None:
        """Listen first, read then: return when all that there are are known."""
        await self._link.client.listen(ALL_REVOKED, self._hear)
        self._missed = True
        await self._catch_up()

    def lost(self) -> None:
        """From here on some may be missed."""
        self._missed = True

    def back(self) -> None:
        """Read what was missed."""
        if self._missed and self._reading is None:
            self._reading = asyncio.create_task(self._catch_up())

    async def _catch_up(self) -> None:
        while self._missed and not self._link.client.is_closed:
            self._missed = False
            try:
                await self._read_all()
            except (NatsError, TimeoutError, Unreadable, OSError):
                self._missed = True
                await asyncio.sleep(RETRY)
        self._reading = None

    async def _read_all(self) -> None:
        await round_trip(self._link.client)  # the server has our subscription, from here on
        async for message in read(self._link.client, REVOCATIONS.name, ALL_REVOKED):
            self._take(message.subject, message.body)

    def _hear(self, subject: bytes, _headers: bytes, body: bytes) -> None:
        self._take(subject.decode(), body)

    def _take(self, subject: str, body: bytes) -> None:
        with suppress(ValidationError):  # Not written by a gateway; it revokes nothing.
            self._learn(subject, Revocation.model_validate_json(body))

    def _learn(self, subject: str, revocation: Revocation) -> None:
        self._until[subject] = max(self._until.get(subject, 0), revocation.until)
