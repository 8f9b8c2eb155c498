"""Who a command of ours is to the gateway: a token that was given, or a guest's, kept so that it stays the same guest."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp

from contracts.session import Session
from contracts.socket import Fault
from deploy.local.secrets import keep
from deploy.story_socket import RefusedError


async def open_session(http: aiohttp.ClientSession, gateway: str, token: str | None = None) -> Session:
    """A new guest's session, or that of the token's user, renewed. RefusedError; aiohttp's errors, TimeoutError."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with http.post(f"{gateway}/api/session", headers=headers) as answer:
        if answer.ok:
            return Session.model_validate(await answer.json())
        raise RefusedError(await fault_of(answer))


async def fault_of(answer: aiohttp.ClientResponse) -> Fault:
    """What an answer says was wrong."""
    try:
        return Fault.model_validate((await answer.json(content_type=None))["error"])
    except (ValueError, KeyError, TypeError):  # not from our gateway: a proxy, say, or another server altogether
        return Fault(code="unexpected_answer", message=f"{answer.url} answers {answer.status} {answer.reason}")


class KeptSession:
    """The guest that this folder is at a gateway. `STORYWIRE_TOKEN`, when set, is used instead."""

    def __init__(self, environment: Mapping[str, str], gateway: str) -> None:
        self._given = environment.get("STORYWIRE_TOKEN") or None
        self._path = Path(environment.get("STORYWIRE_DATA") or ".storywire").expanduser() / "secrets" / "guest.json"
        self._gateway = gateway

    async def token(self, http: aiohttp.ClientSession) -> str:
        """The token to use. RefusedError; aiohttp's errors, TimeoutError."""
        if self._given:
            return self._given
        try:
            session = await open_session(http, self._gateway, self._kept().get(self._gateway))
        except RefusedError as refusal:
            if refusal.fault.code != "unauthorized":
                raise
            session = await open_session(http, self._gateway)  # it has expired, or the gateway has another key now
        with suppress(OSError):  # Where nothing can be kept, it is another guest next time.
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            keep(self._path, json.dumps(self._kept() | {self._gateway: session.token}))
        return session.token

    def _kept(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}
