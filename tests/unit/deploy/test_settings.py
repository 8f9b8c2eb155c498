from pathlib import Path

import pytest

from deploy.local.program import SetupError
from deploy.local.stack import Settings


def test_an_empty_environment_means_the_defaults() -> None:
    settings = Settings.of({"NATS_URL": "", "GATEWAY_PORT": ""})
    assert settings.data.path == Path(".storywire")
    assert (settings.gateway_port, settings.web_port) == (3001, 3000)
    assert (settings.nats_url, settings.mongodb_url) == (None, None)


def test_the_page_can_be_turned_off() -> None:
    assert Settings.of({"WEB_PORT": "off"}).web_port is None
    with pytest.raises(SetupError, match=r"WEB_PORT is 'none'.*or off to run without the page"):
        Settings.of({"WEB_PORT": "none"})


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "٣٠٠١", "3001.5"])
def test_a_gateway_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(SetupError, match="GATEWAY_PORT"):
        Settings.of({"GATEWAY_PORT": port})
