from enum import StrEnum
from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.generator.models.script import Script


class ModelName(StrEnum):
    """The values of `STORYWIRE_MODEL`."""

    GEMINI = "gemini"
    GENAI = "genai"
    SMOLLM2 = "smollm2"
    SCRIPTED = "scripted"


def _script(value: object) -> object:
    return Script.model_validate_json(value) if isinstance(value, str) else value


class ModelSettings(BaseSettings):
    """Which model writes, and how. Every field is one environment variable (its alias)."""

    # The input stays out of validation errors: it may hold the key.
    model_config = SettingsConfigDict(
        env_ignore_empty=True, extra="ignore", hide_input_in_errors=True, populate_by_name=True
    )

    chosen: ModelName | None = Field(default=None, validation_alias="STORYWIRE_MODEL")
    api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("GEMINI_API_KEY", "GOOGLE_API_KEY"), repr=False
    )
    gemini_model: str = Field(default="gemini-2.5-flash", min_length=1, validation_alias="GEMINI_MODEL")
    gemini_endpoint: str | None = Field(default=None, pattern="^https?://[^/]+", validation_alias="GEMINI_ENDPOINT")
    idle_timeout: float = Field(
        default=30,
        gt=0,
        validation_alias="MODEL_IDLE_TIMEOUT",
        description="Seconds without text after which a stream counts as stalled.",
    )
    script: Annotated[Script, NoDecode, BeforeValidator(_script)] = Field(
        default=Script(), validation_alias="STORYWIRE_SCRIPT"
    )

    @property
    def model(self) -> ModelName:
        """The model that was named; without a name, Gemini where there is a key for it, or the one that needs none."""
        if self.chosen is not None:
            return self.chosen
        return ModelName.GEMINI if self.api_key is not None else ModelName.SMOLLM2
