"""The requests in hand: each has its slot, its heartbeat, and its message settled once, however it ends."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from prometheus_client import CollectorRegistry, Gauge
from structlog.contextvars import bind_contextvars

from contracts.dead_letters import DeadLetter, Reason
from contracts.envelope import Envelope
from contracts.events import Event
from services.common.complaint import sentence
from services.common.dead_letters import DeadLetters
from services.common.decoded import Undecodable, decoded
from services.common.logging import Logger, correlation
from services.common.requeue import StillDead
from services.common.stored import Unreadable
from services.generator.worker import Request, TooOften, Worker

REDELIVERY_DELAY = 1.0  # seconds before a request whose work failed is delivered again
_OUTAGES = (NatsError, TimeoutError, Unreadable)


@dataclass
class _Work:
    """What is done about a request."""

    request: Request
    begun: bool = False
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(kw_only=True)
class _InHand(_Work):
    """A request and the newest message that delivered it."""

    message: Msg


class Deliveries:
    """Works on at most `slots` requests at once; holds every one's message until it is settled."""

    def __init__(
        self,
        worker: Worker,
        dead_letters: DeadLetters,
        *,
        slots: int,
        heartbeat: float,
        logger: Logger,
        registry: CollectorRegistry,
    ) -> None:
        self._worker = worker
        self._dead_letters = dead_letters
        self._slots = asyncio.Semaphore(slots)
        self._heartbeat = heartbeat
        self._logger = logger
        self._in_hand: dict[int, _InHand] = {}
        self._requeued: dict[int, _Work] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        Gauge("storywire_generator_stories_in_hand", "Requests in hand", registry=registry).set_function(
            lambda: len(self._in_hand)
        )

    async def take(self, message: Msg) -> None:
        """Take a request in hand as soon as there is a slot, and return once its work has begun."""
        position = message.metadata.sequence.stream
        if position in self._in_hand:  # Delivered again while we are at it: this message is now the one to settle.
            self._in_hand[position].message = message
            return
        try:
            request = _request(message.subject, message.headers, message.data, message.metadata.num_delivered)
        except Undecodable as error:
            await self._refuse(message, str(error))
            return
        self._in_hand[position] = in_hand = _InHand(request, message=message)
        await self._slots.acquire()
        if self._closed:
            return
        in_hand.begun = True
        task = asyncio.create_task(self._settle(position, in_hand))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def cancel(self, story_id: str, sequence: int) -> bool:
        """Interrupt the work on a story's request that the cancel with this sequence was meant for, not on a later one.

        False when none has begun here.
        """
        found = [
            one
            for one in (*self._in_hand.values(), *self._requeued.values())
            if one.begun and one.request.story_id == story_id and one.request.sequence < sequence
        ]
        for in_hand in found:
            in_hand.cancelled.set()
        return bool(found)

    async def requeue(self, letter: DeadLetter) -> None:
        """Work on a dead letter's request as if it were delivered for the first time. Raises StillDead, and what work throws."""
        try:
            request = _request(letter.subject, letter.headers, letter.body, delivery=1)
        except Undecodable as error:
            raise StillDead(str(error)) from error
        task = asyncio.create_task(self._work_again(letter.position, _Work(request)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await task

    async def _work_again(self, position: int, work: _Work) -> None:
        async with self._slots:
            work.begun = True
            self._requeued[position] = work
            try:
                ours = await self._worker.work(work.request, work.cancelled)
            finally:
                del self._requeued[position]
        if not ours:
            raise StillDead("another generator works on its story")

    async def keep_alive(self) -> None:
        """Tell JetStream, for as long as this runs, that the requests in hand are being worked on."""
        while True:
            await asyncio.sleep(self._heartbeat)
            for in_hand in list(self._in_hand.values()):
                await self._answer("in_progress", in_hand.message.in_progress)

    async def hand_back(self) -> None:
        """Stop all work and give unfinished requests back at once, for another generator to take."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for in_hand in self._in_hand.values():
            await self._answer("nak", in_hand.message.nak)
        self._in_hand.clear()

    async def _settle(self, position: int, in_hand: _InHand) -> None:
        # A task has its own: whatever is logged about the request says which story and which correlation it is about.
        bind_contextvars(story_id=in_hand.request.story_id, **correlation(in_hand.request.envelope))
        try:
            ours = await self._worker.work(in_hand.request, in_hand.cancelled)
        except Exception as error:  # An outage, or a fault of ours: the request must survive either
            self._logger.warning("work failed", error=error, exc_info=error)
            await self._fail(in_hand.request, in_hand.message, error)
        else:
            if ours:
                await self._answer("ack", in_hand.message.ack)
                self._logger.info("a request was settled")
        finally:
            self._slots.release()
        del self._in_hand[position]  # Not when the task was cancelled: `hand_back` gives those back.

    async def _fail(self, request: Request, message: Msg, error: Exception) -> None:
        """Have a request delivered again, but not for ever: then it becomes a dead letter, and its story fails."""
        if isinstance(error, TooOften):
            hopeless = await self._give_up(request, message, "interrupted", str(error))
        elif self._worker.is_last(request.delivery) and not isinstance(error, _OUTAGES):
            hopeless = await self._give_up(request, message, "failing", sentence(error))
        else:
            hopeless = False
        await self._settle_dead(message, hopeless=hopeless)

    async def _give_up(self, request: Request, message: Msg, reason: Reason, cause: str) -> bool:
        """False when an outage keeps us from it. The letter is first: nobody looks again at a story that has ended."""
        try:
            await self._dead_letters.put(message, reason, cause)
            await self._worker.give_up(request)
        except _OUTAGES as error:
            self._logger.warning("cannot give up yet", story_id=request.story_id, error=error)
            return False
        except Exception:  # The letter must do.
            self._logger.exception("a story has no end", story_id=request.story_id)
        return True

    async def _refuse(self, message: Msg, cause: str) -> None:
        """Make what is no request a dead letter."""
        try:
            await self._dead_letters.put(message, "undecodable", cause)
        except (NatsError, TimeoutError) as error:
            self._logger.warning("no dead letter yet", subject=message.subject, cause=cause, error=error)
            await self._settle_dead(message, hopeless=False)
        else:
            await self._settle_dead(message, hopeless=True)

    async def _settle_dead(self, message: Msg, *, hopeless: bool) -> None:
        if hopeless:
            await self._answer("term", message.term)
        else:
            await self._answer("nak", lambda: message.nak(delay=REDELIVERY_DELAY))

    async def _answer(self, word: str, answer: Callable[[], Awaitable[None]]) -> None:
        try:
            await answer()
        except NatsError as error:  # JetStream delivers it again, and it will be found settled.
            self._logger.warning("answer lost", word=word, error=error)


def said(message: Msg) -> tuple[Envelope, Event] | None:
    """The event in a message; None when it holds none."""
    try:
        return decoded(message.subject, message.headers, message.data)
    except Undecodable:
        return None


def _request(subject: str, headers: Mapping[str, str] | None, body: bytes, delivery: int) -> Request:
    """The request in a message. Raises Undecodable."""
    envelope, event = decoded(subject, headers, body)
    return Request(event.story_id, event.sequence, envelope, delivery)
