"""What was signed and holds no longer: a user's tokens, the links to a story. On `revoked.<kind>.<digest>`."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.events import Wire

Kind = Literal["user", "story"]


class Revocation(Wire):
    """Whatever was signed for this user, or as a link to this story, up to then, is refused."""

    until: Annotated[float, Field(ge=0, description="Seconds since 1970, UTC")]
