"""An identity provider's public keys, fetched when they are needed and kept for a while."""

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from typing import Any

import jwt

from services.gateway.refusal import unauthorized, unavailable

ALGORITHMS = frozenset(
    {"RS256", "PS256", "ES256", "ES384", "EdDSA"}
)  # those of public keys: a secret has no place there
KEPT = 300.0  # seconds
PAUSE = 10.0  # seconds between two fetches, however many tokens name keys that nobody knows
PATIENCE = 3.0  # seconds
MOST_BYTES = 256 * 1024


class Jwks:
    """The keys at a URL. While they cannot be had, no token is believed."""

    def __init__(self, url: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._monotonic = monotonic
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fetched = self._tried = float("-inf")
        self._turn = asyncio.Lock()

    async def key(self, token: str) -> tuple[Any, str]:
        """The key that the token names, and the algorithm that the key is for. Raises Refused, jwt's errors."""
        name = jwt.get_unverified_header(token).get("kid")
        async with self._turn:
            if self._monotonic() - self._fetched > KEPT or name not in self._keys:
                await self._fetch()
        if name not in self._keys:
            raise unauthorized("The token is signed with a key that its issuer does not list.")
        return self._keys[name].key, str(self._keys[name].algorithm_name)

    async def _fetch(self) -> None:
        fresh = self._monotonic() - self._fetched <= KEPT
        if self._monotonic() - self._tried < PAUSE:
            if fresh:
                return
            raise _away()
        self._tried = self._monotonic()
        try:
            self._keys = await asyncio.to_thread(_load, self._url)
        except (OSError, HTTPException, ValueError, jwt.PyJWTError) as error:
            raise _away() from error
        self._fetched = self._monotonic()


def _away() -> Exception:
    return unavailable("The identity provider's keys cannot be had now; try again in a moment. (JWT_JWKS_URL)")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """The address was chosen with care; no other one is asked."""


def _load(url: str) -> dict[str | None, jwt.PyJWK]:
    """Fetch. Raises OSError, HTTPException, ValueError, jwt's errors."""
    until = time.monotonic() + PATIENCE
    found = bytearray()
    with urllib.request.build_opener(_NoRedirect).open(url, timeout=PATIENCE) as answer:
        while piece := answer.read1(16_384):
            found += piece
            if len(found) > MOST_BYTES or time.monotonic() > until:
                raise ValueError("too long, in bytes or in seconds")
    keys = jwt.PyJWKSet.from_dict(json.loads(found)).keys
    return {key.key_id: key for key in keys if key.algorithm_name in ALGORITHMS and key.public_key_use in (None, "sig")}
