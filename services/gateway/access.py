"""Whose tokens the gateway takes, as its settings say."""

from dataclasses import dataclass

from services.common.clock import Clock, NewId
from services.gateway.gate import Gate
from services.gateway.guests import AUDIENCE, ISSUER, Guests
from services.gateway.jwks import Jwks
from services.gateway.key import read_key
from services.gateway.revocations import Revocations
from services.gateway.sessions import Sessions
from services.gateway.settings import GatewaySettings
from services.gateway.shares import Shares
from services.gateway.tokens import Keys, OneKey, Tokens


@dataclass(frozen=True)
class Access:
    """What knows users and their rights. `guests` is None where there are none."""

    guests: Guests | None
    gate: Gate
    shares: Shares
    sessions: Sessions


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
    return Access(guests, gate, shares, Sessions(gate.identify, gate.counts, shares.counts))


def _keys(settings: GatewaySettings) -> Keys:
    if settings.jwt_jwks_url:
        return Jwks(settings.jwt_jwks_url)
    return OneKey(read_key(settings.jwt_key_file, "JWT_KEY_FILE"))
