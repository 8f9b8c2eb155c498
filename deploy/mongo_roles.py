"""Who may do what in MongoDB. The log can be added to by those who write it, and changed by nobody but the eraser.

The collections are the store's, those of a projection that was added yesterday among them.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

STORE = "store"
ERASER = "eraser"
OPERATOR = "operator"

USERS = (STORE, ERASER, OPERATOR)

LOG = "events"
_ADDS = ("find", "insert", "createIndex", "listIndexes")
_KEEPS = (*_ADDS, "update", "remove")
_REMAKES = (*_KEEPS, "createCollection", "dropCollection", "collStats")


def kept() -> tuple[str, ...]:
    """The collections of what is made from the log, and can be made again."""
    # Imported late: a program that only names the users does not wait for it.
    from services.store.database import CHECKPOINTS, PROJECTIONS  # noqa: PLC0415
    from services.store.places import collections_of  # noqa: PLC0415
    from services.store.projections import registry  # noqa: PLC0415

    return (CHECKPOINTS, PROJECTIONS, *(name for each in registry.PROJECTIONS for name in collections_of(each.name)))


def sources() -> list[Path]:
    """The files that decide what `roles` gives: whether they have changed is told sooner than what they say."""
    return [Path(__file__), *sorted(Path(__file__).parents[1].glob("services/store/**/*.py"))]


def roles(database: str) -> Mapping[str, list[dict[str, Any]]]:
    """The privileges of each user, by the user's name, which is the role's too."""

    def on(collections: Iterable[str], actions: Iterable[str]) -> list[dict[str, Any]]:
        return [
            {"resource": {"db": database, "collection": collection}, "actions": list(actions)}
            for collection in collections
        ]

    return {
        STORE: [*on([LOG], _ADDS), *on(kept(), _KEEPS)],
        ERASER: on([LOG], ("find", "update")),
        OPERATOR: [*on([LOG], (*_ADDS, "collStats")), *on(kept(), _REMAKES), *on([""], ("listCollections",))],
    }
