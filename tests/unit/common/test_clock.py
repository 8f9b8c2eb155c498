from datetime import UTC

from contracts.ids import story_id
from services.common.clock import new_id, now, seeded_ids


def test_a_new_id_is_a_story_id_and_never_the_same() -> None:
    ids = [story_id(new_id()) for _ in range(100)]
    assert len(set(ids)) == 100


def test_ids_of_one_seed_are_the_same_in_every_run() -> None:
    ids = seeded_ids(7)
    assert [ids(), ids()] == ["1rpkk55s2dmzs3e3cy4r72e4v5", "2gmjhtdm3zbg636bwb28j0gfyj"]
    assert story_id(ids())


def test_now_is_in_utc() -> None:
    assert now().tzinfo is UTC
