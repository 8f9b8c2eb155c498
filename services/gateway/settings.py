"""What the gateway is told by its environment."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from services.common.settings import Settings


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

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _separate(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(origin.strip().rstrip("/") for origin in value.split(",") if origin.strip())
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
