"""Who may do what in MongoDB. The log can be added to by those who write it, and changed by nobody but the eraser.

The collections are the store's, those of a projection that was added yesterday among them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from services.store.database import CHECKPOINTS, EVENTS
from services.store.database import PROJECTIONS as PLACES
from services.store.places import collections_of
from services.store.projections.registry import PROJECTIONS

STORE = "store"
ERASER = "eraser"
OPERATOR = "operator"

KEPT = (CHECKPOINTS, PLACES, *(name for each in PROJECTIONS for name in collections_of(each.name)))
"""What is made from the log, and can be made again."""

_ADDS = ("find", "insert", "createIndex", "listIndexes")
_KEEPS = (*_ADDS, "update", "remove")
_REMAKES = (*_KEEPS, "createCollection", "dropCollection", "collStats")


def roles(database: str) -> Mapping[str, list[dict[str, Any]]]:
    """The privileges of each user, by the user's name, which is the role's too."""

    def on(collections: Iterable[str], actions: Iterable[str]) -> list[dict[str, Any]]:
        return [
            {"resource": {"db": database, "collection": collection}, "actions": list(actions)}
            for collection in collections
        ]

    return {
        STORE: [*on([EVENTS], _ADDS), *on(KEPT, _KEEPS)],
        ERASER: on([EVENTS], ("find", "update")),
        OPERATOR: [*on([EVENTS], (*_ADDS, "collStats")), *on(KEPT, _REMAKES), *on([""], ("listCollections",))],
    }
