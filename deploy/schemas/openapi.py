"""One OpenAPI 3.1 document of the HTTP API: what may be asked for, and every way in which it is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, TypeAdapter

from contracts.events import StoryId
from contracts.limits import IDEMPOTENCY_KEY_CHARACTERS, TOKEN_CHARACTERS
from contracts.queries import ActivityReply, ListReply
from contracts.session import Session, Share
from contracts.socket import Fault
from contracts.story import StoryState
from deploy.schemas.json_schema import WRITTEN, Schema, definitions
from services.gateway.activity_api import Days
from services.gateway.commands_api import Force
from services.gateway.stories_api import EventsPage, ListPage, Moment

Node = dict[str, Any]
Model = type[BaseModel]

_SCHEMAS = "#/components/schemas/"
_FAULTS = {
    400: "It cannot be read",
    401: "Who asks is not known",
    403: "Guests, or pages from there, are not taken",
    404: "There is no such story, or it is somebody else's: nobody can tell which",
    409: "The story does not stand so that it could be done",
    408: "It did not arrive in time",
    413: "It is too large",
    415: "It is no multipart form, or its file no text",
    422: "A field is wrong; the error names it",
    429: "It is too much; the error says when to try again",
    503: "Something behind the gateway is away; the same request may succeed in a moment",
}
_ALWAYS = (401, 403, 503)


@dataclass(frozen=True)
class _Operation:
    """One way to ask. `answer` is what comes with `status`: a model, a ready schema, a media type, or nothing."""

    method: str
    path: str
    summary: str
    status: int
    answer: Model | Schema | str | None = None
    asked: Model | None = None
    share: bool = False
    faults: Sequence[int] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


_EVENT = {
    "type": "object",
    "required": ["event", "sequence", "position", "time", "data"],
    "properties": {
        "event": {"type": "string", "description": "The Socket.IO name"},
        "sequence": {"type": "integer", "minimum": 1},
        "position": {"type": "integer", "minimum": 0},
        "time": {"type": "string", "format": "date-time"},
        "data": {"type": "object", "description": "The event, as the bytes that were written"},
    },
}
_EVENTS = {
    "type": "object",
    "required": ["events"],
    "properties": {
        "events": {"type": "array", "items": _EVENT},
        "next": {"type": "integer", "description": "The `after` of the following page; not there on the last one"},
    },
}
_ID: Schema = {"type": "object", "required": ["storyId"], "properties": {"storyId": {"type": "string"}}}
_FORM = {
    "type": "object",
    "required": ["file", "title"],
    "additionalProperties": False,
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "UTF-8 text"},
        "title": {"type": "string"},
        "prompt": {"type": "string"},
    },
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A repeat with the same key asks for the same story",
    "schema": {"type": "string", "pattern": "^[!-~]+$", "minLength": 1, "maxLength": IDEMPOTENCY_KEY_CHARACTERS},
}
_UPLOAD = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}}
_STORIES, _STORY = "/api/stories", "/api/stories/{storyId}"

OPERATIONS = (
    _Operation("post", "/api/session", "A new guest's token, or one's own renewed", 201, Session, faults=(429,)),
    _Operation("delete", "/api/session", "Have no token of one's own count any more", 204),
    _Operation(
        "post",
        _STORIES,
        "Ask for a story",
        202,
        _ID,
        faults=(400, 408, 409, 413, 415, 422, 429),
        more=_UPLOAD | {"parameters": [_KEY]},
    ),
    _Operation(
        "get", _STORIES, "One's stories, newest first, without their texts", 200, ListReply, ListPage, faults=(422,)
    ),
    _Operation("get", _STORY, "A story as it stands, or stood", 200, StoryState, Moment, share=True, faults=(404, 422)),
    _Operation("delete", _STORY, "Have a story and all that it holds gone", 204, faults=(404,)),
    _Operation("get", f"{_STORY}/events", "A story's events", 200, _EVENTS, EventsPage, share=True, faults=(404, 422)),
    _Operation("get", f"{_STORY}/download", "The text", 200, "text/plain", share=True, faults=(404, 409)),
    _Operation("post", f"{_STORY}/cancel", "Want no story any more", 202, StoryState, faults=(404,)),
    _Operation(
        "post",
        f"{_STORY}/retry",
        "Want another attempt",
        202,
        StoryState,
        Force,
        faults=(404, 409, 422),
    ),
    _Operation("post", f"{_STORY}/share", "A link to the story", 201, Share, faults=(404,)),
    _Operation("delete", f"{_STORY}/share", "Have no link lead to the story any more", 204, faults=(404,)),
    _Operation(
        "get", "/api/activity", "What one's stories came to, day by day", 200, ActivityReply, Days, faults=(422,)
    ),
)


def document() -> Node:
    """The OpenAPI document."""
    paths: Node = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _described(operation)
    answers = [(each.answer, WRITTEN) for each in OPERATIONS if isinstance(each.answer, type)]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Storywire", "version": "1.0.0", "description": "A text file goes in, a story comes out."},
        "servers": [{"url": "http://localhost:3001", "description": "See GATEWAY_PORT"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "schemas": {**definitions(list(dict.fromkeys([*answers, (Fault, WRITTEN)])), _SCHEMAS), "Error": _error()},
        },
    }


def _error() -> Schema:
    return {"type": "object", "required": ["error"], "properties": {"error": {"$ref": f"{_SCHEMAS}Fault"}}}


def _described(operation: _Operation) -> Node:
    parameters = [*_in_path(operation), *_in_query(operation), *operation.more.get("parameters", [])]
    faults = {
        str(status): {"description": _FAULTS[status], **_json({"$ref": f"{_SCHEMAS}Error"})}
        for status in sorted({*_ALWAYS, *operation.faults})
    }
    described = {
        "operationId": operation.method
        + "".join(part.title() for part in operation.path.split("/")[2:] if "{" not in part)
        + ("One" if "{" in operation.path else ""),
        "summary": operation.summary,
        "responses": {str(operation.status): {"description": operation.summary, **_answer(operation)}, **faults},
        **{name: value for name, value in operation.more.items() if name != "parameters"},
    }
    return described | ({"parameters": parameters} if parameters else {})


def _answer(operation: _Operation) -> Node:
    match operation.answer:
        case None:
            return {}
        case str(media_type):
            return {"content": {media_type: {"schema": {"type": "string"}}}}
        case dict(schema):
            return _json(schema)
        case model:
            return _json({"$ref": f"{_SCHEMAS}{model.__name__}"})


def _json(schema: Schema) -> Node:
    return {"content": {"application/json": {"schema": schema}}}


def _in_path(operation: _Operation) -> list[Node]:
    if "{storyId}" not in operation.path:
        return []
    return [{"name": "storyId", "in": "path", "required": True, "schema": TypeAdapter(StoryId).json_schema()}]


def _in_query(operation: _Operation) -> list[Node]:
    asked = operation.asked.model_json_schema() if operation.asked is not None else {"properties": {}}
    found = [{"name": name, "in": "query", "schema": _plain(schema)} for name, schema in asked["properties"].items()]
    if operation.share:
        found.append({"name": "share", "in": "query", "schema": {"type": "string", "maxLength": TOKEN_CHARACTERS}})
    return found


def _plain(schema: Schema) -> Schema:
    """Without a title, and without null: what is not said in a query is not there."""
    options = [option for option in schema.get("anyOf", []) if option != {"type": "null"}]
    kept = {name: value for name, value in schema.items() if name not in ("title", "anyOf", "default")}
    default = {"default": schema["default"]} if schema.get("default") is not None else {}
    return {**kept, **(options[0] if options else {}), **default}
