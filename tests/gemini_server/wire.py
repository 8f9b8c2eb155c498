"""The bytes of `streamGenerateContent`: a JSON array as it comes, or server-sent events with `alt=sse`."""

import json
from typing import Any

# `$alt=json;enum-encoding=int` asks for numbers in place of names.
_FINISH = {"STOP": 1, "MAX_TOKENS": 2, "SAFETY": 3, "RECITATION": 4, "OTHER": 5, "LANGUAGE": 6}
_BLOCK = {"SAFETY": 1, "OTHER": 2, "BLOCKLIST": 3, "PROHIBITED_CONTENT": 4}


class Wire:
    """How one call wants its reply written."""

    def __init__(self, *, sse: bool, numbers: bool) -> None:
        self.sse, self._numbers = sse, numbers
        self.content_type = "text/event-stream" if sse else "application/json; charset=UTF-8"

    def piece(self, number: int, body: dict[str, Any]) -> bytes:
        """One response of the stream."""
        text = json.dumps(body, ensure_ascii=False, indent=None if self.sse else 2)
        if self.sse:
            return f"data: {text}\r\n\r\n".encode()
        before = "[" if number == 0 else ",\r\n"
        return f"{before}{text}\n".encode()

    def end(self) -> bytes:
        """What stands behind the last response."""
        return b"" if self.sse else b"]\n"

    def refusal(self, status: int, name: str, message: str, reason: str | None) -> bytes:
        """An error's body. A refused stream of the array kind has its error in an array as well."""
        error: dict[str, Any] = {"code": status, "message": message, "status": name}
        if reason is not None:
            kind, domain = "type.googleapis.com/google.rpc.ErrorInfo", "googleapis.com"
            error["details"] = [{"@type": kind, "reason": reason, "domain": domain}]
        body: Any = {"error": error}
        return json.dumps(body if self.sse else [body], indent=2).encode()

    def finish(self, reason: str) -> str | int:
        """A finish reason."""
        return _FINISH[reason] if self._numbers else reason

    def block(self, reason: str) -> str | int:
        """The reason why a prompt was blocked."""
        return _BLOCK[reason] if self._numbers else reason
