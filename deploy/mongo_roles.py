"""Who may do what in MongoDB. The log can be added to by those who write it, and changed by nobody but the eraser.

The collections are the store's (`services/store`); a test holds the names here and there together.
"""

from collections.abc import Iterable, Mapping
from typing import Any

STORE = "store"
ERASER = "eraser"
OPERATOR = "operator"

LOG = "events"
_READ_MODELS = ("stories", "activity")
KEPT = ("checkpoints", "projections", *(name + place for name in _READ_MODELS for place in ("", "-2", "-3")))
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
        STORE: [*on([LOG], _ADDS), *on(KEPT, _KEEPS)],
        ERASER: on([LOG], ("find", "update")),
        OPERATOR: [*on([LOG], (*_ADDS, "collStats")), *on(KEPT, _REMAKES), *on([""], ("listCollections",))],
    }
