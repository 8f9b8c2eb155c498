"""What NATS says is understood as nats-py understands it, wherever it is cut into pieces."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.errors import ProtocolError
from nats.protocol.parser import Parser

from services.store.parser import PullParser

PULLED = 7  # the subscription whose messages are taken
words = st.text("abc.>_$0", min_size=1, max_size=12).map(str.encode)
bodies = st.binary(max_size=40) | st.sampled_from([b"", b"\r\n", b"MSG a 1 0\r\n\r\n", b"PING\r\n", b"x" * 9_000])
headers = st.sampled_from(
    [b"NATS/1.0\r\n\r\n", b"NATS/1.0 408 Request Timeout\r\n\r\n", b"NATS/1.0\r\nce-id: 1\r\n\r\n"]
)
others = st.sampled_from([b"PING\r\n", b"PONG\r\n", b"+OK\r\n", b"-ERR 'Slow Consumer'\r\n", b'INFO {"a": 1}\r\n'])


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    said, body = draw(st.just(b"") | headers), draw(bodies)
    line = [b"HMSG" if said else b"MSG", draw(words), b"%d" % draw(st.integers(PULLED - 1, PULLED + 1))]
    line += draw(st.just([]) | words.map(lambda reply: [reply]))
    line += [b"%d" % len(said)] if said else []
    return b" ".join([*line, b"%d" % len(said + body)]) + b"\r\n" + said + body + b"\r\n"


class Hearing:
    """In place of a client: notes what it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    def take(self, number: int, *told: bytes | None) -> bool:
        if number == PULLED:
            self.heard.append((number, *told))
        return number == PULLED

    async def _process_msg(self, *told: Any) -> None:
        self.heard.append(told)

    async def _process_err(self, told: str) -> None:
        self.heard.append((told,))

    async def _process_info(self, told: object) -> None:
        self.heard.append((told,))

    async def _process_ping(self) -> None:
        self.heard.append(("ping",))

    async def _process_pong(self) -> None:
        self.heard.append(("pong",))


def ours(hearing: Hearing) -> Parser:
    return PullParser(cast("Client", hearing), hearing.take)


async def heard(parser: Callable[[Hearing], Parser], pieces: Sequence[bytes]) -> list[list[tuple[Any, ...]]]:
    """What has been heard after each piece."""
    reading = parser(hearing := Hearing())
    after = []
    for piece in pieces:
        await reading.parse(piece)
        after.append([*hearing.heard])
    return after


@given(st.lists(messages() | others, max_size=8).map(b"".join), st.data())
def test_whatever_is_said_is_heard_as_nats_py_hears_it_piece_by_piece(said: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(said)), max_size=6)))
    pieces = [said[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(said)], strict=True)]

    assert asyncio.run(heard(ours, pieces)) == asyncio.run(heard(Parser, pieces))


def test_every_byte_may_come_alone() -> None:
    said = b"HMSG a.b 7 r 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPING\r\nMSG c 8 0\r\n\r\nMSG d 7 2\r\n\r\n\r\n"
    pieces = [bytes([each]) for each in said]

    *_, last = asyncio.run(heard(ours, pieces))

    assert last == [
        (7, b"a.b", b"r", b"hi", b"NATS/1.0\r\n\r\n"),
        ("ping",),
        (8, b"c", b"", b"", None),
        (7, b"d", b"", b"\r\n", None),
    ]


@pytest.mark.parametrize("said", [b"MSG a\r\n", b"MSG a seven 0\r\n\r\n", b"HMSG a 7 1\r\n", b"WHAT\r\n"])
def test_what_nats_never_says_is_an_error(said: bytes) -> None:
    with pytest.raises(ProtocolError):
        asyncio.run(heard(ours, [said]))


def test_after_a_reset_nothing_is_left_of_what_came_before() -> None:
    async def begun_anew() -> list[tuple[Any, ...]]:
        reading = ours(hearing := Hearing())
        await reading.parse(b"MSG a 7 100\r\nhalf")
        reading.reset()
        await reading.parse(b"MSG b 7 2\r\nhi\r\n")
        return hearing.heard

    assert asyncio.run(begun_anew()) == [(7, b"b", b"", b"hi", None)]
