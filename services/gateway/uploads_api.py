"""`POST /api/stories`: a file goes in."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.gateway.form import read_form
from services.gateway.idempotency import key_of
from services.gateway.identity import user_of
from services.gateway.intake import Intake
from services.gateway.queue_limit import QueueLimit
from services.gateway.submission import submission


def routes(intake: Intake, queue: QueueLimit) -> list[Route]:
    """The routes that take something in."""

    async def post_story(request: Request) -> Response:
        """202 `{storyId}` once the request is the story's first event."""
        key = key_of(request.headers)
        form = await read_form(request.headers, request.stream())
        user, wanted = user_of(request), submission(form)
        async with queue.place(user) as accepted:
            story_id = await intake.accept(user, wanted, key)
            accepted(story_id)
        return JSONResponse({"storyId": story_id}, 202, {"Location": f"/api/stories/{story_id}"})

    return [Route("/api/stories", post_story, methods=["POST"])]
