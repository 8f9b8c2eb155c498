"""How many stories of one user may wait or be written at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from contracts.queries import ListQuery
from services.gateway.refusal import Refused
from services.gateway.stories import Stories

MOST = 100  # stories that are looked at, the newest ones
REMEMBERED = 30.0  # seconds for which a story counts that the store may not have seen yet
RETRY_AFTER = 10  # seconds
_TIMEOUT = 0.5  # seconds that the store has to say what it knows


class QueueLimit:
    """Knows what the store has of a user, and what this gateway has accepted since. Where the store is away, only the latter."""

    def __init__(self, stories: Stories, limit: int, monotonic: Callable[[], float]) -> None:
        self._stories = stories
        self._limit = limit
        self._monotonic = monotonic
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._accepted: dict[str, dict[str, float]] = {}  # by user, then by story: when

    @asynccontextmanager
    async def place(self, user: str) -> AsyncIterator[Callable[[str], None]]:
        """Room for one more, while the body accepts it and tells its id. Raises Refused."""
        turn = self._turns.setdefault(user, asyncio.Lock())
        async with turn:
            if await self._unfinished(user) >= self._limit:
                message = (
                    f"{self._limit} of your stories are waiting or being written; wait for one. (STORIES_PER_USER)"
                )
                raise Refused(429, "too_many_stories", message, limit=self._limit, retry_after=RETRY_AFTER)

            def accepted(story_id: str) -> None:
                self._accepted.setdefault(user, {})[story_id] = self._monotonic()

            yield accepted

    async def _unfinished(self, user: str) -> int:
        recent = self._recent(user)
        known = await self._known(user)
        return len({story for story in recent if story not in known} | {story for story in known if not known[story]})

    async def _known(self, user: str) -> dict[str, bool]:
        """Whether each of the user's newest stories has ended, as far as the store has them."""
        try:
            async with asyncio.timeout(_TIMEOUT):
                page = await self._stories.page(ListQuery(owner=user, limit=MOST))
        except (Refused, TimeoutError):
            return {}
        return {state.story_id: state.ended for state in page.stories}

    def _recent(self, user: str) -> list[str]:
        oldest = self._monotonic() - REMEMBERED
        for other, stories in list(self._accepted.items()):
            kept = {story: at for story, at in stories.items() if at > oldest}
            if kept:
                self._accepted[other] = kept
            else:
                del self._accepted[other]
        return list(self._accepted.get(user, ()))
