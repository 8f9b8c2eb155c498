"""Links to one story: whoever has one may read it, and nothing else."""

import math
from datetime import UTC, datetime

import jwt

from contracts.session import Share
from services.common.clock import Clock
from services.gateway.guests import ISSUER
from services.gateway.identity import Identity
from services.gateway.refusal import Refused
from services.gateway.revocations import Revocations
from services.gateway.tokens import OneKey, Tokens

AUDIENCE = "storywire-share"  # no user's token is a link, and no link a user's token


class Shares:
    """Signs links and reads them. `lifetime` is in seconds."""

    def __init__(self, key: bytes, lifetime: int, revocations: Revocations, clock: Clock) -> None:
        self._key = key
        self._lifetime = lifetime
        self._revocations = revocations
        self._clock = clock
        self._tokens = Tokens(OneKey(key), ISSUER, AUDIENCE, clock)

    def link(self, story_id: str) -> Share:
        """A link to the story."""
        issued = self._revocations.next_moment("story", story_id)
        expires = math.floor(issued) + self._lifetime
        claims = {"sub": story_id, "iss": ISSUER, "aud": AUDIENCE, "iat": issued, "exp": expires}
        token = jwt.encode(claims, self._key, algorithm="HS256")
        return Share(token=token, story_id=story_id, expires_at=datetime.fromtimestamp(expires, UTC))

    async def follow(self, token: str | None) -> Identity | None:
        """Where a link leads, which is its `user`; None when it leads nowhere. Nobody is told why."""
        try:
            link = None if token is None else await self._tokens.identify(token)
        except Refused:
            return None
        return link if link is not None and self.counts(link) else None

    def counts(self, link: Identity) -> bool:
        """Whether a link that was good still is."""
        ended = link.expires <= self._clock().timestamp()
        return not ended and self._revocations.holds("story", link.user, link.issued)

    async def revoke(self, story_id: str) -> None:
        """Have no link to the story lead there any more. Raises Refused."""
        await self._revocations.revoke("story", story_id)
