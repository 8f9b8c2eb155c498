"""Messages that no patience gets handled: kept for a person, counted, and out of the way of the others."""

from dataclasses import replace
from typing import get_args

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import APIError
from prometheus_client import CollectorRegistry, Counter

from contracts import subjects
from contracts.dead_letters import DeadLetter, Handler, Reason
from contracts.streams import DEAD_LETTERS, STORIES
from contracts.timestamp import render
from services.common.clock import Clock
from services.common.connection import REQUEST_TIMEOUT
from services.common.expected import WRONG_LAST_SEQUENCE, expecting
from services.common.logging import Logger
from services.common.topology import epoch_of

_CAUSE = 500  # characters
_FRAME = 4  # bytes of a header besides its name and its value, and no less than those around all headers


class DeadLetters:
    """One handler's way into the stream of dead letters."""

    def __init__(
        self, client: Client, handler: Handler, clock: Clock, registry: CollectorRegistry, logger: Logger
    ) -> None:
        self._client = client
        self._js = client.jetstream(timeout=REQUEST_TIMEOUT)
        self._handler = handler
        self._clock = clock
        self._logger = logger
        self._counter = Counter(
            "storywire_dead_letters", "Messages nobody could handle", ["handler", "reason"], registry=registry
        )
        for reason in get_args(Reason):  # shown as 0 from the start
            self._counter.labels(handler, reason)

    async def put(self, message: Msg, reason: Reason, cause: str) -> None:
        """Keep a message of STORIES; `cause` is a sentence without its content. Settle the message after this, not before.

        Done again, it changes nothing. Raises nats' errors, TimeoutError: then it is not certain.
        """
        letter = DeadLetter(
            handler=self._handler,
            reason=reason,
            cause=cause[:_CAUSE],
            subject=message.subject,
            epoch=epoch_of(await self._js.stream_info(STORIES.name)),
            position=message.metadata.sequence.stream,
            deliveries=message.metadata.num_delivered,
            time=render(self._clock()),
            headers=message.headers or {},
            body=message.data,
        )
        if await self._write(self._fitting(letter)):
            self._counter.labels(self._handler, reason).inc()
            self._logger.error(
                "dead letter",
                subject=letter.subject,
                position=letter.position,
                reason=reason,
                cause=letter.cause,
                correlation=letter.headers.get("ce-correlationid"),
            )

    async def _write(self, letter: DeadLetter) -> bool:
        """Write the letter; False when it is there already. The stream forgets no subject, as it would a message id."""
        subject = subjects.dead_subject(letter.handler, letter.epoch, letter.position)
        headers = {**letter.as_headers(), **expecting(subject, 0)}
        try:
            await self._js.publish(
                subjects.write_subject(subject), letter.body, stream=DEAD_LETTERS.name, headers=headers
            )
        except APIError as error:
            if error.err_code != WRONG_LAST_SEQUENCE:
                raise
            return False
        return True

    def _fitting(self, letter: DeadLetter) -> DeadLetter:
        """The letter, without its body where the two of them are more than NATS takes: it would cut the connection."""
        headers = letter.as_headers().items()
        size = len(letter.body) + sum(len(name) + len(value.encode()) + _FRAME for name, value in headers)
        room = self._client.max_payload - 512  # what `_write` adds
        if size <= room:
            return letter
        where = f"{len(letter.body)} bytes, too large for a letter, left in {STORIES.name} at {letter.position}"
        return replace(letter, cause=f"{letter.cause} ({where})", body=b"")
