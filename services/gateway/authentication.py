"""The door of the HTTP API: nobody comes in without a token."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.errors import refusal_response
from services.gateway.identity import Identify, bearer, remember
from services.gateway.refusal import Refused, unauthorized

_GUARDED = "/api/"
_OPEN = frozenset({"/api/session"})  # Where one gets a token. Probes and metrics are not under /api/.


class Authenticated:
    """Refuses what comes without a valid token, whether there is such a route or not."""

    def __init__(self, app: ASGIApp, identify: Identify) -> None:
        self._app = app
        self._identify = identify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["path"].startswith(_GUARDED) and scope["path"] not in _OPEN:
            try:
                await self._know(scope)
            except Refused as refused:
                await refusal_response(refused)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _know(self, scope: Scope) -> None:
        token = bearer(Headers(scope=scope))
        if token is None:
            raise unauthorized("Send a token: `Authorization: Bearer <token>`. POST /api/session gives one to guests.")
        remember(scope, await self._identify(token))
