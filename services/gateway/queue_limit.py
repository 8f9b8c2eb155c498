"""How many stories of one user may wait or be written at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial

from contracts.queries import ListQuery
from services.gateway.refusal import Refused
from services.gateway.stories import Stories

MOST = 100  # stories that are looked at, the newest ones
REMEMBERED = 30.0  # seconds for which a story counts that the store may not have seen yet
RETRY_AFTER = 10  # seconds
_TIMEOUT = 0.5  # seconds that the store has to say what it knows, and the log


class QueueLimit:
    """Knows what the store has of a user, and what this gateway has accepted since. Where the store is away, only the latter.

    Either may be behind: before anybody is refused, the log is asked which of those have ended.
    """

    def __init__(self, stories: Stories, limit: int, monotonic: Callable[[], float]) -> None:
        self._stories = stories
        self._limit = limit
        self._monotonic = monotonic
        self._accepting = Counter[str]()  # by user
        self._accepted: dict[str, dict[str, float]] = {}  # by user, then by story: when

    @asynccontextmanager
    async def place(self, user: str) -> AsyncIterator[Callable[[str], None]]:
        """Room for one more, while the body accepts it and tells its id. Raises Refused."""
        known = await self._known(user)
        self._forget_ended(user, known)
        if self._unfinished(user, known) >= self._limit:
            known |= await self._ended(self._running(user, known))
            self._forget_ended(user, known)
        # From here to the count nothing else happens: whoever asks at the same time is counted, too.
        if self._unfinished(user, known) >= self._limit:
            message = f"{self._limit} of your stories are waiting or being written; wait for one. (STORIES_PER_USER)"
            raise Refused(429, "too_many_stories", message, limit=self._limit, retry_after=RETRY_AFTER)
        self._accepting[user] += 1
        try:
            yield partial(self._accept, user)
        finally:
            self._accepting -= Counter({user: 1})  # and forget who has none left

    def _accept(self, user: str, story_id: str) -> None:
        self._accepted.setdefault(user, {})[story_id] = self._monotonic()

    def _forget_ended(self, user: str, known: Mapping[str, bool]) -> None:
        """What is known to have ended need not be among the newest next time."""
        accepted = self._accepted.get(user, {})
        for story in [story for story in accepted if known.get(story)]:
            del accepted[story]

    def _unfinished(self, user: str, known: Mapping[str, bool]) -> int:
        return len(self._running(user, known)) + self._accepting[user]

    def _running(self, user: str, known: Mapping[str, bool]) -> set[str]:
        return {story for story in {*known, *self._recent(user)} if not known.get(story, False)}

    async def _known(self, user: str) -> dict[str, bool]:
        """Whether each of the user's newest stories has ended, as far as the store has them."""
        try:
            async with asyncio.timeout(_TIMEOUT):
                page = await self._stories.page(ListQuery(owner=user, limit=MOST))
        except (Refused, TimeoutError):
            return {}
        return {state.story_id: state.ended for state in page.stories}

    async def _ended(self, running: Iterable[str]) -> dict[str, bool]:
        """Those that have ended, as far as the log can be asked in time."""
        ended: dict[str, bool] = {}
        with suppress(Refused, TimeoutError):
            async with asyncio.timeout(_TIMEOUT):
                for story in running:
                    if await self._stories.has_ended(story):
                        ended[story] = True
        return ended

    def _recent(self, user: str) -> list[str]:
        oldest = self._monotonic() - REMEMBERED
        for other, stories in list(self._accepted.items()):
            kept = {story: at for story, at in stories.items() if at > oldest}
            if kept:
                self._accepted[other] = kept
            else:
                del self._accepted[other]
        return list(self._accepted.get(user, ()))
