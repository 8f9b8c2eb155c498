"""The pages that may talk to the gateway, whichever way they try: requests, polls, and sockets."""

from collections.abc import Collection
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.errors import refusal_response
from services.gateway.refusal import Refused


class Origins:
    """Refuses what a page from elsewhere sends. What comes without an origin comes from no page, and needs a token all the same.

    The host and whatever a proxy says of it have no part in this: an origin stands in the list or it does not.
    """

    def __init__(self, app: ASGIApp, allowed: Collection[str]) -> None:
        self._app = app
        self._allowed = frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or one socket."""
        if _is_script(scope):
            refused = Refused(400, "jsonp_not_served", "Poll without `j`: answers are no scripts.")
            await refusal_response(refused)(scope, receive, send)
        elif self._is_allowed(Headers(scope=scope).getlist("origin")):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "origin_not_allowed"})
        else:
            refused = Refused(
                403, "origin_not_allowed", "Pages from this origin may not talk to the gateway. (CORS_ORIGINS)"
            )
            await refusal_response(refused)(scope, receive, send)

    def _is_allowed(self, origins: list[str]) -> bool:
        return not origins or (len(origins) == 1 and origins[0] in self._allowed)


def _is_script(scope: Scope) -> bool:
    """Whether a poll wants its answer as JavaScript, which any page can include without naming its origin."""
    asked = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return scope["type"] == "http" and scope["path"].startswith("/socket.io") and "j" in asked
