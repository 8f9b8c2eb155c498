"""From the stream into the log and the projection: fetch what is there, store it, fold it, acknowledge it.

Any message may come twice, out of order, or to several stores at once; every step may be done again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from contracts.codec import knows
from contracts.dead_letters import DeadLetter, Reason
from contracts.events import Deleted
from contracts.streams import STORE, STORIES
from services.common.dead_letters import DeadLetters
from services.common.decoded import Undecodable
from services.common.logging import Logger
from services.common.requeue import StillDead
from services.store import database, topology
from services.store.entry import Entry, read
from services.store.metrics import Metrics
from services.store.records import Records
from services.store.topology import Life

_FETCH_TIMEOUT = 1.0  # seconds; a lone message does not wait for it, the end of the service does
_FIRST_PAUSE = 0.25  # seconds before a second try, doubled up to the longest
_LONGEST_PAUSE = 5.0
_DELIVERIES = 6  # of a message that fails for reasons of its own, before it becomes a dead letter
_REDELIVERY_DELAY = 1.0  # seconds between them

Batch = Sequence[tuple[Msg, Entry]]


class Ingest:
    """The loop that takes the durable consumer's messages, at most `size` at once."""

    def __init__(
        self,
        js: JetStreamContext,
        declare: Callable[[], Awaitable[Life]],
        records: Records,
        dead_letters: DeadLetters,
        erase: Callable[[Entry], Awaitable[None]],
        *,
        metrics: Metrics,
        logger: Logger,
        size: int,
    ) -> None:
        self._js = js
        self._declare = declare
        self._records = records
        self._dead_letters = dead_letters
        self._erase = erase
        self._metrics = metrics
        self._logger = logger
        self._size = size
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End after the batch at hand; one that MongoDB does not take is given back."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped, whatever goes away and comes back meanwhile."""
        while not self._stopping.is_set():
            life = await self._declare()
            try:
                await self._follow(life)
            except (NatsError, TimeoutError) as error:
                self._logger.warning("lost the stream; looking again", error=error)
                await self._pause(_FIRST_PAUSE)

    async def _follow(self, life: Life) -> None:
        """Take messages for as long as the stream lives this life. Raises nats' errors."""
        subscription = await self._js.pull_subscribe_bind(consumer=STORE.durable, stream=STORIES.name)
        try:
            while not self._stopping.is_set():
                messages = await _fetch(subscription, self._size)
                if messages:
                    await self._take(messages, life.epoch)
                # No message: none was written, or the server, the consumer or the stream is gone.
                elif (await topology.look(self._js)).epoch != life.epoch:
                    return
        finally:
            with suppress(NatsError):
                await subscription.unsubscribe()

    async def _take(self, messages: Sequence[Msg], epoch: str) -> None:
        self._metrics.batch.observe(len(messages))
        batch = [(message, entry) for message in messages if (entry := await self._read(message, epoch)) is not None]
        kept = not batch
        try:
            kept = kept or await self._insist(batch)
        finally:
            if not kept:  # We end, and another store shall not have to wait for these.
                await _give_back(message for message, _ in batch)

    async def _insist(self, batch: Batch) -> bool:
        """Keep a batch, however often it takes; False when the service ends before."""
        pause = _FIRST_PAUSE
        while not await self._keep(batch):
            if self._stopping.is_set():
                return False
            await _hold(message for message, _ in batch)
            await self._pause(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        return True

    async def _read(self, message: Msg, epoch: str) -> Entry | None:
        try:
            position = message.metadata.sequence.stream
            return read(message.subject, message.headers, message.data, position, epoch)
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
        self._metrics.unknown.inc(sum(not knows(entry.event.kind, entry.event.version) for _, entry in batch))
        for message, entry in batch:
            if (refusal := appended.refusal(entry)) is not None:
                await self._refuse(message, *refusal)
            elif entry.event.kind == Deleted.kind:
                await self._take_away(message, entry)
            else:
                await _acknowledge(message)
        return True

    async def _take_away(self, message: Msg, deletion: Entry) -> None:
        """Erase a story. Acknowledged only when nothing is left; what comes in between is made up for at the redelivery."""
        try:
            await self._erase(deletion)
        except Exception as error:
            self._logger.warning(
                "a story is not erased yet",
                story_id=deletion.story_id,
                correlation=deletion.event.correlation,
                error=database.sentence(error),
                exc_info=error,
            )
            with suppress(NatsError):
                await message.nak(delay=_REDELIVERY_DELAY)
        else:
            await _acknowledge(message)

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


async def _fetch(subscription: JetStreamContext.PullSubscription, size: int) -> list[Msg]:
    """What is there, or the first to come; nothing after a while."""
    try:
        return await subscription.fetch(size, timeout=_FETCH_TIMEOUT)
    except TimeoutError:  # nats' own is one of these, and so is the bare one that it raises at times
        return []


async def _acknowledge(message: Msg) -> None:
    """Fire and forget: an acknowledgement that is lost brings the message again, and that changes nothing."""
    with suppress(NatsError):
        await message.ack()


async def _hold(messages: Iterable[Msg]) -> None:
    """Keep the messages from being given to another store."""
    with suppress(NatsError):
        for message in messages:
            await message.in_progress()


async def _give_back(messages: Iterable[Msg]) -> None:
    with suppress(NatsError):
        for message in messages:
            await message.nak()
