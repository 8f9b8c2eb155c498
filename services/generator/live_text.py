"""The text while it is being written: gathered into pieces, published in order, each once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError

from contracts import subjects
from contracts.events import ProcessingDelta
from contracts.limits import CONTENT_BYTES
from contracts.streams import LIVE
from services.common.clock import Clock
from services.common.connection import REQUEST_TIMEOUT
from services.common.expected import WRONG_LAST_SEQUENCE, expecting
from services.common.stored import first_after, last_position
from services.generator.failure import Failure

GATHER = 0.05  # seconds: about 20 pieces a second, however fast the model is
_PAUSE = 0.25  # seconds between tries while NATS is away
_ID = "ce-id"


class Fenced(RuntimeError):
    """Somebody else writes this story now."""


class LiveText:
    """One attempt's text. What `text` returns is exactly what the pieces add up to."""

    def __init__(self, client: Client, story_id: str, attempt: int, clock: Clock) -> None:
        self._js = client.jetstream(timeout=REQUEST_TIMEOUT)
        self._story_id = story_id
        self._attempt = attempt
        self._clock = clock
        self._subject = subjects.live_subject(story_id, ProcessingDelta.kind)
        self._pieces: list[str] = []
        self._gathered = ""
        self._held_back = ""
        self._size = 0
        self._position = 0
        self._arrived = asyncio.Event()
        self._closing = asyncio.Event()
        self._stopped: Exception | None = None

    @property
    def text(self) -> str:
        """All text added so far, white space at both ends left out."""
        return "".join(self._pieces) + self._gathered

    def add(self, text: str) -> None:
        """Add what the model wrote. White space goes out only once a word follows it. Raises Failure when too long."""
        text = self._held_back + text.encode("utf-8", "replace").decode()
        if not self._size:
            text = text.lstrip()
        kept = text.rstrip()
        self._held_back = text[len(kept) :]
        self._gathered += kept
        self._arrived.set()
        self._size += len(kept.encode())
        if self._size > CONTENT_BYTES:
            raise Failure(
                f"The story grew over {CONTENT_BYTES} bytes.", "ai_processing", "output_too_long", retryable=False
            )

    async def follow(self) -> None:
        """Take the place behind what earlier attempts published. To be called before the attempt's start is written:
        whoever is overtaken after that finds the place taken.
        """
        self._position = await last_position(self._js, LIVE.name, self._subject)

    @asynccontextmanager
    async def publishing(self) -> AsyncIterator[None]:
        """Publish pieces as they gather while the body runs. When it has ended well, all of the text is out."""
        self._closing.clear()
        publishing = asyncio.create_task(self._publish_gathered())
        try:
            yield
            self._closing.set()
            self._arrived.set()
            await publishing
        finally:
            publishing.cancel()

    def raise_if_stopped(self) -> None:
        """Raise what ended the publishing, if anything did: nobody hears what is written from then on."""
        if self._stopped is not None:
            raise self._stopped

    async def _publish_gathered(self) -> None:
        try:
            while not self._closing.is_set() or self._gathered:
                await self._arrived.wait()
                self._arrived.clear()
                if self._gathered:
                    piece, self._gathered = self._gathered, ""
                    self._pieces.append(piece)
                    await self._publish(len(self._pieces) - 1)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), GATHER)
        except Exception as error:
            self._stopped = error
            raise

    async def _publish(self, index: int) -> None:
        while not await self._try(index):  # noqa: ASYNC110 - what is waited for happens in the broker
            await asyncio.sleep(_PAUSE)

    async def _try(self, index: int) -> bool:
        """Publish piece `index` behind the last one. False when NATS has to be asked again."""
        try:
            delta = self._delta(index)
            ack = await self._js.publish(
                subjects.write_subject(self._subject), delta.body(), stream=LIVE.name, headers=self._headers(index)
            )
        except APIError as error:
            return error.err_code == WRONG_LAST_SEQUENCE and await self._find(index)
        except (NatsError, TimeoutError):
            return False
        self._position = ack.seq
        return True

    async def _find(self, index: int) -> bool:
        """The last piece is not where we left it: either piece `index` has been written already, or we are overtaken."""
        try:
            position, headers = await first_after(self._js, LIVE.name, self._subject, self._position)
        except (NatsError, TimeoutError):
            return False
        if headers.get(_ID) != self._id(index):
            raise Fenced(f"story {self._story_id}: somebody else publishes its live text")
        self._position = position
        return True

    def _delta(self, index: int) -> ProcessingDelta:
        return ProcessingDelta(
            story_id=self._story_id,
            timestamp=self._clock(),
            attempt=self._attempt,
            index=index,
            text=self._pieces[index],
        )

    def _id(self, index: int) -> str:
        return f"{self._story_id}-{self._attempt}-{index}"

    def _headers(self, index: int) -> dict[str, str]:
        return {_ID: self._id(index), **expecting(self._subject, self._position)}
