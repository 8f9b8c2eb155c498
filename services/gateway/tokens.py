"""Signed tokens (JWT): whom they name, if they are to be believed."""

from typing import Annotated, Any, Protocol

import jwt
from jwt.types import Options
from pydantic import BaseModel, ConfigDict, Field

from contracts.limits import LONGEST_LIFE, TOKEN_CHARACTERS, USER_CHARACTERS
from services.common.clock import Clock
from services.gateway.identity import Identity
from services.gateway.refusal import Refused, unauthorized

LEEWAY = 10  # seconds that clocks may differ by
_CLAIMS = ["sub", "iss", "aud", "iat", "exp"]
# The times are checked here, by the clock that we were given.
_OPTIONS: Options = {"require": _CLAIMS, "verify_exp": False, "verify_nbf": False, "verify_iat": False}


class Keys(Protocol):
    """Where the key is found that a token should be signed with."""

    async def key(self, token: str) -> tuple[Any, str]:
        """The key, and the one algorithm that it is good for, whatever the token says. Raises Refused, jwt's errors."""


class OneKey:
    """A key that both sides know."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    async def key(self, token: str) -> tuple[bytes, str]:  # noqa: ARG002 - the same for every token
        """It, for HMAC with SHA-256."""
        return self._key, "HS256"


class _Claims(BaseModel):
    """What a token says. Times are whole or broken seconds since 1970."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    sub: Annotated[str, Field(min_length=1, max_length=USER_CHARACTERS, pattern=r"^[^\x00-\x1f\x7f]+$")]
    iat: Annotated[float, Field(ge=0, le=2**40)]
    exp: Annotated[float, Field(ge=0, le=2**40)]
    nbf: Annotated[float, Field(ge=0, le=2**40)] = 0


class Tokens:
    """Believes tokens of one issuer, for one audience, that are signed with one of its keys and hold now."""

    def __init__(self, keys: Keys, issuer: str, audience: str, clock: Clock) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock

    async def identify(self, token: str) -> Identity:
        """Whom the token names. Raises Refused: 401 when it is not to be believed, 503 when that cannot be told."""
        if len(token) > TOKEN_CHARACTERS:
            raise unauthorized(f"The token has more than {TOKEN_CHARACTERS} characters.")
        try:
            claims = await self._read(token)
        except Refused:
            raise
        except Exception as error:  # whatever a token brings about, it opens no door
            raise unauthorized("The token is not valid here.") from error
        self._check_times(claims)
        return Identity(claims.sub, issued=claims.iat, expires=int(claims.exp))

    async def _read(self, token: str) -> _Claims:
        key, algorithm = await self._keys.key(token)
        said = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=self._issuer,
            audience=self._audience,
            options=_OPTIONS,
        )
        return _Claims.model_validate(said)

    def _check_times(self, claims: _Claims) -> None:
        now = self._clock().timestamp()
        if claims.exp <= now:
            raise unauthorized("The token has expired; get a new one.")
        if max(claims.iat, claims.nbf) > now + LEEWAY:
            raise unauthorized("The token is not valid yet; compare the clocks.")
        if claims.exp - claims.iat > LONGEST_LIFE:
            raise unauthorized(f"The token lives for more than {LONGEST_LIFE} seconds.")
