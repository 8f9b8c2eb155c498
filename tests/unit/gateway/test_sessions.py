import pytest

from services.gateway.identity import Identity
from services.gateway.refusal import Refused, unauthorized
from services.gateway.sessions import Sessions


async def identify(token: str) -> Identity:
    """A token is its user's name and an exclamation mark."""
    if not token.endswith("!"):
        raise unauthorized("no")
    return Identity(token.rstrip("!"), issued=0, expires=2**40)


@pytest.fixture
def sessions() -> Sessions:
    return Sessions(identify, lambda identity: identity.user != "gone", lambda _: True)


async def test_a_socket_is_the_user_of_its_token(sessions: Sessions) -> None:
    await sessions.begin("s1", {"token": "ann!"})
    assert sessions.user("s1") == "ann"


@pytest.mark.parametrize(
    "auth",
    [None, {}, "ann!", ["ann!"], {"token": None}, {"token": 7}, {"token": "ann"}, {"token": "ann!", "user": "bob"},
     {"token": {"$gt": ""}}, {"token": "a" * 5_000 + "!"}],
)  # fmt: skip
async def test_one_without_a_good_token_is_nobodys(auth: object, sessions: Sessions) -> None:
    with pytest.raises(Refused) as refused:
        await sessions.begin("s1", auth)
    assert refused.value.fault.code == "unauthorized"
    with pytest.raises(Refused):
        sessions.user("s1")


async def test_one_whose_token_counts_no_longer_is_nobodys(sessions: Sessions) -> None:
    await sessions.begin("s1", {"token": "gone!"})
    with pytest.raises(Refused):
        sessions.user("s1")


async def test_one_that_has_gone_is_nobodys(sessions: Sessions) -> None:
    await sessions.begin("s1", {"token": "ann!"})
    sessions.end("s1")
    with pytest.raises(Refused):
        sessions.user("s1")


async def test_it_is_renewed_by_a_token_of_the_same_user_only(sessions: Sessions) -> None:
    await sessions.begin("s1", {"token": "ann!"})
    assert (await sessions.renew("s1", "ann!!")).user == "ann"
    for token in ("bob!", "ann"):
        with pytest.raises(Refused):
            await sessions.renew("s1", token)
    assert sessions.user("s1") == "ann"


async def test_one_that_was_never_let_in_cannot_be_renewed(sessions: Sessions) -> None:
    with pytest.raises(Refused):
        await sessions.renew("s1", "ann!")
