"""Who asks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Scope

from contracts.story import StoryState
from services.gateway.refusal import unauthorized

_STATE = "identity"


@dataclass(frozen=True)
class Identity:
    """A user, as a token names them, and from when to when it does. Times are seconds since 1970, UTC."""

    user: str
    issued: float
    expires: int


Identify = Callable[[str], Awaitable[Identity]]
"""From a token to whom it names. Raises Refused."""


@dataclass(frozen=True)
class Reader:
    """Who reads: a user, who may have a link to one story besides."""

    user: str
    linked: str | None = None

    def may_read(self, story: StoryState) -> bool:
        """Whether it is theirs, or the one that the link leads to."""
        return self.user == story.owner or self.linked == story.story_id


def bearer(headers: Headers) -> str | None:
    """The token that came with a request, None when none came. Raises Refused."""
    given = headers.getlist("authorization")
    if not given:
        return None
    scheme, _, token = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer" or not token:
        raise unauthorized("The Authorization header is given once, as `Bearer <token>`.")
    return token


def remember(scope: Scope, identity: Identity) -> None:
    """Let whoever serves the request know whose it is."""
    scope.setdefault("state", {})[_STATE] = identity


def user_of(request: Request) -> str:
    """Whose request it is. Only what `Authenticated` let through has a user."""
    return cast("Identity", getattr(request.state, _STATE)).user
