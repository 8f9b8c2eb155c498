"""The requests in hand: each has its slot, its heartbeat, and its message settled once, however it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from prometheus_client import CollectorRegistry, Gauge

from contracts.codec import InvalidEvent, decode
from contracts.envelope import Envelope, InvalidEnvelope
from contracts.events import Event
from services.common.logging import Logger
from services.generator.worker import Request

Work = Callable[[Request, asyncio.Event], Awaitable[bool]]
REDELIVERY_DELAY = 1.0  # seconds before a request whose work met an outage is delivered again


@dataclass
class _InHand:
    """A request and the newest message that delivered it."""

    request: Request
    message: Msg
    begun: bool = False
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)


class Deliveries:
    """Works on at most `slots` requests at once; holds every one's message until it is settled."""

    def __init__(self, work: Work, slots: int, heartbeat: float, logger: Logger, registry: CollectorRegistry) -> None:
        self._work = work
        self._slots = asyncio.Semaphore(slots)
        self._heartbeat = heartbeat
        self._logger = logger
        self._in_hand: dict[int, _InHand] = {}
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
        request = _request(message)
        if request is None:
            self._logger.error("not a request", subject=message.subject, position=position)
            await message.term()
            return
        self._in_hand[position] = in_hand = _InHand(request, message)
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
            for one in self._in_hand.values()
            if one.begun and one.request.story_id == story_id and one.request.sequence < sequence
        ]
        for in_hand in found:
            in_hand.cancelled.set()
        return bool(found)

    async def keep_alive(self) -> None:
        """Tell JetStream, for as long as this runs, that the requests in hand are being worked on."""
        while True:
            await asyncio.sleep(self._heartbeat)
            for in_hand in list(self._in_hand.values()):
                await self._answer(in_hand, "in_progress", in_hand.message.in_progress)

    async def hand_back(self) -> None:
        """Stop all work and give unfinished requests back at once, for another generator to take."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for in_hand in self._in_hand.values():
            await self._answer(in_hand, "nak", in_hand.message.nak)
        self._in_hand.clear()

    async def _settle(self, position: int, in_hand: _InHand) -> None:
        try:
            ours = await self._work(in_hand.request, in_hand.cancelled)
        except Exception as error:  # An outage, or a fault of ours: the request must survive either
            self._logger.warning(
                "request goes back", story_id=in_hand.request.story_id, error=repr(error), exc_info=error
            )
            await self._answer(in_hand, "nak", lambda: in_hand.message.nak(delay=REDELIVERY_DELAY))
        else:
            if ours:
                await self._answer(in_hand, "ack", in_hand.message.ack)
        finally:
            self._slots.release()
        del self._in_hand[position]  # Not when the task was cancelled: `hand_back` gives those back.

    async def _answer(self, in_hand: _InHand, word: str, answer: Callable[[], Awaitable[None]]) -> None:
        try:
            await answer()
        except NatsError as error:  # JetStream delivers it again, and it will be found settled.
            self._logger.warning("answer lost", word=word, story_id=in_hand.request.story_id, error=repr(error))


def said(message: Msg) -> tuple[Envelope, Event] | None:
    """The event in a message; None when it holds none."""
    try:
        envelope = Envelope.parse(message.headers)
        return envelope, decode(envelope.kind, envelope.version, message.data)
    except (InvalidEnvelope, InvalidEvent):
        return None


def _request(message: Msg) -> Request | None:
    if (found := said(message)) is None:
        return None
    envelope, event = found
    return Request(event.story_id, event.sequence, envelope, message.metadata.num_delivered)
