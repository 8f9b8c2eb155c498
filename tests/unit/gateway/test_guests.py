from datetime import UTC, datetime

from services.common.clock import seeded_ids
from services.gateway.guests import AUDIENCE, ISSUER, Guests
from services.gateway.tokens import OneKey, Tokens

KEY = b"0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
GUESTS = Guests(KEY, 60, lambda: NOW, seeded_ids(1))
TOKENS = Tokens(OneKey(KEY), ISSUER, AUDIENCE, lambda: NOW)


async def test_everybody_who_asks_is_a_user_of_their_own() -> None:
    one, other = GUESTS.session(), GUESTS.session()
    assert one.user != other.user
    for session in (one, other):
        identity = await TOKENS.identify(session.token)
        assert (identity.user, identity.expires) == (session.user, session.expires_at.timestamp())
        assert (session.expires_at - NOW).total_seconds() == 60


async def test_a_user_who_comes_back_stays_the_same() -> None:
    assert GUESTS.session("guest-1").user == "guest-1"
