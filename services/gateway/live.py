"""The text of a story while it is being written, as the stream `LIVE` holds it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from nats.aio.client import Client
from pydantic import ValidationError

from contracts import live
from contracts.events import ProcessingDelta
from contracts.socket import LiveText
from contracts.streams import LIVE, STORIES
from contracts.subjects import story_live
from services.common.connection import REQUEST_TIMEOUT
from services.common.stored import read
from services.common.topology import epoch_of


@dataclass(frozen=True)
class Delta:
    """A piece of the text, with its place in the stream and its bytes."""

    piece: ProcessingDelta
    position: int
    body: bytes


@dataclass(frozen=True)
class LiveReading:
    """All pieces that the stream holds of a story, and where the last one stands."""

    deltas: tuple[Delta, ...] = ()

    @property
    def position(self) -> int:
        """The position of the last piece, 0 when there is none."""
        return self.deltas[-1].position if self.deltas else 0

    def begins(self, attempt: int) -> bool:
        """Whether the first piece of this attempt is there, or that of a later one."""
        return any(delta.piece.index == 0 and delta.piece.attempt >= attempt for delta in self.deltas)

    def text(self, attempt: int) -> LiveText | None:
        """The text so far of this attempt, or of a later one."""
        return live.fold([delta.piece for delta in self.deltas], attempt)


async def current_epoch(client: Client) -> str:
    """The epoch of the stream of events. Raises nats' errors, TimeoutError."""
    return epoch_of(await client.jetstream(timeout=REQUEST_TIMEOUT).stream_info(STORIES.name))


async def read_live(client: Client, story_id: str, known: LiveReading) -> LiveReading:
    """What there is now, of which what is known need not be read again. Raises Unreadable.

    The last known piece is: where it stands no more, the stream is another one, or has let it go.
    """
    *before, last = known.deltas or (None,)
    deltas = [delta async for delta in _read(client, story_id, known.position or 1)]
    if last is None or deltas[:1] == [last]:
        return LiveReading((*before, *deltas))
    return LiveReading(tuple([delta async for delta in _read(client, story_id, 1)]))


async def _read(client: Client, story_id: str, start: int) -> AsyncIterator[Delta]:
    async for message in read(client, LIVE.name, story_live(story_id), start=start):
        try:
            piece = ProcessingDelta.model_validate_json(message.body)
        except ValidationError:
            continue  # Not written by a generator; it has no part in any text.
        yield Delta(piece, message.position, message.body)
