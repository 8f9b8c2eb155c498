import pytest
from pydantic import ValidationError

from services.generator.model import ModelErrorCode
from services.generator.models.settings import ModelName, ModelSettings

NAMES = ("STORYWIRE_MODEL", "GEMINI_API_KEY", "GOOGLE_API_KEY", "GEMINI_MODEL", "GEMINI_ENDPOINT", "MODEL_IDLE_TIMEOUT")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NAMES, "STORYWIRE_SCRIPT"):
        monkeypatch.delenv(name, raising=False)


def test_without_any_setting_the_model_needs_no_key() -> None:
    assert ModelSettings().model is ModelName.SMOLLM2


@pytest.mark.parametrize("name", ["GEMINI_API_KEY", "GOOGLE_API_KEY"])
def test_a_key_makes_gemini_the_default(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "secret")
    assert ModelSettings().model is ModelName.GEMINI


def test_an_empty_key_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "")
    assert ModelSettings().model is ModelName.SMOLLM2


def test_a_model_that_is_named_wins_over_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "secret")
    monkeypatch.setenv("STORYWIRE_MODEL", "scripted")
    assert ModelSettings().model is ModelName.SCRIPTED


def test_a_script_is_read_from_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "STORYWIRE_SCRIPT", '{"words": 9, "fail": {"code": "model_unavailable", "after": 3, "times": 1}}'
    )
    script = ModelSettings().script
    assert script.words == 9
    assert script.fail is not None
    assert script.fail.code is ModelErrorCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STORYWIRE_MODEL", "gpt"),
        ("MODEL_IDLE_TIMEOUT", "0"),
        ("GEMINI_ENDPOINT", "127.0.0.1:8080"),
        ("STORYWIRE_SCRIPT", "{"),
        ("STORYWIRE_SCRIPT", '{"wrods": 3}'),
        ("STORYWIRE_SCRIPT", '{"words": "3"}'),
    ],
)
def test_a_wrong_value_is_refused_and_its_setting_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as raised:
        ModelSettings()
    assert raised.value.errors()[0]["loc"][0] == name


def test_the_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "very-secret")
    assert "very-secret" not in repr(ModelSettings()) + str(ModelSettings()) + ModelSettings().model_dump_json()
    monkeypatch.setenv("MODEL_IDLE_TIMEOUT", "-1")
    with pytest.raises(ValidationError) as raised:
        ModelSettings()
    assert "very-secret" not in str(raised.value)
