"""`/api/stories/{id}/share`: an owner lets others read a story."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.gateway.identity import Reader, user_of
from services.gateway.shares import Shares
from services.gateway.stories import Stories


def routes(stories: Stories, shares: Shares) -> list[Route]:
    """The routes of links."""

    async def owned(request: Request) -> str:
        story = await stories.read(Reader(user_of(request)), request.path_params["story_id"])
        return story.state.story_id

    async def post_share(request: Request) -> Response:
        """201 with a link."""
        share = shares.link(await owned(request))
        return Response(share.body(), 201, {"Cache-Control": "no-store"}, media_type="application/json")

    async def delete_share(request: Request) -> Response:
        """204 once no link leads to the story any more."""
        await shares.revoke(await owned(request))
        return Response(status_code=204)

    return [
        Route("/api/stories/{story_id}/share", post_share, methods=["POST"]),
        Route("/api/stories/{story_id}/share", delete_share, methods=["DELETE"]),
    ]
