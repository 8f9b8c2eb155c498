"""Every story as it stands."""

from pymongo import ASCENDING, DESCENDING, IndexModel

from contracts.story import STORY, StoryState
from services.store.projections.projection import Projection

NEWEST_FIRST = IndexModel([("owner", ASCENDING), ("createdAt", DESCENDING), ("_id", DESCENDING)], name="owner")

STORIES = Projection("stories", StoryState, STORY, (NEWEST_FIRST,))
