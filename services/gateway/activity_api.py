"""`GET /api/activity`: what the asker's stories came to, day by day."""

from typing import Annotated

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.queries import ActivityQuery, Day
from services.gateway.identity import user_of
from services.gateway.stories import Stories
from services.gateway.stories_api import JSON, page


class Days(BaseModel):
    """Which days: from `from` to `to`, both included; all where nothing is said."""

    since: Annotated[Day | None, Field(alias="from")] = None
    until: Annotated[Day | None, Field(alias="to")] = None


def routes(stories: Stories) -> list[Route]:
    """The routes that tell of activity."""

    async def activity(request: Request) -> Response:
        asked = page(Days, request)
        query = ActivityQuery(owner=user_of(request), since=asked.since, until=asked.until)
        return Response((await stories.activity(query)).body(), media_type=JSON)

    return [Route("/api/activity", activity)]
