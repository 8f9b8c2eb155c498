"""`POST /api/stories/{id}/cancel` and `/retry`, `DELETE /api/stories/{id}`: what an owner still wants of a story."""

from typing import Literal

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.gateway.commands import Commands, Decide, cancel, retry, retry_by_force
from services.gateway.erasure import Erasure
from services.gateway.identity import user_of
from services.gateway.stories_api import page


class Force(BaseModel):
    """Whether a finished story is to be replaced."""

    force: Literal["true", "false"] = "false"


def routes(commands: Commands, erasure: Erasure) -> list[Route]:
    """The routes that carry commands. Each answers 202 with the story as it stands when the command is written; a
    deletion 204, once nobody can read the story any more.
    """

    async def obey(request: Request, decide: Decide) -> Response:
        state = await commands.obey(user_of(request), request.path_params["story_id"], decide)
        return Response(state.body(), 202, media_type="application/json")

    async def post_cancel(request: Request) -> Response:
        return await obey(request, cancel)

    async def post_retry(request: Request) -> Response:
        return await obey(request, retry_by_force if page(Force, request).force == "true" else retry)

    async def delete_story(request: Request) -> Response:
        await erasure.erase(user_of(request), request.path_params["story_id"])
        return Response(status_code=204)

    return [
        Route("/api/stories/{story_id}", delete_story, methods=["DELETE"]),
        Route("/api/stories/{story_id}/cancel", post_cancel, methods=["POST"]),
        Route("/api/stories/{story_id}/retry", post_retry, methods=["POST"]),
    ]
