import pytest
from pydantic import ValidationError

from services.web.settings import WebSettings


def test_an_empty_environment_means_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_URL", "")
    settings = WebSettings()
    assert (settings.web_host, settings.web_port, settings.gateway_url) == ("127.0.0.1", 3000, "http://localhost:3001")


def test_a_slash_at_the_end_of_the_gateways_address_does_not_matter() -> None:
    assert WebSettings(gateway_url="https://gateway.example/").gateway_url == "https://gateway.example"


@pytest.mark.parametrize(
    "url",
    ["gateway.example", "ftp://gateway.example", "http://a.example/path", "http://a.example; script-src *", "http://"],
)
def test_what_is_no_origin_is_no_gateway(url: str) -> None:
    with pytest.raises(ValidationError, match="GATEWAY_URL"):
        WebSettings(gateway_url=url)
