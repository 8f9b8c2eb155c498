"""What a browser is allowed to do with the page: run its own script, and talk to the gateway. Nothing else."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def policy(gateway_url: str) -> str:
    """The Content-Security-Policy: nothing inline, nothing from elsewhere, connections to the gateway alone."""
    sockets = "ws" + gateway_url.removeprefix("http")  # http -> ws, https -> wss
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            f"connect-src 'self' {gateway_url} {sockets}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


class SecurityHeaders:
    """Puts the headers on every answer."""

    def __init__(self, app: ASGIApp, gateway_url: str) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": policy(gateway_url),
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, with_headers)
