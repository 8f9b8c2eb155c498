"""What the server of the page is told by its environment."""

from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class WebSettings(BaseSettings):
    """Settings of the page's server, which talks to nobody: the page itself talks to the gateway."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    web_host: str = Field(default="127.0.0.1", description="Address to listen on; 0.0.0.0 lets other machines in")
    web_port: int = Field(default=3000, ge=0, le=65_535, description="Port of the page; 0 takes a free one")
    gateway_url: str = Field(default="http://localhost:3001", description="Where browsers find the gateway")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")

    @field_validator("gateway_url")
    @classmethod
    def _is_origin(cls: type[Self], value: str) -> str:
        url = value.rstrip("/")
        parts = urlsplit(url)
        # It becomes a part of a header, and what browsers are allowed.
        if (
            parts.scheme not in ("http", "https")
            or url != f"{parts.scheme}://{parts.netloc}"
            or not _is_plain(parts.netloc)
        ):
            raise ValueError(f"GATEWAY_URL: {value!r} is no origin; an origin is scheme://host[:port]")
        return url


def _is_plain(host: str) -> bool:
    return host.isascii() and bool(host) and not any(letter in " ;,'\"*" for letter in host)
