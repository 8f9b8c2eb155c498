"""Whose tokens the gateway takes, as its settings say."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import Scope

from services.common.clock import Clock, NewId
from services.gateway.address import Addresses
from services.gateway.gate import Gate
from services.gateway.guests import AUDIENCE, ISSUER, Guests
from services.gateway.jwks import Jwks
from services.gateway.key import read_key
from services.gateway.newcomers import Newcomers
from services.gateway.revocations import Revocations
from services.gateway.sessions import Sessions
from services.gateway.settings import GatewaySettings
from services.gateway.shares import Shares
from services.gateway.tokens import Keys, OneKey, Tokens


@dataclass(frozen=True)
class Access:
    """What knows users and their rights. `guests` is None where there are none; `newcomer` raises Refused at one too many."""

    guests: Guests | None
    gate: Gate
    shares: Shares
    sessions: Sessions
    newcomer: Callable[[Scope], None]


def access(settings: GatewaySettings, revocations: Revocations, clock: Clock, ids: NewId) -> Access:
    """All of it. Raises NoKey."""
    key = read_key(settings.gateway_key_file, "GATEWAY_KEY_FILE")
    guests = Guests(key, settings.guest_lifetime, clock, ids) if settings.auth_mode == "guest" else None
    tokens = (
        Tokens(OneKey(key), ISSUER, AUDIENCE, clock)
        if guests is not None
        else Tokens(_keys(settings), settings.jwt_issuer, settings.jwt_audience, clock)
    )
    gate = Gate(tokens, revocations, clock)
    shares = Shares(key, settings.share_lifetime, revocations, clock)
    sessions = Sessions(gate.identify, gate.counts, shares.counts)
    addresses, newcomers = Addresses(settings.trusted_proxies), Newcomers(settings.guests_per_minute, time.monotonic)
    return Access(guests, gate, shares, sessions, lambda scope: newcomers.one_more(addresses.of(scope)))


def _keys(settings: GatewaySettings) -> Keys:
    if settings.jwt_jwks_url:
        return Jwks(settings.jwt_jwks_url)
    return OneKey(read_key(settings.jwt_key_file, "JWT_KEY_FILE"))
