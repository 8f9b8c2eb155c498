"""The contracts that a page needs as TypeScript types: the Socket.IO namespace, and what HTTP answers to who asks for a right."""

from collections.abc import Iterable, Iterator
from typing import Any

from contracts.queries import DayActivity
from contracts.session import Session, Share
from contracts.socket import Refusal
from contracts.subjects import NAMESPACE, socket_event
from deploy.schemas import asyncapi
from deploy.schemas.json_schema import ASKED, WRITTEN, Schema, definitions

_AT = "#/"
_HEAD = "// Written by `make contracts` from the classes in contracts/. Not to be edited.\n"
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def document() -> str:
    """One interface for each class, and the names that they are said under."""
    models: list[tuple[Any, Any]] = [(message, WRITTEN) for message in asyncapi.MESSAGES]
    for request, ack in asyncapi.COMMANDS.values():
        models += [(request, ASKED), (ack, WRITTEN)]
    found = definitions([*models, *((each, WRITTEN) for each in (DayActivity, Refusal, Session, Share))], _AT)
    parts = [_HEAD, *(_interface(name, found[name]) for name in sorted(found)), _emitted(), _commands()]
    return "\n".join([*parts, f'export const NAMESPACE = "{NAMESPACE}";\n'])


def _interface(name: str, schema: Schema) -> str:
    required = schema.get("required", [])
    fields = (
        line
        for field, about in schema["properties"].items()
        for line in _field(field if field in required else f"{field}?", about)
    )
    return _block(f"export interface {name}", fields, schema.get("description", ""))


def _field(name: str, schema: Schema) -> Iterator[str]:
    if "description" in schema and "$ref" not in schema:
        yield f"/** {_flat(schema['description'])} */"
    yield f"{name}: {_type(schema)};"


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_AT)
    if "const" in schema:
        return _literal(schema["const"])
    if "enum" in schema:
        return " | ".join(map(_literal, schema["enum"]))
    if "anyOf" in schema:
        return " | ".join(map(_type, schema["anyOf"]))
    if schema["type"] == "array":
        return f"readonly {_type(schema['items'])}[]"
    return _PLAIN[schema["type"]]


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _emitted() -> str:
    lines = (f'"{socket_event(message.kind)}": {message.__name__};' for message in asyncapi.MESSAGES)
    return _block("export interface Emitted", lines, "What the gateway emits: payloads by their Socket.IO names.")


def _commands() -> str:
    lines = (
        f'"{name}": {{ request: {request.__name__}; ack: {ack.__name__} | {Refusal.__name__} }};'
        for name, (request, ack) in asyncapi.COMMANDS.items()
    )
    return _block("export interface Commands", lines, "What a client may ask for, and what the ack is called with.")


def _block(head: str, lines: Iterable[str], about: str) -> str:
    inner = "".join(f"  {line}\n" for line in lines)
    return f"/** {_flat(about)} */\n{head} {{\n{inner}}}\n"


def _flat(text: str) -> str:
    return " ".join(text.split())
