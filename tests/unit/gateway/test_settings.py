import pytest
from pydantic import ValidationError

from services.gateway.settings import GatewaySettings


def test_pages_on_port_3000_may_come_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CORS_ORIGINS", raising=False)
    assert GatewaySettings().cors_origins == ("http://localhost:3000",)


def test_origins_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", " https://a.example, http://b.example:8080/ ,")
    assert GatewaySettings().cors_origins == ("https://a.example", "http://b.example:8080")


@pytest.mark.parametrize("origins", ["", " , ", "*", "a.example", "https://a.example/page", "ftp://a.example"])
def test_what_names_no_origin_is_refused_by_the_setting_that_mends_it(
    origins: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", origins)
    with pytest.raises(ValidationError, match="CORS_ORIGINS"):
        GatewaySettings()
