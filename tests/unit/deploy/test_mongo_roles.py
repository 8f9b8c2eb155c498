from deploy.mongo_roles import KEPT, LOG
from services.store.database import CHECKPOINTS, EVENTS, PROJECTIONS
from services.store.places import collections_of
from services.store.projections import registry


def test_the_collections_are_the_stores() -> None:
    assert LOG == EVENTS
    read_models = [name for each in registry.PROJECTIONS for name in collections_of(each.name)]
    assert [*KEPT] == [CHECKPOINTS, PROJECTIONS, *read_models]
