"""Every error over HTTP: `{"error": {"code", "message", "field"?, "limit"?, "retryAfter"?}}`, and never a stack trace."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, ExceptionHandler, Message, Receive, Scope, Send

from contracts.socket import Fault
from services.common.logging import Logger
from services.gateway.refusal import Refused, internal


def error_response(status: int, fault: Fault, headers: dict[str, str] | None = None) -> Response:
    """The response that tells of a fault."""
    body = b'{"error":' + fault.body() + b"}"
    return Response(body, status, headers, media_type="application/json")


def refusal_response(refused: Refused) -> Response:
    """The response that refuses."""
    headers = {}
    if refused.fault.retry_after is not None:
        headers["Retry-After"] = str(refused.fault.retry_after)
    if refused.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return error_response(refused.status, refused.fault, headers)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - it is registered for nothing else
    return refusal_response(error)


async def _http(request: Request, error: Exception) -> Response:
    """Starlette's own, an unknown route or method mostly."""
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for nothing else
    status = HTTPStatus(error.status_code)
    fault = Fault(code=status.name.lower(), message=f"{status.phrase}: {request.method} {request.url.path[:100]}")
    return error_response(status, fault, dict(error.headers or {}))


HANDLERS: dict[type[Exception], ExceptionHandler] = {Refused: _refused, HTTPException: _http}


def _name_of(scope: Scope) -> str | None:
    """Which of our functions serves the request; its path may hold what is not to be logged."""
    return getattr(scope.get("endpoint"), "__name__", None)


class LastResort:
    """Answers for errors that nobody foresaw, and writes them to the log."""

    def __init__(self, app: ASGIApp, logger: Logger) -> None:
        self._app = app
        self._logger = logger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            pass  # Nobody is left to be told.
        except Exception:
            self._logger.exception("request failed", method=scope.get("method"), by=_name_of(scope))
            if not started:
                refused = internal()
                await error_response(refused.status, refused.fault)(scope, receive, send)
