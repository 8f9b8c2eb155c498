import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from contracts.ids import story_id
from services.gateway.idempotency import key_of, story_id_of
from services.gateway.refusal import Refused


@given(st.text(), st.text())
def test_a_key_makes_a_story_id_and_always_the_same(owner: str, key: str) -> None:
    made = story_id_of(owner, key)
    assert story_id(made) == made == story_id_of(owner, key)


def test_other_owners_and_other_keys_make_other_ids() -> None:
    pairs = [("ada", "1"), ("ada", "2"), ("bob", "1"), ("ad", "a1")]
    assert len({story_id_of(*pair) for pair in pairs}) == len(pairs)


def test_a_key_given_twice_is_refused() -> None:
    headers = Headers(raw=[(b"idempotency-key", b"a"), (b"idempotency-key", b"b")])
    with pytest.raises(Refused, match="once"):
        key_of(headers)
