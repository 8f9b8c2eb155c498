"""`POST /api/stories`: what is accepted is in the log, what is refused was never there."""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from contracts import limits
from contracts.events import Requested
from contracts.ids import story_id
from services.gateway.form import AROUND_THE_FILE
from tests.integration.gateway.town import Answer, Door, Town
from tests.tokens import USER

BOUNDARY = "frontier"
MULTIPART = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def form(*parts: tuple[str, bytes], end: str = f"--{BOUNDARY}--\r\n") -> bytes:
    """A multipart body by hand, so that it can be wrong in every way."""
    begun = [f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + body for head, body in parts]
    return b"\r\n".join([*begun, end.encode()])


FILE = ('name="file"; filename="notes.txt"', b"Once.")
TITLE = ('name="title"', b"The Lamp")


async def test_an_accepted_file_is_the_first_event_of_its_story_and_stands_in_the_bucket(
    door: Door, town: Town
) -> None:
    text = "Es war einmal ... ein Lämpchen.\r\n".encode()
    answer = await door.post(text, title="  Das Lämpchen 💡 \n", prompt=" Bitte fröhlich.\r\nDanke! ")
    assert answer.status == 202
    assert answer.json == {"storyId": story_id(answer.json["storyId"])}
    (recorded,) = await town.history.events(answer.json["storyId"])
    event = recorded.event
    assert isinstance(event, Requested)
    assert (event.title, event.prompt, event.owner) == ("Das Lämpchen 💡", "Bitte fröhlich.\nDanke!", USER)
    assert (event.file.name, event.file.size) == ("notes.txt", len(text))
    assert event.file.digest == hashlib.sha256(text).hexdigest()
    assert await town.upload(event.file.object) == text


async def test_the_largest_file_title_and_prompt_are_accepted(door: Door, town: Town) -> None:
    file = b"a" * limits.FILE_BYTES
    answer = await door.post(file, title="💡" * limits.TITLE_CHARACTERS, prompt="ä" * limits.PROMPT_CHARACTERS)
    assert answer.status == 202
    (recorded,) = await town.history.events(answer.json["storyId"])
    assert isinstance(recorded.event, Requested)
    assert await town.upload(recorded.event.file.object) == file


async def test_an_empty_prompt_is_none(door: Door, town: Town) -> None:
    answer = await door.post(prompt=" \n")
    (recorded,) = await town.history.events(answer.json["storyId"])
    assert b'"prompt"' not in recorded.body


async def test_a_file_of_white_space_is_accepted_because_only_the_work_finds_that(door: Door) -> None:
    assert (await door.post(b" \n\t ")).status == 202


Ask = Callable[[Door], Any]
REFUSALS: dict[str, tuple[Ask, int, dict[str, Any]]] = {
    "no file": (lambda door: door.post(None), 422, {"code": "file_missing", "field": "file"}),
    "an empty file": (lambda door: door.post(b""), 422, {"code": "file_empty", "field": "file"}),
    "a file over 5 MiB": (
        lambda door: door.post(b"a" * (limits.FILE_BYTES + 1)),
        413,
        {"code": "file_too_large", "field": "file", "limit": limits.FILE_BYTES},
    ),
    "a file far over 5 MiB, as the Content-Length says": (
        lambda door: door.post(b"a" * (4 * limits.FILE_BYTES)),
        413,
        {"code": "file_too_large", "field": "file", "limit": limits.FILE_BYTES},
    ),
    "a file over 5 MiB, without a Content-Length": (
        lambda door: door.ask("POST", "/api/stories", data=endless(TITLE, FILE), headers=MULTIPART),
        413,
        {"code": "file_too_large", "field": "file", "limit": limits.FILE_BYTES},
    ),
    "a file that is not UTF-8": (lambda door: door.post(b"caf\xe9"), 415, {"code": "file_not_text", "field": "file"}),
    "a file with NUL bytes": (lambda door: door.post(b"a\0b"), 415, {"code": "nul_character", "field": "file"}),
    "no title": (lambda door: door.post(title=None), 422, {"code": "title_missing", "field": "title", "limit": 200}),
    "an empty title": (lambda door: door.post(title=""), 422, {"code": "title_empty", "field": "title", "limit": 200}),
    "a title of white space": (
        lambda door: door.post(title=" \t\n"),
        422,
        {"code": "title_empty", "field": "title", "limit": 200},
    ),
    "a title over 200": (
        lambda door: door.post(title="ä" * 201),
        422,
        {"code": "title_too_long", "field": "title", "limit": 200},
    ),
    "a title of megabytes": (
        lambda door: door.ask(
            "POST", "/api/stories", data=form(FILE, ('name="title"', b"a" * 900_000)), headers=MULTIPART
        ),
        422,
        {"code": "title_too_long", "field": "title", "limit": 200},
    ),
    "a title that is not UTF-8": (
        lambda door: door.ask("POST", "/api/stories", data=form(FILE, ('name="title"', b"\xff")), headers=MULTIPART),
        422,
        {"code": "title_not_utf8", "field": "title"},
    ),
    "a title with a NUL": (lambda door: door.post(title="a\0b"), 422, {"code": "nul_character", "field": "title"}),
    "a prompt over 4,000": (
        lambda door: door.post(prompt="ä" * 4_001),
        422,
        {"code": "prompt_too_long", "field": "prompt", "limit": 4_000},
    ),
    "a field that nobody knows": (
        lambda door: door.ask("POST", "/api/stories", data=form(FILE, ('name="titel"', b"x")), headers=MULTIPART),
        422,
        {"code": "unknown_field", "field": "titel"},
    ),
    "a field given twice": (
        lambda door: door.ask("POST", "/api/stories", data=form(FILE, TITLE, TITLE), headers=MULTIPART),
        422,
        {"code": "repeated_field", "field": "title"},
    ),
    "JSON": (lambda door: door.ask("POST", "/api/stories", json={"title": "x"}), 415, {"code": "not_multipart"}),
    "a body without a type": (
        lambda door: door.ask("POST", "/api/stories", data=b"x", skip_auto_headers=["Content-Type"]),
        415,
        {"code": "not_multipart"},
    ),
    "no body at all": (
        lambda door: door.ask("POST", "/api/stories", headers=MULTIPART),
        400,
        {"code": "multipart_invalid"},
    ),
    "a form that ends too early": (
        lambda door: door.ask("POST", "/api/stories", data=form(TITLE, FILE, end=""), headers=MULTIPART),
        400,
        {"code": "multipart_invalid"},
    ),
    "a form without a boundary": (
        lambda door: door.ask(
            "POST", "/api/stories", data=form(TITLE, FILE), headers={"Content-Type": "multipart/form-data"}
        ),
        400,
        {"code": "multipart_invalid"},
    ),
    "a form with a boundary of a kilobyte": (
        lambda door: door.ask(
            "POST",
            "/api/stories",
            data=form(TITLE, FILE),
            headers={"Content-Type": f"multipart/form-data; boundary={'b' * 1_000}"},
        ),
        400,
        {"code": "multipart_invalid"},
    ),
    "a form that is none": (
        lambda door: door.ask("POST", "/api/stories", data=b"title=x", headers=MULTIPART),
        400,
        {"code": "multipart_invalid"},
    ),
    "a part without a name": (
        lambda door: door.ask("POST", "/api/stories", data=form(("x=y", b"")), headers=MULTIPART),
        400,
        {"code": "multipart_invalid"},
    ),
    "an empty idempotency key": (
        lambda door: door.post(key=""),
        400,
        {"code": "idempotency_key_invalid", "field": "Idempotency-Key", "limit": 255},
    ),
    "an idempotency key over 255": (
        lambda door: door.post(key="k" * 256),
        400,
        {"code": "idempotency_key_invalid", "field": "Idempotency-Key", "limit": 255},
    ),
    "an idempotency key with a space": (
        lambda door: door.post(key="one two"),
        400,
        {"code": "idempotency_key_invalid", "field": "Idempotency-Key", "limit": 255},
    ),
}


async def endless(*parts: tuple[str, bytes]) -> Any:
    """A form whose last part does not end before it is far too large."""
    yield form(*parts, end="")
    for _ in range(2 * (limits.FILE_BYTES + AROUND_THE_FILE) // 65_536):
        yield b"a" * 65_536


@pytest.mark.parametrize(("ask", "status", "error"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_refused_with_its_reason_and_nothing_written(
    ask: Ask, status: int, error: dict[str, Any], door: Door, town: Town
) -> None:
    answer: Answer = await ask(door)
    assert answer.status == status, answer.body
    assert answer.error == error | {"message": answer.error["message"]}
    assert await town.stories() == 0
    assert await town.uploads() == 0
    assert (await door.post()).status == 202  # and it is none the worse for it


async def test_the_same_key_and_file_are_the_same_story(stored_door: Door, town: Town) -> None:
    first = await stored_door.post(key="k1", prompt="bright")
    pieces = await town.uploads()
    again = await stored_door.post(key="k1", prompt="bright")
    assert (first.status, again.status) == (202, 202)
    assert first.json == again.json
    assert await town.stories() == 1
    assert await town.uploads() == pieces
    assert (await stored_door.post(key="k2", prompt="bright")).json != first.json


@pytest.mark.parametrize(
    "other",
    [{"file": b"Another file."}, {"title": "Another title"}, {"prompt": "another prompt"}],
    ids=["another file", "another title", "another prompt"],
)
async def test_the_same_key_with_something_else_is_refused_and_changes_nothing(
    other: dict[str, Any], stored_door: Door, town: Town
) -> None:
    first = await stored_door.post(b"The file.", key="k1")
    answer = await stored_door.post(**{"file": b"The file.", "key": "k1"} | other)
    assert (answer.status, answer.error["code"]) == (409, "idempotency_key_reused")
    (recorded,) = await town.history.events(first.json["storyId"])
    assert isinstance(recorded.event, Requested)
    assert await town.upload(recorded.event.file.object) == b"The file."


async def test_many_requests_with_one_key_at_once_are_one_story_with_the_file_that_was_accepted(
    stored_door: Door, town: Town
) -> None:
    files = [b"One file.", b"Another file, longer."] * 6
    answers = await asyncio.gather(*(stored_door.post(file, key="k1") for file in files))
    accepted = {file for file, answer in zip(files, answers, strict=True) if answer.status == 202}
    refused = {file for file, answer in zip(files, answers, strict=True) if answer.status == 409}
    assert len(accepted) == 1
    assert accepted | refused == set(files)
    assert len({answer.json["storyId"] for answer in answers if answer.status == 202}) == 1
    assert await town.stories() == 1
    story = next(answer.json["storyId"] for answer in answers if answer.status == 202)
    (recorded,) = await town.history.events(story)
    assert isinstance(recorded.event, Requested)
    assert await town.upload(recorded.event.file.object) == accepted.pop()


async def test_a_key_of_all_visible_characters_is_taken(stored_door: Door) -> None:
    key = "".join(map(chr, range(0x21, 0x7F)))
    assert (await stored_door.post(key=key)).status == 202


async def test_a_client_that_goes_in_the_middle_leaves_nothing_behind(door: Door, town: Town) -> None:
    async def broken() -> Any:
        yield form(TITLE, FILE, end="")
        raise ConnectionResetError

    with pytest.raises((aiohttp.ClientError, ConnectionResetError)):
        await door.ask("POST", "/api/stories", data=broken(), headers=MULTIPART)
    assert (await door.post()).status == 202
    assert await town.stories() == 1
