"""Who is counted as waiting or being written, whatever the store tells of."""

from typing import cast

import pytest

from contracts.queries import ListQuery, ListReply
from contracts.story import StoryState, fold
from services.common.clock import seeded_ids
from services.gateway.queue_limit import MOST, QueueLimit
from services.gateway.refusal import Refused, unavailable
from services.gateway.stories import Stories
from tests import controls


class Shelf:
    """A user's stories, of which the newest are told, and a log that cannot be asked."""

    def __init__(self) -> None:
        self.states: list[StoryState] = []

    async def page(self, query: ListQuery) -> ListReply:
        return ListReply(stories=tuple(reversed(self.states[-query.limit :])), next=None)

    async def has_ended(self, story: str) -> bool:
        raise unavailable("away")


async def test_stories_that_have_ended_count_no_more_though_newer_ones_have_taken_their_place_in_the_list() -> None:
    shelf, ids = Shelf(), seeded_ids(1)
    limit = QueueLimit(cast("Stories", shelf), 2, lambda: 0.0)
    for _ in range(2 * MOST):
        async with limit.place("somebody") as accepted:
            accepted(story := ids())
        state = fold(controls.finished_story(story_id=story))
        assert state is not None
        shelf.states.append(state)


async def test_what_the_store_has_not_seen_yet_counts() -> None:
    limit, ids = QueueLimit(cast("Stories", Shelf()), 2, lambda: 0.0), seeded_ids(1)
    for _ in range(2):
        async with limit.place("somebody") as accepted:
            accepted(ids())
    with pytest.raises(Refused, match="STORIES_PER_USER"):
        async with limit.place("somebody"):
            pass
