from hashlib import sha256

import pytest

from contracts.events import Event
from contracts.subjects import story_subject
from services.common.decoded import Undecodable
from services.store.entry import Entry, read
from tests import controls

REQUESTED = controls.requested()


def headers(event: Event, **changes: str) -> dict[str, str]:
    return controls.envelope(event).headers() | {name.replace("_", "-"): value for name, value in changes.items()}


SUBJECT = story_subject(REQUESTED.story_id, REQUESTED.kind)


def read_requested(body: bytes = REQUESTED.body(), **changes: str) -> Entry:
    return read(SUBJECT, headers(REQUESTED, **changes), body, 7, "first")


def test_an_entry_keeps_envelope_position_epoch_and_the_very_bytes() -> None:
    body = REQUESTED.body().replace(b'":', b'" :  ').replace(b"The Lamp", "Żółw 🐢".encode())

    document = read_requested(body).document()

    assert document == {
        "_id": f"{controls.STORY}:1",
        "storyId": controls.STORY,
        "sequence": 1,
        "kind": "requested",
        "version": 1,
        "id": "01jhv7w0000000000000000009",
        "source": "tests",
        "time": "2026-01-31T09:30:01.250Z",
        "correlation": "01jhv7w0000000000000000009",
        "causation": "01jhv7w0000000000000000009",
        "position": 7,
        "epoch": "first",
        "payload": body.decode(),
        "digest": sha256(body).hexdigest(),
    }


def test_a_kind_that_a_newer_service_writes_is_kept() -> None:
    event = controls.unknown(2)
    said = headers(event, ce_type="storywire.story.mood.changed.v3")

    entry = read(story_subject(controls.STORY, "mood.changed"), said, event.body(), 8, "first")

    assert (entry.event.kind, entry.event.version, entry.event.sequence) == ("mood.changed", 3, 2)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "JSON"),
        (b"\xff\xfe", "requested event of version 1"),
        (b"{}", "storyId: Field required"),
        (REQUESTED.body().replace(b'"sequence":1', b'"sequence":0'), "sequence: Input should be greater"),
        (REQUESTED.body().replace(b"The Lamp", rb"\ud800"), "JSON"),
    ],
)
def test_a_body_that_is_no_event_is_undecodable(body: bytes, said: str) -> None:
    with pytest.raises(Undecodable, match=said):
        read_requested(body)


def test_a_message_without_headers_is_undecodable() -> None:
    with pytest.raises(Undecodable, match="no headers"):
        read(SUBJECT, None, REQUESTED.body(), 7, "first")


def test_a_malformed_time_is_undecodable() -> None:
    with pytest.raises(Undecodable, match="a header is malformed: time"):
        read_requested(ce_time="yesterday")


def test_an_event_on_another_storys_subject_is_undecodable() -> None:
    elsewhere = story_subject(controls.OTHER_STORY, "requested")

    with pytest.raises(Undecodable, match=f"carries a requested event of story {controls.STORY}"):
        read(elsewhere, headers(REQUESTED), REQUESTED.body(), 7, "first")


def test_an_event_on_another_kinds_subject_is_undecodable() -> None:
    with pytest.raises(Undecodable, match="carries a requested event"):
        read(story_subject(controls.STORY, "processing.start"), headers(REQUESTED), REQUESTED.body(), 7, "first")


def test_the_reason_does_not_repeat_what_somebody_wrote() -> None:
    secret = REQUESTED.body().replace(b'"The Lamp"', b'{"secret": "lamp"}')

    with pytest.raises(Undecodable) as found:
        read_requested(secret)

    assert "title" in str(found.value)
    assert "lamp" not in str(found.value)
