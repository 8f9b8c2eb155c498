"""`/api/session`: where guests get a token and get it renewed, and where a user signs out."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from services.gateway.guests import Guests
from services.gateway.identity import Identify, bearer
from services.gateway.refusal import Refused, unauthorized
from services.gateway.revocations import Revocations


def routes(
    guests: Guests | None, identify: Identify, revocations: Revocations, newcomer: Callable[[Scope], None]
) -> list[Route]:
    """The routes of sessions; `guests` is None where there are none. `newcomer` raises Refused when there are too many."""

    async def post_session(request: Request) -> Response:
        """201 with a token: of the user that the request's own token names, else of a new guest."""
        if guests is None:
            raise Refused(
                403, "no_guests", "Guests are not taken here; bring a token of the identity provider. (AUTH_MODE)"
            )
        token = bearer(request.headers)
        if token is None:
            newcomer(request.scope)
        session = guests.session((await identify(token)).user if token is not None else None)
        headers = {"Cache-Control": "no-store"}
        return Response(session.body(), 201, headers, media_type="application/json")

    async def delete_session(request: Request) -> Response:
        """204 once no token counts any more that the user had until now."""
        token = bearer(request.headers)
        if token is None:
            raise unauthorized("Send the token that shall count no longer.")
        await revocations.revoke("user", (await identify(token)).user)
        return Response(status_code=204)

    return [
        Route("/api/session", post_session, methods=["POST"]),
        Route("/api/session", delete_session, methods=["DELETE"]),
    ]
