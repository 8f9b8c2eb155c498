from pathlib import Path

import pytest

from deploy.local.program import SetupError
from deploy.local.stack import Settings


def test_an_empty_environment_means_the_defaults() -> None:
    settings = Settings.of({"NATS_URL": "", "GATEWAY_PORT": ""})
    assert settings.data.path == Path(".storywire")
    assert (settings.gateway_port, settings.nats_url, settings.mongodb_url) == (3001, None, None)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "٣٠٠١", "3001.5"])
def test_a_gateway_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(SetupError, match="GATEWAY_PORT"):
        Settings.of({"GATEWAY_PORT": port})
