"""`GET /api/stories...`: stories come out."""

import json
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.queries import After, ListQuery
from contracts.subjects import socket_event
from services.common.history import Recorded
from services.gateway.download import download
from services.gateway.identity import Reader, user_of
from services.gateway.refusal import invalid
from services.gateway.shares import Shares
from services.gateway.stories import Stories, Story

JSON = "application/json"
CURSOR_CHARACTERS = 200


class ListPage(BaseModel):
    """Which stories: `limit` of those that come after the cursor `before`."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    before: Annotated[str, Field(max_length=CURSOR_CHARACTERS)] | None = None


class EventsPage(BaseModel):
    """Which events: `limit` of those with a sequence above `after`."""

    after: After = 0
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100


class Moment(BaseModel):
    """When: after the story's event number `at`, or as it stands."""

    at: Annotated[int, Field(ge=1, le=2**53 - 1)] | None = None


Page = TypeVar("Page", bound=BaseModel)


def routes(stories: Stories, shares: Shares) -> list[Route]:
    """The routes that tell of stories. `?share=` carries the token of a link."""

    async def story(request: Request) -> Story:
        link = await shares.follow(request.query_params.get("share"))
        reader = Reader(user_of(request), linked=link.user if link else None)
        return await stories.read(reader, request.path_params["story_id"])

    async def list_stories(request: Request) -> Response:
        asked = page(ListPage, request)
        reply = await stories.page(ListQuery(owner=user_of(request), limit=asked.limit, before=asked.before))
        return Response(reply.model_dump_json(exclude={"next"} if reply.next is None else None), media_type=JSON)

    async def get_story(request: Request) -> Response:
        asked, found = page(Moment, request), await story(request)
        state = found.state if asked.at is None else found.at(asked.at)
        return Response(state.body(), media_type=JSON)

    async def get_events(request: Request) -> Response:
        asked = page(EventsPage, request)
        return Response(events_body((await story(request)).reading.events, asked), media_type=JSON)

    async def get_download(request: Request) -> Response:
        return download((await story(request)).state)

    return [
        Route("/api/stories", list_stories),
        Route("/api/stories/{story_id}", get_story),
        Route("/api/stories/{story_id}/events", get_events),
        Route("/api/stories/{story_id}/download", get_download),
    ]


def page(kind: type[Page], request: Request) -> Page:
    """What the query string asks for. Raises Refused."""
    try:
        return kind.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise invalid("parameter_invalid", error) from error


def events_body(events: list[Recorded], asked: EventsPage) -> bytes:
    """`{events, next?}`; each event's data are the bytes that were written."""
    wanted = [recorded for recorded in events if recorded.event.sequence > asked.after]
    shown = wanted[: asked.limit]
    tail = b',"next":%d' % shown[-1].event.sequence if len(wanted) > len(shown) else b""
    return b'{"events":[' + b",".join(map(_entry, shown)) + b"]" + tail + b"}"


def _entry(recorded: Recorded) -> bytes:
    head = {
        "event": socket_event(recorded.envelope.kind),
        "sequence": recorded.event.sequence,
        "position": recorded.position,
        "time": recorded.envelope.time,
    }
    return json.dumps(head).removesuffix("}").encode() + b',"data":' + recorded.body + b"}"
