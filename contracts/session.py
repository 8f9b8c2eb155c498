"""Who asks, and by what right: tokens, and links to a story."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from contracts.events import StoryId, Wire
from contracts.limits import TOKEN_CHARACTERS
from contracts.timestamp import Timestamp

Token = Annotated[str, Field(max_length=TOKEN_CHARACTERS, description="A signed token, JWT")]


class Session(Wire):
    """A user, and the token that says so: `Authorization: Bearer <token>`, or `{token}` in Socket.IO's `auth`."""

    token: Token
    user: str
    expires_at: Timestamp = Field(description="From then on the token is refused. Renew it before")


class Credentials(Wire):
    """What a socket sends in the packet that connects it: `auth: {token}`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    token: Token


class Renewed(Wire):
    """The socket is welcome for longer."""

    ok: Literal[True] = True
    expires_at: Timestamp


class Share(Wire):
    """A link: whoever sends its token along may read that one story, until it ends or is revoked."""

    token: Token
    story_id: StoryId
    expires_at: Timestamp
