"""What every service is told by its environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings that all services share. Each is an environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    nats_url: str = Field(default="nats://127.0.0.1:4222", description="Where NATS listens")
    nats_monitor_url: str = Field(
        default="", description="Where nats-server is monitored, http://host:port; empty: what it syncs is not checked"
    )
    health_port: int = Field(default=0, description="Port of /healthz, /readyz and /metrics; 0 takes a free one")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")
