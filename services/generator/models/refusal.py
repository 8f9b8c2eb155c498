from http import HTTPStatus

from services.generator.model import ModelError, ModelErrorCode

_KEY_REFUSED = ("API_KEY_INVALID", "API_KEY_EXPIRED", "API key not valid", "API key expired")


def refusal(status: int, body: str, model: str) -> ModelError:
    """The error for an answer of Gemini's other than 200. Of `body` only the named reason is used, never shown."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ModelError(ModelErrorCode.RATE_LIMITED, "Gemini is over its rate limit for this key.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return ModelError(ModelErrorCode.UNAVAILABLE, f"Gemini is not available at the moment (HTTP {status}).")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) or any(word in body for word in _KEY_REFUSED):
        return ModelError(
            ModelErrorCode.UNAUTHORIZED,
            f"Gemini did not accept the key (HTTP {status}): check GEMINI_API_KEY or GOOGLE_API_KEY.",
        )
    if status == HTTPStatus.NOT_FOUND:
        return ModelError(
            ModelErrorCode.REFUSED, f"Gemini has no model named {model} (HTTP {status}): check GEMINI_MODEL."
        )
    return ModelError(ModelErrorCode.REFUSED, f"Gemini refused the request (HTTP {status}).")


def unreachable() -> ModelError:
    """The error for an endpoint that cannot be reached."""
    return ModelError(ModelErrorCode.UNAVAILABLE, "Gemini could not be reached: check the network and GEMINI_ENDPOINT.")


def silent() -> ModelError:
    """The error for an endpoint that took the request and never answered."""
    return ModelError(ModelErrorCode.STALLED, "Gemini took the request and sent no answer (MODEL_IDLE_TIMEOUT).")


def cut_off() -> ModelError:
    """The error for an answer that broke off, or that cannot be read."""
    return ModelError(ModelErrorCode.CUT_OFF, "Gemini's reply broke off before the story was finished.")
