"""The projections that there are. A store folds every event into each of them; `storywire rebuild` knows them by name."""

from typing import Any

from services.store.projections.activity import ACTIVITY
from services.store.projections.projection import Projection
from services.store.projections.stories import STORIES

PROJECTIONS: tuple[Projection[Any], ...] = (STORIES, ACTIVITY)
