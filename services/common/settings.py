"""What every service is told by its environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings that all services share. Each is an environment variable of the same name in capitals."""

    # A value that is refused is not repeated: it may hold a password.
    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    nats_url: str = Field(
        default="nats://127.0.0.1:4222",
        description="Where NATS listens, nats://user:password@host:port, several separated by commas",
        repr=False,
    )
    nats_tls_ca: str = Field(default="", description="File with the authority that signed the server's certificate")
    nats_tls_cert: str = Field(
        default="", description="File with this service's own certificate, if it has to show one"
    )
    nats_tls_key: str = Field(default="", description="File with the key of that certificate")
    nats_monitor_url: str = Field(
        default="", description="Where nats-server is monitored, http://host:port; empty: what it syncs is not checked"
    )
    health_port: int = Field(default=0, description="Port of /healthz, /readyz and /metrics; 0 takes a free one")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")
