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


PROVIDER = {"jwt_issuer": "https://id.example", "jwt_audience": "storywire", "jwt_jwks_url": "https://id.example/keys"}


def test_guests_are_taken_unless_somebody_says_otherwise() -> None:
    assert GatewaySettings().auth_mode == "guest"
    assert GatewaySettings.model_validate({"auth_mode": "jwt"} | PROVIDER).jwt_audience == "storywire"


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"jwt_issuer": ""}, "JWT_ISSUER"),
        ({"jwt_audience": ""}, "JWT_AUDIENCE"),
        ({"jwt_jwks_url": ""}, "JWT_JWKS_URL"),
        ({"jwt_key_file": "/key"}, "JWT_KEY_FILE"),
        ({"jwt_jwks_url": "file:///etc/passwd"}, "JWT_JWKS_URL"),
    ],
)
def test_half_an_identity_provider_is_refused_by_the_setting_that_mends_it(
    changes: dict[str, str], setting: str
) -> None:
    with pytest.raises(ValidationError, match=setting):
        GatewaySettings.model_validate({"auth_mode": "jwt"} | PROVIDER | changes)
