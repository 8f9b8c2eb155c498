"""`POST /api/stories`: a file goes in."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.gateway.form import read_form
from services.gateway.idempotency import key_of
from services.gateway.identity import user_of
from services.gateway.intake import Intake
from services.gateway.queue_limit import QueueLimit
from services.gateway.refusal import Refused
from services.gateway.submission import submission


def routes(intake: Intake, queue: QueueLimit, most: int, within: float) -> list[Route]:
    """The routes that take something in: a file of `most` bytes, `within` seconds."""

    async def post_story(request: Request) -> Response:
        """202 `{storyId}` once the request is the story's first event."""
        key = key_of(request.headers)
        try:
            async with asyncio.timeout(within):
                form = await read_form(request.headers, request.stream(), most)
        except TimeoutError as error:
            message = f"The file did not arrive within {within:g} seconds. (UPLOAD_WITHIN)"
            raise Refused(408, "upload_too_slow", message, field="file") from error
        user, wanted = user_of(request), submission(form)
        async with queue.place(user) as accepted:
            story_id = await intake.accept(user, wanted, key)
            accepted(story_id)
        return JSONResponse({"storyId": story_id}, 202, {"Location": f"/api/stories/{story_id}"})

    return [Route("/api/stories", post_story, methods=["POST"])]
