import base64
import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest

from contracts.limits import LONGEST_LIFE, TOKEN_CHARACTERS, USER_CHARACTERS
from services.gateway.identity import Identity
from services.gateway.refusal import Refused
from services.gateway.tokens import LEEWAY, OneKey, Tokens

KEY = b"0123456789abcdef" * 4  # long enough for HS512, too: what refuses that is not its length
OTHER_KEY = KEY[::-1]
NOW = 1_800_000_000
CLAIMS = {"sub": "ann", "iss": "issuer", "aud": "us", "iat": NOW - 60, "exp": NOW + 60}
TOKENS = Tokens(OneKey(KEY), "issuer", "us", lambda: datetime.fromtimestamp(NOW, UTC))


def signed(key: Any = KEY, algorithm: str = "HS256", **changes: Any) -> str:
    return jwt.encode(CLAIMS | changes, key, algorithm)


def by_hand(header: str, payload: str, algorithm: str = "HS256") -> str:
    """Signed as it should be, whatever it says."""
    parts = [base64.urlsafe_b64encode(part.encode()).rstrip(b"=") for part in (header, payload)]
    signature = jwt.get_algorithm_by_name(algorithm).sign(b".".join(parts), KEY)
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


async def test_a_good_token_names_its_user_and_its_times() -> None:
    assert await TOKENS.identify(signed()) == Identity("ann", issued=NOW - 60, expires=NOW + 60)


async def test_times_may_be_broken_seconds() -> None:
    assert (await TOKENS.identify(signed(exp=NOW + 0.5))).expires == NOW


BAD: dict[str, str] = {
    "nothing": "",
    "no token": "hello",
    "dots alone": "..",
    "another key": signed(OTHER_KEY),
    "no algorithm": signed(key=None, algorithm="none"),
    "an algorithm that was not agreed on": by_hand('{"alg":"HS512"}', json.dumps(CLAIMS), "HS512"),
    "another issuer": signed(iss="somebody"),
    "another audience": signed(aud="them"),
    "expired": signed(exp=NOW),
    "not valid yet": signed(nbf=NOW + LEEWAY + 1),
    "made in the future": signed(iat=NOW + LEEWAY + 1),
    "a life without end": signed(exp=NOW - 59 + LONGEST_LIFE),
    "an infinite life": by_hand('{"alg":"HS256"}', json.dumps(CLAIMS | {"exp": float("inf")})),
    "a user that is a number": by_hand('{"alg":"HS256"}', json.dumps(CLAIMS | {"sub": 7})),
    "a user that is an operator": by_hand('{"alg":"HS256"}', json.dumps(CLAIMS | {"sub": {"$gt": ""}})),
    "a user without a name": signed(sub=""),
    "a user whose name is too long": signed(sub="a" * (USER_CHARACTERS + 1)),
    "a user with a line end": signed(sub="ann\n"),
    "a user that is half a character": by_hand('{"alg":"HS256"}', json.dumps(CLAIMS | {"sub": "\ud800"})),
    "times that are texts": by_hand('{"alg":"HS256"}', json.dumps(CLAIMS | {"exp": str(NOW + 60)})),
    "nested without end": by_hand("[" * 1_400, "[" * 1_400),
    "no JSON": by_hand("{", "}"),
    "a header that demands more": by_hand('{"alg":"HS256","crit":["exp"]}', json.dumps(CLAIMS)),
    "too long": signed(more="a" * TOKEN_CHARACTERS),
    "changed": signed()[:-40] + signed(sub="bob")[-40:],
    "not ASCII": "ä.ö.ü",
    "half a character": "\ud800.a.b",
}


@pytest.mark.parametrize("token", BAD.values(), ids=BAD.keys())
async def test_any_other_is_refused(token: str) -> None:
    with pytest.raises(Refused) as refused:
        await TOKENS.identify(token)
    assert (refused.value.status, refused.value.fault.code) == (401, "unauthorized")


@pytest.mark.parametrize("claim", CLAIMS)
async def test_no_claim_may_be_missing(claim: str) -> None:
    with pytest.raises(Refused):
        await TOKENS.identify(jwt.encode({name: CLAIMS[name] for name in CLAIMS if name != claim}, KEY, "HS256"))


async def test_clocks_may_differ_a_little_where_a_token_begins() -> None:
    assert await TOKENS.identify(signed(iat=NOW + LEEWAY, nbf=NOW + LEEWAY))
