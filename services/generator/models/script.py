from pydantic import BaseModel, ConfigDict, Field

from services.generator.model import ModelErrorCode


class Failure(BaseModel):
    """A failure on purpose, in the first `times` calls (in every one where it is not set)."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    code: ModelErrorCode
    after: int = Field(default=0, ge=0, description="Chunks of text that come before it.")
    times: int | None = Field(default=None, ge=1)


class Stall(BaseModel):
    """Silence on purpose: after so many chunks of text nothing more comes."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    after: int = Field(default=0, ge=0, description="Chunks of text that come before it.")
    times: int | None = Field(default=None, ge=1)


class Script(BaseModel):
    """What the scripted model does: `STORYWIRE_SCRIPT`, as JSON."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    words: int = Field(default=120, ge=0, le=1_000_000, description="Length of the story.")
    chunk: int = Field(default=3, ge=1, description="Words in each chunk of text.")
    pace: float = Field(default=0.01, ge=0, description="Seconds before each chunk.")
    fail: Failure | None = None
    stall: Stall | None = None
