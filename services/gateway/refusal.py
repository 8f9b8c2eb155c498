"""Why something was not done, said in one way over HTTP and over Socket.IO."""

from pydantic import ValidationError

from contracts.socket import Fault

RETRY_AFTER = 2  # seconds


class Refused(Exception):
    """What was asked for is not done. `status` is what HTTP answers; the fault is the same everywhere."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        field: str | None = None,
        limit: int | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.fault = Fault(code=code, message=message, field=field, limit=limit, retry_after=retry_after)


def unavailable(message: str) -> Refused:
    """Something behind the gateway is away. The same request may succeed in a moment."""
    return Refused(503, "unavailable", message, retry_after=RETRY_AFTER)


def unauthorized(message: str) -> Refused:
    """Who asks is not known, or not any more."""
    return Refused(401, "unauthorized", message)


def story_not_found(story_id: str) -> Refused:
    """No such story, or one that is not the asker's: nobody can tell which."""
    return Refused(404, "story_not_found", f"There is no story {story_id[:40]!r}.", field="storyId")


def internal() -> Refused:
    """A fault of the gateway itself; what it was stands in its log."""
    return Refused(500, "internal", "Something went wrong here. It has been noted; try again.")


def invalid(code: str, error: ValidationError) -> Refused:
    """The first thing that was wrong with what somebody sent."""
    first = error.errors()[0]
    field = ".".join(map(str, first["loc"]))[:40]
    message = first["msg"].removeprefix("Value error, ")
    return Refused(422, code, f"{field}: {message}.", field=field)
