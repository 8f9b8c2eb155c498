"""The web server's patience with who connects and then says nothing."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

REQUEST_WITHIN = 10.0  # seconds from the opening of a connection to the end of its first request's headers


class Http(HttpToolsProtocol):
    """Ends a connection that does not ask for anything. Between two requests uvicorn itself waits for five seconds."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Somebody connects."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(REQUEST_WITHIN, transport.abort)

    def on_headers_complete(self) -> None:
        """It is known what they want."""
        self._be_patient()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """They have gone."""
        self._be_patient()
        super().connection_lost(exc)

    def _be_patient(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
