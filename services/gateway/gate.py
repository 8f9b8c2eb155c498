"""Whom a token names, if it still counts."""

from services.common.clock import Clock
from services.gateway.identity import Identity
from services.gateway.refusal import unauthorized
from services.gateway.revocations import Revocations
from services.gateway.tokens import Tokens


class Gate:
    """Knows users by their tokens, until those end or are revoked."""

    def __init__(self, tokens: Tokens, revocations: Revocations, clock: Clock) -> None:
        self._tokens = tokens
        self._revocations = revocations
        self._clock = clock

    async def identify(self, token: str) -> Identity:
        """Whom the token names. Raises Refused."""
        identity = await self._tokens.identify(token)
        if not self.counts(identity):
            raise unauthorized("The token has been revoked; get a new one.")
        return identity

    def counts(self, identity: Identity) -> bool:
        """Whether a token that was good still is."""
        ended = identity.expires <= self._clock().timestamp()
        return not ended and self._revocations.holds("user", identity.user, identity.issued)
