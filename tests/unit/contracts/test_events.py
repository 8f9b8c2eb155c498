"""The payloads that users' frontends are written against, key by key."""

import json
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from contracts.events import EVENTS, Event, Message, Requested
from deploy.schemas.__main__ import FOLDER
from deploy.schemas.asyncapi import MESSAGES
from tests import controls

STORY, TIME = controls.STORY, "2026-01-31T09:30:0"
PAYLOADS: dict[str, tuple[Message, dict[str, Any]]] = {
    "start": (
        controls.start(),
        {"storyId": STORY, "step": "story_generation", "timestamp": f"{TIME}2.500Z", "sequence": 2, "attempt": 1},
    ),
    "start with its model": (
        controls.start(model="scripted"),
        {
            "storyId": STORY,
            "step": "story_generation",
            "timestamp": f"{TIME}2.500Z",
            "sequence": 2,
            "attempt": 1,
            "model": "scripted",
        },
    ),
    "25": (
        controls.progress(25, 3),
        {
            "storyId": STORY,
            "progress": 25,
            "step": "reading_file",
            "timestamp": f"{TIME}3.750Z",
            "sequence": 3,
            "attempt": 1,
        },
    ),
    "50 with a message": (
        controls.progress(50, 4, message="Trying again"),
        {
            "storyId": STORY,
            "progress": 50,
            "step": "ai_processing",
            "message": "Trying again",
            "timestamp": f"{TIME}5.000Z",
            "sequence": 4,
            "attempt": 1,
        },
    ),
    "75": (
        controls.progress(75, 5),
        {
            "storyId": STORY,
            "progress": 75,
            "step": "saving_file",
            "timestamp": f"{TIME}6.250Z",
            "sequence": 5,
            "attempt": 1,
        },
    ),
    "complete": (
        controls.complete(6, usage=controls.usage()),
        {
            "storyId": STORY,
            "generatedContent": controls.TEXT,
            "generatedWordCount": 8,
            "processingTime": 4_000,
            "timestamp": f"{TIME}7.500Z",
            "sequence": 6,
            "attempt": 1,
            "usage": {"inputTokens": 120, "outputTokens": 480},
        },
    ),
    "error": (
        controls.error(3),
        {
            "storyId": STORY,
            "error": "The file holds no words.",
            "step": "reading_file",
            "timestamp": f"{TIME}3.750Z",
            "sequence": 3,
            "attempt": 1,
            "code": "empty_text",
            "retryable": False,
        },
    ),
    "requested": (
        controls.requested(prompt="Gently"),
        {
            "storyId": STORY,
            "title": "The Lamp",
            "prompt": "Gently",
            "file": {"name": "notes.txt", "size": 11, "digest": "ab" * 32, "object": STORY},
            "owner": "ada",
            "timestamp": f"{TIME}1.250Z",
            "sequence": 1,
        },
    ),
    "cancelled": (
        controls.cancelled(4),
        {"storyId": STORY, "timestamp": f"{TIME}5.000Z", "sequence": 4, "attempt": 1},
    ),
    "cancel requested": (
        controls.cancel_requested(3),
        {"storyId": STORY, "timestamp": f"{TIME}3.750Z", "sequence": 3},
    ),
    "retry requested": (
        controls.retry_requested(4),
        {"storyId": STORY, "timestamp": f"{TIME}5.000Z", "sequence": 4},
    ),
    "delta": (
        controls.delta(),
        {"storyId": STORY, "timestamp": f"{TIME}5.000Z", "attempt": 1, "index": 0, "text": "The lamp "},
    ),
}


def _typed(value: object) -> object:
    """The value with its JSON type, so that 1, 1.0 and true are three things."""
    if isinstance(value, dict):
        return {key: _typed(each) for key, each in value.items()}
    return type(value).__name__, value


@pytest.mark.parametrize(("message", "payload"), PAYLOADS.values(), ids=PAYLOADS.keys())
def test_the_body_is_the_users_payload_exactly(message: Message, payload: dict[str, Any]) -> None:
    assert _typed(json.loads(message.body())) == _typed(payload)


@pytest.mark.parametrize("step", ["story_generation", "reading_file", "ai_processing", "saving_file"])
def test_an_error_may_name_any_step(step: str) -> None:
    assert json.loads(controls.error(step=step).body())["step"] == step


def _schema(kind: str) -> str:
    return (FOLDER / f"{kind}.json").read_text()


def _validator(kind: str) -> Draft202012Validator:
    schema = json.loads(_schema(kind))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def _needed(kind: str, payload: dict[str, Any]) -> set[str]:
    """The keys without which the payload is refused."""
    return {
        key
        for key in payload
        if not VALIDATORS[kind].is_valid({other: value for other, value in payload.items() if other != key})
    }


VALIDATORS = {message.kind: _validator(message.kind) for message in MESSAGES}


@pytest.mark.parametrize(("message", "payload"), PAYLOADS.values(), ids=PAYLOADS.keys())
def test_the_body_satisfies_its_schema_and_every_required_field_is_needed(
    message: Message, payload: dict[str, Any]
) -> None:
    VALIDATORS[message.kind].validate(payload)
    assert _needed(message.kind, payload) == payload.keys() - {"message", "usage", "prompt", "model"}
    assert json.loads(_schema(message.kind))["properties"].keys() >= payload.keys()


@given(controls.histories())
def test_every_event_of_every_story_satisfies_its_schema(story: tuple[Event, ...]) -> None:
    for event in story:
        if event.kind in VALIDATORS:
            VALIDATORS[event.kind].validate(json.loads(event.body()))


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (controls.requested(), "prompt"),
        (controls.start(), "model"),
        (controls.progress(), "message"),
        (controls.complete(), "usage"),
        (controls.error(), "usage"),
        (controls.cancelled(), "usage"),
    ],
)
def test_an_optional_field_is_left_out_and_never_null(message: Message, field: str) -> None:
    body = json.loads(message.body())
    assert field not in body
    assert not VALIDATORS[message.kind].is_valid(body | {field: None})


def test_tokens_that_nobody_counted_are_null_and_never_left_out() -> None:
    unknown = {"input_tokens": None, "output_tokens": None}
    assert json.loads(controls.complete(usage=unknown).body())["usage"] == {"inputTokens": None, "outputTokens": None}


def test_an_event_can_not_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        controls.requested().title = "Another"  # type: ignore[misc]


def test_no_two_events_share_a_kind() -> None:
    kinds = [message.kind for message in MESSAGES]
    assert len(set(kinds)) == len(kinds)


def test_every_event_says_its_own_kind() -> None:
    assert all("kind" in vars(event) for event in EVENTS), "a kind that is inherited names two events"
    assert EVENTS[0] is Requested
