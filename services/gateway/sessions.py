"""Whose each socket is, for as long as its token counts."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pydantic import ValidationError

from contracts.session import Credentials
from services.gateway.identity import Identify, Identity
from services.gateway.refusal import unauthorized

SWEEP = 1.0  # seconds between two looks for what counts no longer

Counts = Callable[[Identity], bool]
End = Callable[[str], Awaitable[None]]


@dataclass
class _Session:
    identity: Identity
    links: dict[str, Identity] = field(default_factory=dict)  # by the story that is watched by it


class Sessions:
    """Remembers who came with which token, and who watches what by which link."""

    def __init__(self, identify: Identify, counts: Counts, link_counts: Counts) -> None:
        self._identify = identify
        self._counts = counts
        self._link_counts = link_counts
        self._sessions: dict[str, _Session] = {}  # by sid

    async def begin(self, sid: str, auth: object) -> str:
        """Let a socket in by what it sent. Whose it is. Raises Refused."""
        try:
            token = Credentials.model_validate(auth).token
        except ValidationError as error:
            raise unauthorized("Connect with auth: { token }. POST /api/session gives one to guests.") from error
        session = self._sessions[sid] = _Session(await self._identify(token))
        return session.identity.user

    async def renew(self, sid: str, token: str) -> Identity:
        """Let it stay by a newer token of the same user. Raises Refused."""
        identity = await self._identify(token)
        session = self._session(sid)
        if identity.user != session.identity.user:
            raise unauthorized("The token is another user's; connect anew with it.")
        session.identity = identity
        return identity

    def user(self, sid: str) -> str:
        """Whose socket it is. Raises Refused when it has not been let in, or is no longer."""
        return self._session(sid).identity.user

    def watches(self, sid: str, story_id: str, link: Identity | None) -> None:
        """It watches the story, by this link or by its own right."""
        links = self._session(sid).links
        links.pop(story_id, None)
        if link is not None:
            links[story_id] = link

    def leaves(self, sid: str, story_id: str) -> None:
        """It watches the story no longer."""
        self._session(sid).links.pop(story_id, None)

    def end(self, sid: str) -> None:
        """It has gone."""
        self._sessions.pop(sid, None)

    def _session(self, sid: str) -> _Session:
        session = self._sessions.get(sid)
        if session is None or not self._counts(session.identity):
            raise unauthorized("The socket has no session, or none any more.")
        return session

    async def sweep_for_ever(self, end: End) -> None:
        """Call `end` with every socket that is there by something that counts no longer."""
        while True:
            await asyncio.sleep(SWEEP)
            for sid in [sid for sid, session in self._sessions.items() if not self._is_good(session)]:
                await end(sid)

    def _is_good(self, session: _Session) -> bool:
        return self._counts(session.identity) and all(map(self._link_counts, session.links.values()))
