"""What the gateway is told by its environment."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode

from contracts.limits import FILE_BYTES, LONGEST_LIFE
from services.common.settings import Settings

Network = IPv4Network | IPv6Network


class GatewaySettings(Settings):
    """Settings of the gateway, on top of those that all services share. Health is served on the gateway's own port."""

    gateway_host: str = Field(
        default="127.0.0.1", description="Address to listen on; 0.0.0.0 lets other machines in, :: those on IPv6 too"
    )
    gateway_port: int = Field(default=3001, ge=0, le=65_535, description="Port of everything; 0 takes a free one")
    abandoned_upload_age: float = Field(
        default=3_600, ge=60, description="Seconds for which an upload without a story is kept before it is thrown away"
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("http://localhost:3000",),
        description="Origins of the pages that may talk to the gateway, separated by commas",
    )

    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(),
        description="Addresses or networks of the proxies whose X-Forwarded-For is believed, separated by commas",
    )
    sockets_per_user: int = Field(default=256, ge=1, description="Sockets that one user may have open at once")
    sockets_per_address: int = Field(
        default=4_096, ge=1, description="Sockets that may be open from one address at once"
    )
    strangers: int = Field(
        default=4_096, ge=1, description="Sockets that may be open at once and have not said whose they are"
    )
    strangers_per_address: int = Field(
        default=2_048, ge=1, description="The same from one address: behind a proxy all come back at once"
    )
    connect_within: float = Field(default=10, gt=0, description="Seconds that a socket has to say whose it is")
    ping_every: float = Field(default=25, ge=1, description="Seconds between two pings to a socket")
    pong_within: float = Field(
        default=20, gt=0, description="Seconds that a socket has to answer one; then it counts as gone"
    )
    events_per_second: float = Field(default=100, ge=1, description="Events that one socket may send a second")
    joins_per_socket: int = Field(default=500, ge=1, description="Stories that one socket may watch at once")
    upload_bytes: int = Field(
        default=FILE_BYTES, ge=1, le=FILE_BYTES, description="Bytes that a file may have, 5 MiB at most"
    )
    upload_within: float = Field(default=60, gt=0, description="Seconds that a request has to bring its file")
    stories_per_user: int = Field(
        default=100, ge=1, le=100, description="Stories of one user that may wait or be written at once"
    )
    guests_per_minute: float = Field(default=600, gt=0, description="New guests that one address may ask for a minute")
    socket_message_bytes: int = Field(default=64 * 1024, ge=1_024, description="Bytes that a socket may send at once")
    auth_mode: Literal["guest", "jwt"] = Field(
        default="guest", description="Whose tokens are taken: the gateway's own, for guests, or an identity provider's"
    )
    gateway_key_file: str = Field(
        default="", description="File with the key that the gateway signs with; 32 bytes at least"
    )
    guest_lifetime: int = Field(
        default=30 * 86_400, ge=1, le=LONGEST_LIFE, description="Seconds for which a guest's token holds"
    )
    share_lifetime: int = Field(
        default=30 * 86_400, ge=1, le=LONGEST_LIFE, description="Seconds for which a link to a story holds"
    )
    jwt_issuer: str = Field(default="", description="The `iss` of the identity provider's tokens")
    jwt_audience: str = Field(default="", description="The `aud` that names this Storywire in them")
    jwt_key_file: str = Field(default="", description="File with the key that they are signed with (HS256)")
    jwt_jwks_url: str = Field(default="", description="Where the provider's public keys are (RS256, ES256, EdDSA)")

    @field_validator("cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def _separate(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(each.strip().rstrip("/") for each in value.split(",") if each.strip())
        return value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        # An empty list would switch python-socketio's check of the origin off.
        if not origins:
            raise ValueError("CORS_ORIGINS is empty; name at least one origin, http://localhost:3000 for one")
        for origin in origins:
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{parts.netloc}":
                raise ValueError(f"CORS_ORIGINS: {origin!r} is no origin; an origin is scheme://host[:port]")
        return origins

    @model_validator(mode="after")
    def _provider_is_whole(self) -> Self:
        if self.auth_mode == "jwt":
            if not (self.jwt_issuer and self.jwt_audience):
                raise ValueError("AUTH_MODE is jwt: set JWT_ISSUER and JWT_AUDIENCE too")
            if bool(self.jwt_key_file) == bool(self.jwt_jwks_url):
                raise ValueError("AUTH_MODE is jwt: set either JWT_KEY_FILE or JWT_JWKS_URL")
            if self.jwt_jwks_url and urlsplit(self.jwt_jwks_url).scheme not in ("http", "https"):
                raise ValueError(f"JWT_JWKS_URL: {self.jwt_jwks_url!r} is no http or https address")
        return self
