from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from contracts.limits import FILE_BYTES
from services.gateway.form import AROUND_THE_FILE, read_form
from services.gateway.refusal import Refused

HEADERS = Headers({"Content-Type": "multipart/form-data; boundary=frontier"})
BODY = (
    b"--frontier\r\n"
    b'Content-Disposition: form-data; name="title"\r\n\r\n'
    b"The \xc3\x84rger\r\n"
    b"--frontier\r\n"
    b'CONTENT-DISPOSITION: form-data; name="file"; filename="n\xc3\xb6tes \\"1\\".txt"\r\n'
    b"Content-Type: text/plain\r\n\r\n"
    b"one\r\n--frontie\r\ntwo\r\n"
    b"--frontier--\r\n"
)


class Sender:
    """A body in pieces, which counts how much of it was taken."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.taken += len(piece)
            yield piece


@given(st.lists(st.integers(0, len(BODY)), max_size=12))
async def test_however_a_form_is_cut_into_pieces_it_reads_the_same(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(BODY)]
    pieces = [BODY[start:end] for start, end in pairwise(ends)]
    form = await read_form(HEADERS, aiter(Sender(*pieces)))
    assert form.keys() == {"title", "file"}
    assert (form["title"].filename, bytes(form["title"].content)) == (None, "The Ärger".encode())
    assert (form["file"].filename, bytes(form["file"].content)) == ('nötes "1".txt', b"one\r\n--frontie\r\ntwo")


async def test_a_file_that_is_too_large_is_refused_before_the_rest_is_taken() -> None:
    head = BODY[: BODY.index(b"one")]
    sender = Sender(head, *[b"a" * 65_536] * 1_000)
    with pytest.raises(Refused, match=str(FILE_BYTES)) as refused:
        await read_form(HEADERS, aiter(sender))
    assert (refused.value.status, refused.value.fault.code) == (413, "file_too_large")
    assert sender.taken <= FILE_BYTES + 2 * 65_536


async def test_a_content_length_that_is_too_large_is_refused_before_anything_is_taken() -> None:
    sender = Sender(BODY)
    headers = Headers({**HEADERS, "Content-Length": str(FILE_BYTES + AROUND_THE_FILE + 1)})
    with pytest.raises(Refused) as refused:
        await read_form(headers, aiter(sender))
    assert (refused.value.fault.code, sender.taken) == ("file_too_large", 0)


async def test_what_stands_around_the_parts_counts_too() -> None:
    for sender in (Sender(*[b"\r\n" * 4_096] * 2_000), Sender(BODY, *[b"a" * 65_536] * 1_000)):
        with pytest.raises(Refused):
            await read_form(HEADERS, aiter(sender))
        assert sender.taken <= FILE_BYTES + AROUND_THE_FILE + 65_536


@given(st.binary(max_size=200))
async def test_any_bytes_are_a_form_or_refused(noise: bytes) -> None:
    for body in (noise, BODY[:60] + noise + BODY[60:], b"--frontier\r\n" + noise):
        with suppress(Refused):
            form = await read_form(HEADERS, aiter(Sender(body)))
            assert form.keys() <= {"file", "title", "prompt"}
