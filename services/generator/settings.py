"""What the generator is told by its environment."""

from pydantic import Field

from services.common.settings import Settings


class GeneratorSettings(Settings):
    """Settings of the generator, on top of those that all services share."""

    generator_concurrency: int = Field(default=32, ge=1, description="Stories that one process works on at once")
    model_tries: int = Field(default=4, ge=1, description="Calls to the model within one attempt, the first included")
    model_retry_wait: float = Field(default=1.0, gt=0, description="Seconds before the second call; doubled each time")
    max_deliveries: int = Field(default=5, ge=1, description="Deliveries of one request before its story has failed")
