"""Why an attempt failed, as its story tells it."""

from dataclasses import dataclass

from contracts.events import Step
from services.generator.model import ModelError, Usage


@dataclass(eq=False)
class Failure(Exception):
    """An attempt came to an end that trying the same again within it would not mend."""

    error: str
    step: Step
    code: str
    retryable: bool
    usage: Usage | None = None

    @classmethod
    def of_model(cls, error: ModelError) -> "Failure":
        """What a model's error says about the attempt."""
        return cls(str(error), "ai_processing", error.code, error.retryable, error.usage)
