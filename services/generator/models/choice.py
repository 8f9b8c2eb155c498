from collections.abc import Callable

from pydantic import SecretStr

from services.generator.model import StoryModel
from services.generator.models.settings import ModelName, ModelSettings


class ModelNotReadyError(Exception):
    """The chosen model lacks a setting or a package. The message is one sentence that names it."""


def choose(settings: ModelSettings) -> StoryModel:
    """The model that the settings name. Its SDK, and no other, is imported here. Raises ModelNotReadyError."""
    make = _MAKERS[settings.model]
    try:
        return make(settings)
    except ImportError as error:
        raise ModelNotReadyError(
            f"STORYWIRE_MODEL={settings.model} needs the package {error.name or 'of its SDK'}, which is not installed: "
            f"install storywire[{settings.model}], or set STORYWIRE_MODEL to another model."
        ) from error


def _gemini(settings: ModelSettings) -> StoryModel:
    key = _key(settings)
    from services.generator.models.gemini import Gemini  # noqa: PLC0415 - only the chosen SDK is imported

    return Gemini(key, settings.gemini_model, settings.gemini_endpoint, settings.idle_timeout)


def _genai(settings: ModelSettings) -> StoryModel:
    key = _key(settings)
    from services.generator.models.genai import GenAI  # noqa: PLC0415 - only the chosen SDK is imported

    return GenAI(key, settings.gemini_model, settings.gemini_endpoint, settings.idle_timeout)


def _smollm2(settings: ModelSettings) -> StoryModel:
    from services.generator.models.smollm2 import SmolLM2  # noqa: PLC0415 - only the chosen SDK is imported

    return SmolLM2(settings.idle_timeout)


def _scripted(settings: ModelSettings) -> StoryModel:
    from services.generator.models.scripted import Scripted  # noqa: PLC0415 - like the others

    return Scripted(settings.script, settings.idle_timeout)


def _key(settings: ModelSettings) -> SecretStr:
    if settings.api_key is None:
        raise ModelNotReadyError(
            f"STORYWIRE_MODEL={settings.model} needs a key: set GEMINI_API_KEY (or GOOGLE_API_KEY), "
            "or set STORYWIRE_MODEL=smollm2, which needs none."
        )
    return settings.api_key


_MAKERS: dict[ModelName, Callable[[ModelSettings], StoryModel]] = {
    ModelName.GEMINI: _gemini,
    ModelName.GENAI: _genai,
    ModelName.SMOLLM2: _smollm2,
    ModelName.SCRIPTED: _scripted,
}
