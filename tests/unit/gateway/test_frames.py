"""What is written straight onto a WebSocket is what a WebSocket library would write."""

import json

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from services.gateway.frames import event_frame, frame, framed_text


def read(written: bytes) -> list[bytes]:
    """The texts that a client reads."""
    client = ClientProtocol(parse_uri("ws://localhost"), state=OPEN)
    client.receive_data(written)
    frames = [each for each in client.events_received() if isinstance(each, Frame)]
    assert all(each.opcode is Opcode.TEXT and each.fin for each in frames)
    return [bytes(each.data) for each in frames]


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 900_000])
def test_a_frame_holds_its_text_whatever_its_length(length: int) -> None:
    text = b"x" * length
    assert frame(text) == Frame(Opcode.TEXT, text).serialize(mask=False)
    assert read(frame(text) + frame(b"next")) == [text, b"next"]
    assert framed_text(frame(text)) == text


def test_an_event_is_a_packet_around_the_bytes_of_its_body() -> None:
    body = '{"b": 1.0,"a":"\\u00e4 ä 🦆"}'.encode()
    assert read(event_frame("processing.start", body)) == [b'42/stories,["story:processing:start",' + body + b"]"]


def test_a_kind_that_somebody_made_up_breaks_no_packet() -> None:
    _, _, packet = framed_text(event_frame('a"b\\', b"{}")).partition(b",")
    assert json.loads(packet) == ['story:a"b\\', {}]


def test_a_body_that_is_no_text_goes_to_nobody() -> None:
    with pytest.raises(UnicodeDecodeError):
        event_frame("processing.start", b'"\xff"')
