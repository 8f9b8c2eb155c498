"""From the stream into the log and the projection: take what is there, store it, fold it, acknowledge it.

Any message may come twice, out of order, or to several stores at once; every step may be done again. So two batches may be
at hand at once, as they may be in two stores: while MongoDB is at one, the other is read or folded.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from contracts.codec import knows
from contracts.dead_letters import DeadLetter, Reason
from contracts.events import Deleted
from contracts.streams import STORE, STORIES
from services.common.connection import REQUEST_TIMEOUT
from services.common.dead_letters import DeadLetters
from services.common.decoded import Undecodable
from services.common.logging import Logger
from services.common.requeue import StillDead
from services.store import database, topology
from services.store.entry import Entry, read
from services.store.metrics import Metrics
from services.store.pull import Pull, PullClient, give_back, hold, position_of
from services.store.records import Records
from services.store.topology import Life

_AT_HAND = 2  # batches at once
_FIRST_PAUSE = 0.25  # seconds before a second try, doubled up to the longest
_LONGEST_PAUSE = 5.0
_DELIVERIES = 6  # of a message that fails for reasons of its own, before it becomes a dead letter
_REDELIVERY_DELAY = 1.0  # seconds between them

Batch = Sequence[tuple[Msg, Entry]]


class Ingest:
    """The loop that takes the durable consumer's messages, at most `size` at once."""

    def __init__(
        self,
        client: PullClient,
        declare: Callable[[], Awaitable[Life]],
        records: Records,
        dead_letters: DeadLetters,
        erase: Callable[[Entry], Awaitable[None]],
        *,
        metrics: Metrics,
        logger: Logger,
        size: int,
    ) -> None:
        self._client = client
        self._js = client.jetstream(timeout=REQUEST_TIMEOUT)
        self._declare = declare
        self._records = records
        self._dead_letters = dead_letters
        self._erase = erase
        self._metrics = metrics
        self._logger = logger
        self._size = size
        self._stopping = asyncio.Event()
        self._room = asyncio.Semaphore(_AT_HAND)

    def stop(self) -> None:
        """End after the batch at hand; one that MongoDB does not take is given back."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped, whatever goes away and comes back meanwhile."""
        async with asyncio.TaskGroup() as batches:
            while not self._stopping.is_set():
                life = await self._declare()
                try:
                    await self._follow(life, batches)
                except (NatsError, TimeoutError) as error:
                    self._logger.warning("lost the stream; looking again", error=error)
                    await self._pause(_FIRST_PAUSE)

    async def _follow(self, life: Life, batches: asyncio.TaskGroup) -> None:
        """Take messages for as long as the stream lives this life. Raises nats' errors."""
        async with self._client.pulling(STORIES.name, STORE.durable, self._size) as pull:
            while not self._stopping.is_set():
                async with self._room:  # until there is some, what comes makes the next batch larger
                    messages = await pull.next()
                if messages:
                    await self._room.acquire()
                    batch = batches.create_task(self._take(messages, life.epoch, pull))
                    batch.add_done_callback(lambda _: self._room.release())
                # No message: none was written, or the server, the consumer or the stream is gone.
                elif (await topology.look(self._js)).epoch != life.epoch:
                    return

    async def _take(self, messages: list[Msg], epoch: str, pull: Pull) -> None:
        self._metrics.batch.observe(len(messages))
        batch = [(message, entry) for message in messages if (entry := await self._read(message, epoch)) is not None]
        kept = not batch
        try:
            kept = kept or await self._insist(batch, pull)
        finally:
            if not kept:  # We end, and another store shall not have to wait for these.
                await give_back([message for message, _ in batch])

    async def _insist(self, batch: Batch, pull: Pull) -> bool:
        """Keep a batch, however often it takes; False when the service ends before."""
        pause = _FIRST_PAUSE
        while not await self._keep(batch):
            if self._stopping.is_set():
                return False
            await hold([message for message, _ in batch] + pull.waiting)
            await self._pause(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        return True

    async def _read(self, message: Msg, epoch: str) -> Entry | None:
        try:
            return read(message.subject, message.headers, message.data, position_of(message), epoch)
        except Undecodable as error:
            await self._refuse(message, "undecodable", str(error))
            return None

    async def requeue(self, letter: DeadLetter) -> None:
        """Keep a dead letter's message after all. Raises StillDead, PyMongoError."""
        try:
            entry = read(letter.subject, letter.headers, letter.body, letter.position, letter.epoch)
        except Undecodable as error:
            raise StillDead(str(error)) from error
        if (refusal := (await self._records.add([entry])).refusal(entry)) is not None:
            raise StillDead(refusal.cause)

    async def _keep(self, batch: Batch) -> bool:
        """Keep and acknowledge, or give back what fails by itself; False when MongoDB is away."""
        try:
            appended = await self._records.keep([entry for _, entry in batch])
        except Exception as error:  # noqa: BLE001 - whatever one message does to us, the others shall not wait for it
            if database.is_away(error):
                self._metrics.retries.inc()
                self._logger.warning("MongoDB did not take a batch; trying again", error=database.sentence(error))
                return False
            if len(batch) == 1:
                await self._fail(batch[0][0], error)
                return True
            middle = len(batch) // 2
            return await self._keep(batch[:middle]) and await self._keep(batch[middle:])
        self._metrics.stored.inc(appended.stored)
        self._metrics.duplicates.inc(appended.duplicates)
        self._metrics.unknown.inc(sum(not knows(entry.envelope.kind, entry.envelope.version) for _, entry in batch))
        done = []
        for message, entry in batch:
            if (refusal := appended.refusal(entry)) is not None:
                await self._refuse(message, *refusal)
            elif type(entry.said) is not Deleted or await self._take_away(message, entry):
                done.append(message)
        await self._client.acknowledge(done)
        return True

    async def _take_away(self, message: Msg, deletion: Entry) -> bool:
        """Erase a story. True only when nothing is left; what comes in between is made up for at the redelivery."""
        try:
            await self._erase(deletion)
        except Exception as error:
            self._logger.warning(
                "a story is not erased yet",
                story_id=deletion.story_id,
                correlation=deletion.envelope.correlation,
                error=database.sentence(error),
                exc_info=error,
            )
            with suppress(NatsError):
                await message.nak(delay=_REDELIVERY_DELAY)
            return False
        return True

    async def _fail(self, message: Msg, error: Exception) -> None:
        """Have a message delivered again that failed alone, but not for ever."""
        self._metrics.failures.inc()
        self._logger.warning(
            "a message failed",
            subject=message.subject,
            correlation=(message.headers or {}).get("ce-correlationid"),
            error=database.sentence(error),
            exc_info=error,
        )
        if message.metadata.num_delivered >= _DELIVERIES:
            await self._refuse(message, "failing", database.sentence(error))
            return
        with suppress(NatsError):
            await message.nak(delay=_REDELIVERY_DELAY)

    async def _refuse(self, message: Msg, reason: Reason, cause: str) -> None:
        """Make a message a dead letter. It is settled only then: while that fails, it is delivered again."""
        try:
            await self._dead_letters.put(message, reason, cause)
        except (NatsError, TimeoutError) as error:
            self._logger.warning("no dead letter yet", subject=message.subject, cause=cause, error=error)
            return
        with suppress(NatsError):
            await message.term()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
