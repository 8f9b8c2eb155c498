from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import Envelope, InvalidEnvelope
from tests import controls

headers_text = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
envelopes = st.builds(
    Envelope,
    id=controls.story_ids,
    kind=controls.kinds,
    version=st.integers(1, 99),
    source=headers_text,
    time=headers_text,
    correlation=headers_text,
    causation=headers_text,
    traceparent=st.none() | headers_text,
)


@given(envelopes)
def test_an_envelope_reads_back_from_its_headers(envelope: Envelope) -> None:
    assert Envelope.parse(envelope.headers()) == envelope


@given(envelopes)
def test_headers_that_nats_adds_change_nothing(envelope: Envelope) -> None:
    republished = envelope.headers() | {"Nats-Stream": "STORIES", "Nats-Sequence": "7"}
    assert Envelope.parse(republished) == envelope


def test_headers_are_those_of_cloudevents_in_binary_mode() -> None:
    written = Envelope.of(controls.start(), id="one", source="generator")
    assert written.headers() == {
        "ce-specversion": "1.0",
        "ce-id": "one",
        "ce-type": "storywire.story.processing.start.v1",
        "ce-source": "generator",
        "ce-time": "2026-01-31T09:30:02.500Z",
        "ce-correlationid": "one",
        "ce-causationid": "one",
    }


def test_an_envelope_hands_on_what_its_cause_began() -> None:
    first = replace(Envelope.of(controls.requested(), "one", "gateway"), traceparent="00-abc-def-01")
    second = Envelope.of(controls.start(), "two", "generator", first)
    third = Envelope.of(controls.progress(), "three", "generator", second)
    assert (second.correlation, second.causation) == ("one", "one")
    assert (third.correlation, third.causation) == ("one", "two")
    assert third.traceparent == "00-abc-def-01"


@pytest.mark.parametrize("missing", ["ce-id", "ce-type", "ce-source", "ce-time", "ce-correlationid", "ce-causationid"])
def test_a_missing_header_is_named(missing: str) -> None:
    headers = controls.envelope(controls.requested()).headers()
    del headers[missing]
    with pytest.raises(InvalidEnvelope, match=missing):
        Envelope.parse(headers)


@pytest.mark.parametrize("headers", [None, {}])
def test_a_message_without_headers_is_told_what_it_lacks(headers: dict[str, str] | None) -> None:
    with pytest.raises(InvalidEnvelope, match=r"no headers.*ce-id"):
        Envelope.parse(headers)


@pytest.mark.parametrize(
    "type_",
    [
        "",
        "storywire.story.requested",
        "storywire.story.requested.v",
        "storywire.story.requested.vone",
        "storywire.story.requested.v-1",
        "storywire.story..v1",
        "storywire.story.v1",
        "elsewhere.requested.v1",
    ],
)
def test_a_type_that_is_none_of_ours_is_refused(type_: str) -> None:
    headers = controls.envelope(controls.requested()).headers() | {"ce-type": type_}
    with pytest.raises(InvalidEnvelope, match="ce-type"):
        Envelope.parse(headers)
