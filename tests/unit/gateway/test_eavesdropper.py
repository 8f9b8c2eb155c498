"""The one header that is looked for is found among the others, unparsed."""

from services.gateway.eavesdropper import is_written, stored_position

WRITTEN = b"NATS/1.0\r\nce-id: 01J\r\nce-type: storywire.story.processing.start.v1\r\n"
STORED = b"Nats-Stream: STORIES\r\nNats-Subject: story.x\r\nNats-Sequence: 4711\r\nNats-Last-Sequence: 12\r\n\r\n"


def test_the_position_is_the_one_that_the_stream_gave() -> None:
    assert stored_position(WRITTEN + STORED) == 4711


def test_what_a_writer_says_of_a_position_counts_for_nothing() -> None:
    assert stored_position(WRITTEN + b"Nats-Sequence: 1\r\n" + STORED) == 4711
    assert stored_position(WRITTEN + b"x: Nats-Sequence: 1\r\n\r\n") is None


def test_what_no_stream_has_stored_has_no_position() -> None:
    assert stored_position(WRITTEN + b"\r\n") is None
    assert stored_position(b"") is None


def test_what_a_writer_wrote_is_stored_on_the_subject_that_it_is_heard_on() -> None:
    assert is_written("story.x", WRITTEN + STORED)
    assert not is_written("story.y", WRITTEN + STORED)
    assert not is_written("story.x", WRITTEN + b"Nats-Sequence: 1\r\n\r\n")


def test_what_no_writer_wrote_is_nobodys_event_though_it_is_stored() -> None:
    assert not is_written("story.x", b"NATS/1.0\r\n" + STORED)
