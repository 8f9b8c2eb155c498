"""The document holds together, as far as that can be told without a parser of AsyncAPI."""

import json
import re
from collections.abc import Iterator
from functools import reduce
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts import subjects
from contracts.events import EVENTS, Event, Message
from contracts.socket import JOIN, LEAVE, Done, Fault, JoinAck, Refusal
from contracts.story import fold
from deploy.schemas.asyncapi import MESSAGES, document, headers
from tests import controls

DOCUMENT = document()
CHANNELS: dict[str, Any] = DOCUMENT["channels"]
OPERATIONS: dict[str, Any] = DOCUMENT["operations"]
SOCKET_MESSAGES: dict[str, Any] = CHANNELS["stories"]["messages"]


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _resolve(reference: str) -> Any:
    assert reference.startswith("#/"), f"{reference} leads out of the document"
    return reduce(lambda node, key: node[key], reference.removeprefix("#/").split("/"), DOCUMENT)


def _validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({"components": DOCUMENT["components"], **schema})


def _address(subject: str) -> str:
    return subject.replace(controls.STORY, "{storyId}")


def test_it_is_asyncapi_3_with_all_that_must_stand_there() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert DOCUMENT["info"].keys() >= {"title", "version"}
    assert all(server.keys() >= {"host", "protocol"} for server in DOCUMENT["servers"].values())
    assert all({"action", "channel"} <= operation.keys() for operation in OPERATIONS.values())
    assert {operation["action"] for operation in OPERATIONS.values()} == {"send", "receive"}
    assert DOCUMENT["components"].keys() == {"messages", "schemas"}


def test_names_of_components_are_names_that_asyncapi_allows() -> None:
    names = [name for part in DOCUMENT["components"].values() for name in part]
    assert [name for name in names if not re.fullmatch(r"[A-Za-z0-9._-]+", name)] == []


def test_every_reference_leads_somewhere() -> None:
    references = list(_references(DOCUMENT))
    assert len(references) > 100
    for reference in references:
        assert _resolve(reference), reference


def test_every_schema_is_a_schema() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object", name


def test_every_component_is_used() -> None:
    used = set(_references(DOCUMENT))
    assert {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]} <= used
    assert {f"#/components/messages/{name}" for name in DOCUMENT["components"]["messages"]} <= used


def test_every_message_of_every_channel_is_part_of_an_operation() -> None:
    said = {
        message["$ref"]
        for operation in OPERATIONS.values()
        for message in (*operation["messages"], *operation.get("reply", {}).get("messages", []))
    }
    assert said == {
        f"#/channels/{channel}/messages/{message}"
        for channel, found in CHANNELS.items()
        for message in found["messages"]
    }


def test_an_operations_messages_are_those_of_its_own_channel() -> None:
    for name, operation in OPERATIONS.items():
        for part in filter(None, (operation, operation.get("reply"))):
            channel = part["channel"]["$ref"]
            assert all(message["$ref"].startswith(f"{channel}/messages/") for message in part["messages"]), name


def test_every_parameter_of_an_address_is_described_and_no_other() -> None:
    for name, channel in CHANNELS.items():
        assert set(re.findall(r"{(\w+)}", channel["address"] or "")) == set(channel.get("parameters", {})), name


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_every_event_has_a_channel_to_write_and_one_to_read(event: type[Event]) -> None:
    read = subjects.story_subject(controls.STORY, event.kind)
    addresses = {channel["address"] for channel in CHANNELS.values()}
    assert {_address(read), _address(subjects.write_subject(read))} <= addresses


def test_live_text_has_a_channel_to_write_and_one_to_read() -> None:
    read = subjects.live_subject(controls.STORY, "processing.delta")
    addresses = {channel["address"] for channel in CHANNELS.values()}
    assert {_address(read), _address(subjects.write_subject(read))} <= addresses


@pytest.mark.parametrize("address", [subjects.QUERY_STORY, subjects.QUERY_LIST, subjects.QUERY_EVENTS])
def test_every_query_is_answered_in_the_inbox_that_it_names(address: str) -> None:
    (operation,) = (each for name, each in OPERATIONS.items() if name == address)
    assert operation["action"] == "receive"
    assert _resolve(operation["reply"]["channel"]["$ref"])["address"] is None
    assert operation["reply"]["address"]["location"] == "$message.header#/reply"
    assert len(operation["reply"]["messages"]) == 2


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.kind)
def test_every_message_is_emitted_under_its_socket_name_with_the_body_of_nats(message: type[Message]) -> None:
    emitted, published = SOCKET_MESSAGES[message.kind], DOCUMENT["components"]["messages"][message.kind]
    assert emitted["name"] == subjects.socket_event(message.kind)
    assert emitted["payload"] == published["payload"]
    assert OPERATIONS[f"stories.{message.kind}"]["action"] == "send"


def test_commands_say_what_their_acks_look_like() -> None:
    state = fold(controls.finished_story())
    assert state is not None
    refusal = Refusal(error=Fault(code="unknown_story", message="There is no such story."))
    acks = {JOIN: JoinAck(story=state, sequence=6, live=None, epoch="one", epoch_changed=False), LEAVE: Done()}
    for name, ack in acks.items():
        command = SOCKET_MESSAGES[subjects.kind_of(name)]
        assert command["name"] == name
        validator = _validator(command["x-ack"])
        validator.validate(json.loads(ack.body()))
        validator.validate(json.loads(refusal.body()))
        assert not validator.is_valid({"ok": "yes"})
        assert OPERATIONS[f"stories.{subjects.kind_of(name)}"]["action"] == "receive"


@pytest.mark.parametrize("event", controls.finished_story(), ids=lambda event: f"{event.sequence}")
def test_headers_and_payloads_of_a_real_story_satisfy_the_document(event: Event) -> None:
    message = DOCUMENT["components"]["messages"][event.kind]
    _validator(message["headers"]).validate(controls.envelope(event).headers())
    _validator(message["payload"]).validate(json.loads(event.body()))


def test_headers_of_another_message_do_not() -> None:
    other = controls.envelope(controls.complete()).headers()
    assert not _validator(headers(type(controls.start()))).is_valid(other)
    assert not _validator(headers(type(controls.complete()))).is_valid({})
