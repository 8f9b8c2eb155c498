"""Where a stream stored a message is found among the other headers, unparsed, and only of what a writer wrote."""

from services.gateway.eavesdropper import written_position

WRITTEN = b"NATS/1.0\r\nce-id: 01J\r\nce-type: storywire.story.processing.start.v1\r\n"
STORED = b"Nats-Stream: STORIES\r\nNats-Subject: story.x\r\nNats-Sequence: 4711\r\nNats-Last-Sequence: 12\r\n\r\n"


def test_the_position_is_the_one_that_the_stream_gave() -> None:
    assert written_position(b"story.x", WRITTEN + STORED) == 4711


def test_what_a_writer_says_of_a_position_counts_for_nothing() -> None:
    said = b"Nats-Subject: story.x\r\nNats-Sequence: 1\r\n"
    assert written_position(b"story.x", WRITTEN + said + STORED) == 4711
    assert written_position(b"story.y", WRITTEN + b"Nats-Subject: story.y\r\n" + STORED) is None
    assert written_position(b"story.x", WRITTEN + b"x: Nats-Subject: story.x\r\nx: Nats-Sequence: 1\r\n\r\n") is None


def test_what_no_stream_has_stored_has_no_position() -> None:
    assert written_position(b"story.x", WRITTEN + b"\r\n") is None
    assert written_position(b"story.x", WRITTEN + b"Nats-Sequence: 1\r\n\r\n") is None
    assert written_position(b"story.x", WRITTEN + b"Nats-Subject: story.x\r\n\r\n") is None
    assert written_position(b"story.x", b"") is None


def test_what_a_writer_wrote_is_stored_on_the_subject_that_it_is_heard_on() -> None:
    assert written_position(b"story.y", WRITTEN + STORED) is None
    assert written_position(b"story", WRITTEN + STORED) is None


def test_what_no_writer_wrote_is_nobodys_event_though_it_is_stored() -> None:
    assert written_position(b"story.x", b"NATS/1.0\r\n" + STORED) is None
