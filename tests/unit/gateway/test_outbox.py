"""The order of sending is the order of arrival, with a WebSocket or without, and what may wait is bounded."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pytest
import uvloop
from engineio.packet import CLOSE, MESSAGE, OPEN, PING, Packet

from services.gateway.frames import frame, framed_text
from services.gateway.outbox import MOST_BYTES, MOST_PACKETS, Outbox
from services.gateway.parcel import Parcel, Said


class Transport(asyncio.Transport):
    """One with TLS, that gets rid of nothing that is written to it."""

    def __init__(self) -> None:
        super().__init__({"sslcontext": ssl.create_default_context()})
        self.written = b""
        self.waiting = 0
        self.aborted = False
        self.closing = False

    def is_closing(self) -> bool:
        return self.closing or self.aborted

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def write(self, data: Any) -> None:
        self.written += data
        self.waiting += len(data)

    def abort(self) -> None:
        self.aborted = True


class Client:
    """A client's outbox, and whether it overflowed."""

    def __init__(self) -> None:
        self.overflows = 0
        self.outbox = Outbox(self._overflow)
        self.transport = Transport()

    def _overflow(self, outbox: Outbox) -> None:
        assert outbox is self.outbox
        self.overflows += 1

    def queued(self) -> list[str]:
        outbox = self.outbox
        return [outbox.get_nowait().encode() for _ in range(outbox.qsize())]


def event(text: str) -> Parcel:
    return Parcel([Said("processing.progress", 1, frame(text.encode()))])


@pytest.fixture
async def client() -> Client:
    return Client()


async def test_what_waited_goes_first_and_then_everything_goes_straight(client: Client) -> None:
    await client.outbox.put(Packet(OPEN, {"sid": "x"}))
    await client.outbox.put(Packet(MESSAGE, "0/stories,"))
    client.outbox.attach(client.transport)
    await client.outbox.put(Packet(MESSAGE, "3/stories,1[]"))
    client.outbox.send(event("42a"))
    await client.outbox.put(Packet(MESSAGE, "3/stories,2[]"))
    texts = [b'0{"sid":"x"}', b"40/stories,", b"43/stories,1[]", b"42a", b"43/stories,2[]"]
    assert client.transport.written == b"".join(map(frame, texts))
    assert client.queued() == []


async def test_what_the_library_says_for_itself_takes_its_own_way(client: Client) -> None:
    client.outbox.attach(client.transport)
    for packet in (Packet(PING), Packet(CLOSE)):
        await client.outbox.put(packet)
    assert client.transport.written == b""
    assert client.queued() == ["2", "1"]


async def test_one_that_polls_finds_events_and_acks_in_the_queue(client: Client) -> None:
    await client.outbox.put(Packet(MESSAGE, "3/stories,1[]"))
    client.outbox.send(event("42a"))
    assert client.queued() == ["43/stories,1[]", "42a"]


async def test_one_that_does_not_take_what_is_written_is_cut_off_and_sent_nothing_more(client: Client) -> None:
    client.outbox.attach(client.transport)
    client.outbox.send(event("x" * 2 * MOST_BYTES))
    assert client.overflows == 0  # however long one message is, it is not late by itself
    client.outbox.send(event("one too many"))
    assert client.transport.aborted
    client.outbox.send(event("late"))
    await client.outbox.put(Packet(MESSAGE, "late"))
    assert client.overflows == 1
    assert b"late" not in client.transport.written


async def test_one_that_is_closing_is_sent_nothing_more(client: Client) -> None:
    client.outbox.attach(client.transport)
    client.transport.closing = True
    client.outbox.send(event("late"))
    assert (client.transport.written, client.overflows) == (b"", 0)


async def test_an_ack_that_is_not_taken_cuts_off_as_well(client: Client) -> None:
    client.outbox.attach(client.transport)
    for _ in range(3):
        await client.outbox.put(Packet(MESSAGE, "x" * MOST_BYTES))
    assert client.overflows == 1


@pytest.mark.parametrize("parcel", [event("x"), event("x" * (MOST_BYTES // 10))], ids=["short", "long"])
async def test_one_that_does_not_poll_is_cut_off_and_its_queue_ended(parcel: Parcel, client: Client) -> None:
    sent = 0
    while not client.overflows:
        client.outbox.send(parcel)
        sent += 1
    assert sent == min(MOST_PACKETS, MOST_BYTES // len(framed_text(parcel.frames))) + 2
    assert client.outbox.get_nowait() is None
    assert client.outbox.empty()


async def test_there_is_room_again_when_half_of_it_is_free(client: Client) -> None:
    client.outbox.attach(client.transport)
    client.transport.waiting = MOST_BYTES // 2
    await client.outbox.room()


async def test_once_its_end_is_said_nothing_follows_and_nothing_is_kept(client: Client) -> None:
    client.outbox.attach(client.transport)
    client.outbox.end()
    client.outbox.send(event("late"))
    await client.outbox.put(Packet(MESSAGE, "late"))
    assert (client.transport.written, client.queued(), client.overflows) == (b"", [], 0)


@dataclass
class Line:
    """A real connection, from its transport to the socket at its other end."""

    transport: asyncio.Transport
    far: socket.socket

    async def read(self, size: int) -> bytes:
        heard = b""
        while len(heard) < size:
            heard += await asyncio.get_running_loop().sock_recv(self.far, 1 << 16)
        return heard


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def loop_of_the_line(request: pytest.FixtureRequest) -> Any:
    return request.param


def over_a_line(loop: Any, talk: Callable[[Client, Line], Coroutine[Any, Any, None]]) -> None:
    async def connect() -> None:
        near, far = socket.socketpair()
        far.setblocking(False)
        transport, _ = await asyncio.get_running_loop().connect_accepted_socket(asyncio.Protocol, near)
        client = Client()
        client.outbox.attach(transport)
        with far:
            await talk(client, Line(transport, far))
        transport.abort()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(connect())


def test_what_the_system_takes_in_part_or_not_at_all_follows_in_order(loop_of_the_line: Any) -> None:
    async def talk(client: Client, line: Line) -> None:
        sent = [bytes([ord("a") + number]) * 100_000 for number in range(8)]
        for text in sent:
            client.outbox.send(event(text.decode()))
        assert line.transport.get_write_buffer_size() > 0  # what the system did not take
        await client.outbox.put(Packet(MESSAGE, "3/stories,1[]"))
        line.transport.write(frame(b"2"))  # as the library does with its own
        said = b"".join(map(frame, [*sent, b"43/stories,1[]", b"2"]))
        assert await line.read(len(said)) == said
        client.outbox.send(event("42z"))
        assert line.transport.get_write_buffer_size() == 0
        assert await line.read(5) == frame(b"42z")

    over_a_line(loop_of_the_line, talk)


def test_what_waits_goes_first_though_the_system_would_take_more_by_now(loop_of_the_line: Any) -> None:
    async def talk(client: Client, line: Line) -> None:
        sent = ["a" * 600_000, "b"]
        client.outbox.send(event(sent[0]))
        heard = line.far.recv(1 << 20)
        client.outbox.send(event(sent[1]))
        said = b"".join(frame(text.encode()) for text in sent)
        assert heard + await line.read(len(said) - len(heard)) == said

    over_a_line(loop_of_the_line, talk)


def test_a_connection_that_breaks_is_left_to_its_transport(loop_of_the_line: Any) -> None:
    async def talk(client: Client, line: Line) -> None:
        line.far.close()
        client.outbox.send(event("42a"))
        client.outbox.send(event("42b"))
        while not line.transport.is_closing():
            await asyncio.sleep(0)
        client.outbox.send(event("42c"))
        assert client.overflows == 0

    over_a_line(loop_of_the_line, talk)


def test_nothing_is_written_past_a_transport_that_has_been_closed(loop_of_the_line: Any) -> None:
    async def talk(client: Client, line: Line) -> None:
        line.transport.abort()
        await asyncio.sleep(0)
        near, far = socket.socketpair()  # which may well get the number that the other one had
        far.setblocking(False)
        client.outbox.send(event("42a"))
        with near, far, pytest.raises(BlockingIOError):
            far.recv(1)

    over_a_line(loop_of_the_line, talk)
