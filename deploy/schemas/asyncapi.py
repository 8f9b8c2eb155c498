"""One AsyncAPI 3.0 document of everything that is said: the NATS subjects, and the Socket.IO namespace.

It speaks for Storywire as a whole: `send` is what its services publish or emit, `receive` what others ask of them.
"""

import inspect
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from pydantic import BaseModel

from contracts import subjects
from contracts.dead_letters import DeadLetter, Requeue, Requeued
from contracts.envelope import Envelope
from contracts.events import EVENTS, Message, ProcessingDelta
from contracts.queries import (
    ActivityQuery,
    ActivityReply,
    EventsQuery,
    EventsReply,
    ListQuery,
    ListReply,
    QueryFailed,
    StoryQuery,
    StoryReply,
)
from contracts.revocations import Revocation
from contracts.session import Credentials, Renewed
from contracts.socket import (
    CANCEL,
    JOIN,
    LEAVE,
    RETRY,
    CancelRequest,
    Done,
    Fault,
    JoinAck,
    JoinRequest,
    LeaveRequest,
    Refusal,
    RenewRequest,
    RetryRequest,
)
from deploy.schemas.json_schema import ASKED, WRITTEN, definitions

Node = dict[str, Any]
Model = type[BaseModel]

QUERIES: dict[str, tuple[Model, Model]] = {
    subjects.QUERY_STORY: (StoryQuery, StoryReply),
    subjects.QUERY_LIST: (ListQuery, ListReply),
    subjects.QUERY_EVENTS: (EventsQuery, EventsReply),
    subjects.QUERY_ACTIVITY: (ActivityQuery, ActivityReply),
    subjects.requeue_subject("store"): (Requeue, Requeued),
    subjects.requeue_subject("generator"): (Requeue, Requeued),
}
COMMANDS: dict[str, tuple[Model, Model]] = {
    JOIN: (JoinRequest, JoinAck),
    LEAVE: (LeaveRequest, Done),
    CANCEL: (CancelRequest, Done),
    RETRY: (RetryRequest, Done),
    subjects.RENEW: (RenewRequest, Renewed),
}
_LIVE: tuple[type[Message], ...] = (ProcessingDelta,)
MESSAGES: tuple[type[Message], ...] = (*EVENTS, *_LIVE)

_SCHEMAS = "#/components/schemas/"
_ID = "0" * 26  # stands for any story's while an address is built
_ID_FIELD = str(Message.model_fields["story_id"].alias)


@dataclass
class _Conversation:
    """Channels and the operations on them."""

    channels: Node = field(default_factory=dict)
    operations: Node = field(default_factory=dict)

    def channel(self, name: str, address: str | None, server: str, messages: Node, **more: object) -> None:
        """Add a channel."""
        self.channels[name] = {"address": address, "servers": [_ref("servers", server)], "messages": messages, **more}

    def operation(self, name: str, action: str, channel: str, message: str, **more: object) -> None:
        """Add an operation with one message of a channel."""
        self.operations[name] = {
            "action": action,
            "channel": _ref("channels", channel),
            "messages": [_ref("channels", channel, "messages", message)],
            **more,
        }


def document() -> Node:
    """The AsyncAPI document."""
    said = _Conversation()
    for event in EVENTS:
        _subject(said, event, subjects.story_subject(_ID, event.kind))
    for message in _LIVE:
        _subject(said, message, subjects.live_subject(_ID, message.kind))
    for address, (query, reply) in QUERIES.items():
        _query(said, address, query, reply)
    _dead_letters(said)
    _revocations(said)
    _namespace(said)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Storywire",
            "version": "1.0.0",
            "description": "A text file goes in, a story comes out, and whoever may watch sees it happen.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "nats": _server("nats", "4222", "NATS_URL"),
            "gateway": _server("ws", "3001", "GATEWAY_PORT") | {"pathname": "/socket.io/"},
        },
        "channels": said.channels,
        "operations": said.operations,
        "components": {
            "messages": {message.kind: _nats_message(message) for message in MESSAGES},
            "schemas": definitions(list(_schemas()), _SCHEMAS),
        },
    }


def _server(protocol: str, port: str, setting: str) -> Node:
    return {
        "host": "localhost:{port}",
        "protocol": protocol,
        "variables": {"port": {"default": port, "description": f"See {setting}"}},
    }


def _subject(said: _Conversation, message: type[Message], read: str) -> None:
    """Where a message is written, and where it is read once it is stored."""
    for subject, summary in (
        (subjects.write_subject(read), f"Only Storywire's services publish here. {_summary(message)}"),
        (read, f"Stored, and therefore true. {_summary(message)}"),
    ):
        name = subject.replace(f".{_ID}", "")
        said.channel(
            name,
            subject.replace(_ID, f"{{{_ID_FIELD}}}"),
            "nats",
            {message.kind: _ref("components", "messages", message.kind)},
            parameters={_ID_FIELD: {"description": "The story", "location": f"$message.payload#/{_ID_FIELD}"}},
        )
        said.operation(name, "send", name, message.kind, summary=summary)


def _query(said: _Conversation, address: str, query: Model, reply: Model) -> None:
    """A question to a service; the reply goes to the inbox that the request names."""
    answers = f"{address}.reply"
    said.channel(address, address, "nats", {"query": _message(query)})
    said.channel(answers, None, "nats", {"reply": _message(reply), "failed": _message(QueryFailed)})
    said.operation(
        address,
        "receive",
        address,
        "query",
        reply={
            "address": {"location": "$message.header#/reply", "description": "NATS' reply subject"},
            "channel": _ref("channels", answers),
            "messages": [_ref("channels", answers, "messages", name) for name in ("reply", "failed")],
        },
    )


def _dead_letters(said: _Conversation) -> None:
    """Where it is told, once it is stored, that nobody could handle a message."""
    about = DeadLetter("store", "failing", "", "", "", 1, 1, "", {}, b"").as_headers()
    letter = {
        "name": "letter",
        "summary": _summary(DeadLetter),
        "contentType": "application/octet-stream",
        "headers": {
            "type": "object",
            "required": sorted(about),
            "properties": {name: {"type": "string"} for name in about},
        },
    }
    parts = {
        "handler": "Who could not handle it: `store`, `generator`",
        "epoch": "The life of the stream that the message came from",
        "position": "Where it stands there",
    }
    address = ".".join(f"{{{part}}}" for part in parts)
    said.channel(
        "dead",
        subjects.ALL_DEAD.replace(">", address),
        "nats",
        {"letter": letter},
        parameters={part: {"description": text} for part, text in parts.items()},
    )
    said.operation("dead", "send", "dead", "letter", summary="Stored, and therefore true.")


def _revocations(said: _Conversation) -> None:
    """Where gateways tell one another what was signed and holds no longer."""
    parts = {"kind": "Whose: `user`, `story`", "digest": "Of the user's name, or of the story's id"}
    read = subjects.ALL_REVOKED.replace(">", ".".join(f"{{{part}}}" for part in parts))
    described = {part: {"description": text} for part, text in parts.items()}
    for address in (subjects.write_subject(read), read):
        name = address.partition(".{")[0]
        said.channel(name, address, "nats", {"revocation": _message(Revocation)}, parameters=described)
        said.operation(name, "send", name, "revocation", summary=_summary(Revocation))


def _namespace(said: _Conversation) -> None:
    """What goes to and fro on the Socket.IO namespace."""
    channel = subjects.NAMESPACE.strip("/")
    emitted = {message.kind: _message(message, subjects.socket_event(message.kind)) for message in MESSAGES}
    commands = {
        _key(name): _message(request, name)
        | {"x-ack": {"oneOf": [_schema(ack), _schema(Refusal)], "description": "What the ack is called with"}}
        for name, (request, ack) in COMMANDS.items()
    }
    commands["connect"] = _message(Credentials, "auth") | {"x-refusal": _schema(Fault)}
    said.channel(channel, subjects.NAMESPACE, "gateway", emitted | commands, title="Socket.IO namespace")
    for kind in emitted:
        said.operation(f"{channel}.{kind}", "send", channel, kind)
    for kind in commands:
        said.operation(f"{channel}.{kind}", "receive", channel, kind)


def _key(command: str) -> str:
    """What a command is called in the document."""
    return "session.renew" if command == subjects.RENEW else subjects.kind_of(command)


def _nats_message(message: type[Message]) -> Node:
    return _message(message, message.kind) | {"headers": headers(message)}


def headers(message: type[Message]) -> Node:
    """The schema of the NATS headers that a message carries."""

    def sample(value: str) -> dict[str, str]:
        given = {each.name: value for each in fields(Envelope)} | {"kind": message.kind}
        return Envelope(**given | {"version": message.version}).headers()  # type: ignore[arg-type]

    one, other = sample("one"), sample("other")
    always = Envelope("", message.kind, message.version, "", "", "", "").headers()
    return {
        "type": "object",
        "required": sorted(always),
        "properties": {
            name: {"type": "string"} | ({"const": one[name]} if one[name] == other[name] else {}) for name in one
        },
    }


def _message(model: Model, name: str | None = None) -> Node:
    return {"name": name or model.__name__, "summary": _summary(model), "payload": _schema(model)}


def _summary(model: type) -> str:
    return " ".join((inspect.getdoc(model) or "").split())


def _schema(model: Model) -> Node:
    return {"$ref": _SCHEMAS + model.__name__}


def _ref(*path: str) -> Node:
    return {"$ref": "#/" + "/".join(path)}


def _schemas() -> Iterable[tuple[Model, Any]]:
    for message in MESSAGES:
        yield message, WRITTEN
    for asked, answered in (*QUERIES.values(), *COMMANDS.values()):
        yield asked, ASKED
        yield answered, WRITTEN
    yield QueryFailed, WRITTEN
    yield Refusal, WRITTEN
    yield Credentials, ASKED
    yield Revocation, WRITTEN
