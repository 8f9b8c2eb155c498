"""Guests: everybody who asks is a user of their own, without an account."""

from datetime import UTC, datetime

import jwt

from contracts.session import Session
from services.common.clock import Clock, NewId

ISSUER = "storywire"
AUDIENCE = "storywire"


class Guests:
    """Signs their tokens. `lifetime` is in seconds."""

    def __init__(self, key: bytes, lifetime: int, clock: Clock, new_id: NewId) -> None:
        self._key = key
        self._lifetime = lifetime
        self._clock = clock
        self._new_id = new_id

    def session(self, user: str | None = None) -> Session:
        """A token for this user, or for a new one."""
        user = user or f"guest-{self._new_id()}"
        issued = int(self._clock().timestamp())
        expires = issued + self._lifetime
        claims = {"sub": user, "iss": ISSUER, "aud": AUDIENCE, "iat": issued, "exp": expires}
        token = jwt.encode(claims, self._key, algorithm="HS256")
        return Session(token=token, user=user, expires_at=datetime.fromtimestamp(expires, UTC))
