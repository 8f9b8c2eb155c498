import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.dead_letters import DeadLetter, InvalidDeadLetter
from contracts.subjects import dead_subject, requeue_subject
from tests import controls

TIME = "2026-01-31T09:30:00.250Z"


def letter(headers: dict[str, str], body: bytes = b"\xff\x00", cause: str = "not JSON") -> DeadLetter:
    subject = f"story.{controls.STORY}.requested"
    return DeadLetter("store", "undecodable", cause, subject, "first", 7, 3, TIME, headers, body)


@given(st.dictionaries(st.text(), st.text()), st.binary())
def test_a_letter_reads_back_as_it_was_written_whatever_the_message_held(headers: dict[str, str], body: bytes) -> None:
    written = letter(headers, body)
    assert DeadLetter.parse(written.as_headers(), body) == written


@given(st.dictionaries(st.text(), st.text()), st.text())
def test_its_headers_are_headers_that_nats_takes(headers: dict[str, str], cause: str) -> None:
    for name, value in letter(headers, cause=cause).as_headers().items():
        assert name.startswith("dead-")
        assert name.isascii()
        assert not {"\r", "\n"} & set(value)


def test_none_of_the_messages_headers_acts_on_the_letter() -> None:
    headers = letter({"Nats-Expected-Last-Subject-Sequence": "7"}).as_headers()
    assert not any(name.startswith("Nats-") for name in headers)
    assert json.loads(headers["dead-headers"]) == {"Nats-Expected-Last-Subject-Sequence": "7"}


@pytest.mark.parametrize("missing", ["dead-handler", "dead-position", "dead-headers"])
def test_a_message_that_is_no_letter_is_told_what_it_lacks(missing: str) -> None:
    headers = letter({}).as_headers()
    del headers[missing]
    with pytest.raises(InvalidDeadLetter, match=missing):
        DeadLetter.parse(headers, b"")


@pytest.mark.parametrize(("name", "value"), [("dead-position", "first"), ("dead-headers", "{")])
def test_a_malformed_header_makes_no_letter(name: str, value: str) -> None:
    with pytest.raises(InvalidDeadLetter):
        DeadLetter.parse(letter({}).as_headers() | {name: value}, b"")


def test_every_handler_has_a_subject_for_each_message_and_one_to_be_asked_on() -> None:
    assert dead_subject("store", "first", 7) == "dead.store.first.7"
    assert requeue_subject("generator") == "requeue.generator"
