"""Events on their way to clients, several at once; built once, however many clients get them."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from services.gateway.frames import event_text, frame

_BYTES = 64 * 1024
_MESSAGES = 128  # half of what may wait for one that polls


class Said(NamedTuple):
    """An event, or a piece of live text, as clients are told it."""

    kind: str
    text: bytes

    @classmethod
    def of(cls, kind: str, body: bytes) -> "Said":
        """What is said of an event with this body. Raises UnicodeDecodeError."""
        return cls(kind, event_text(kind, body))


class Parcel:
    """What goes to a client in one piece."""

    def __init__(self, said: list[Said]) -> None:
        self.said = said

    @cached_property
    def frames(self) -> bytes:
        """As WebSocket frames, one behind the other."""
        return b"".join([frame(text) for _, text in self.said])


def parcels(said: Iterable[Said]) -> Iterator[Parcel]:
    """Everything, in pieces of which a slow client takes one at a time."""
    piece: list[Said] = []
    size = 0
    for each in said:
        if piece and (size + len(each.text) > _BYTES or len(piece) == _MESSAGES):
            yield Parcel(piece)
            piece, size = [], 0
        piece.append(each)
        size += len(each.text)
    if piece:
        yield Parcel(piece)
