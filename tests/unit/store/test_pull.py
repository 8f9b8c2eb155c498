import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.aio.msg import Msg

from services.store.pull import headers_of, position_of
from tests import controls

TOKENS = st.text(st.characters(codec="ascii", exclude_characters=":", exclude_categories=["Zs", "Cc"]), min_size=1)
VALUES = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs", "Zs", "Cc"]))


def raw(headers: dict[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"NATS/1.0\r\n{lines}\r\n".encode()


def test_the_headers_of_an_event_are_read_as_they_were_written() -> None:
    headers = controls.envelope(controls.requested()).headers() | {"X-Odd": "żółw: 1"}

    assert headers_of(raw(headers)) == headers


@given(st.dictionaries(TOKENS, VALUES))
def test_headers_are_read_as_nats_py_reads_them(headers: dict[str, str]) -> None:
    said = raw(headers)

    assert headers_of(said) == Client._parse_header_lines(said.removeprefix(b"NATS/1.0"))


@pytest.mark.parametrize("said", [None, b"", b"NATS/1.0\r\n\r\n", b"NATS/1.0\r\nno colon\r\n\r\n"])
def test_a_message_may_have_no_headers(said: bytes | None) -> None:
    assert headers_of(said) == {}


@pytest.mark.parametrize(
    "reply",
    [
        "$JS.ACK.STORIES.store.1.42.7.1700000000000000000.3",
        "$JS.ACK._.hash.STORIES.store.1.42.7.1700000000000000000.3",
        "$JS.ACK.domain.hash.STORIES.store.1.42.7.1700000000000000000.3.token",
    ],
)
def test_the_position_is_what_nats_py_says_it_is(reply: str) -> None:
    message = Msg(Client(), reply=reply)

    assert position_of(message) == message.metadata.sequence.stream == 42
