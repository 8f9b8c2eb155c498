import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codec import InvalidEvent, decode, knows
from contracts.events import Event, ProcessingStart, UnknownEvent
from contracts.story import fold
from tests import controls


@given(controls.histories())
def test_every_event_reads_back_as_it_was_written(story: tuple[Event, ...]) -> None:
    for event in story:
        read = decode(event.kind, event.version, event.body())
        assert read == event
        assert read.body() == event.body()


def test_text_of_every_script_survives() -> None:
    event = controls.complete(generated_content='"\\ \u2028\x00\x7f é 🪔 \U0010ffff')
    assert decode(event.kind, 1, event.body()) == event


def test_fields_that_only_a_newer_writer_knows_are_kept() -> None:
    written = json.loads(controls.start().body()) | {"mood": {"now": ["hopeful", None, 0.5]}}
    read = decode("processing.start", 2, json.dumps(written).encode())
    assert isinstance(read, ProcessingStart)
    assert json.loads(read.body()) == written


def test_a_newer_version_that_cannot_be_read_as_ours_becomes_an_unknown_event() -> None:
    written = json.loads(controls.start().body()) | {"attempt": {"number": 1}}
    read = decode("processing.start", 2, json.dumps(written))
    assert isinstance(read, UnknownEvent)
    assert json.loads(read.body()) == written
    assert (knows("processing.start", 1), knows("processing.start", 2), knows("mood", 1)) == (True, False, False)


def test_a_kind_that_nobody_knows_yet_becomes_an_unknown_event() -> None:
    written = json.loads(controls.unknown(2).body())
    read = decode("processing.illustrated", 3, json.dumps(written))
    assert isinstance(read, UnknownEvent)
    assert json.loads(read.body()) == written


def test_an_unknown_event_moves_the_sequence_on_and_nothing_else() -> None:
    before = fold([controls.requested(), controls.start()])
    after = fold([controls.unknown(3)], before)
    assert before is not None
    assert after == before.model_copy(update={"sequence": 3, "updated_at": controls.moment(3)})


def _without(field: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(controls.progress().body())
    del body[field]
    return body


def _with(field: str, value: object) -> dict[str, Any]:
    return _without(field) | {field: value}


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"null",
        b"[" * 100_000,
        json.dumps(_without("storyId")).encode(),
        json.dumps(_without("sequence")).encode(),
        json.dumps(_without("timestamp")).encode(),
        json.dumps(_without("attempt")).encode(),
        json.dumps(_with("storyId", "story.*")).encode(),
        json.dumps(_with("sequence", 0)).encode(),
        json.dumps(_with("attempt", 0)).encode(),
        json.dumps(_with("progress", 30)).encode(),
        json.dumps(_with("step", "story_generation")).encode(),
        json.dumps(_with("timestamp", "2026-01-31T09:30:00")).encode(),
        json.dumps(_with("timestamp", "0001-01-01T00:00:00+14:00")).encode(),
    ],
    ids=lambda body: body.decode(errors="replace")[:60] if isinstance(body, bytes) else None,
)
def test_what_is_no_event_is_refused_by_name(body: bytes, version: int) -> None:
    with pytest.raises(InvalidEvent, match=r"not a processing\.progress event of version"):
        decode("processing.progress", version, body)


@given(st.binary(max_size=200), st.sampled_from(["requested", "processing.start", "never.heard.of"]))
def test_no_bytes_at_all_raise_anything_else(body: bytes, kind: str) -> None:
    with pytest.raises(InvalidEvent):
        decode(kind, 1, body)
