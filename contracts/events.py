"""What is said about a story. One frozen class per event; its JSON is the NATS body and the Socket.IO payload alike.

Attribute names are Python's (`story_id`), names on the wire are the frontends' (`storyId`). Fields may be added to an
event, never renamed or retyped; unknown fields of a newer writer are kept.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, GetPydanticSchema, StringConstraints
from pydantic.alias_generators import to_camel
from pydantic_core.core_schema import custom_error_schema

from contracts.ids import PATTERN
from contracts.timestamp import Timestamp

_NO_STORY_ID = "not a story id; a story id is 26 characters of 0-9 and a-z"
# Checked without a call into Python: every event that is ever read says one.
StoryId = Annotated[
    str,
    StringConstraints(pattern=f"^{PATTERN.pattern}$"),
    GetPydanticSchema(
        lambda text, schema: custom_error_schema(schema(text), "story_id", custom_error_message=_NO_STORY_ID)
    ),
]
Step = Literal["story_generation", "reading_file", "ai_processing", "saving_file"]
Attempt = Annotated[int, Field(ge=1, description="1 for the first try, one more for every later one")]


def _is_none(value: object) -> bool:
    return value is None


def optional(description: str) -> object:
    """A field that is left out of the JSON when it is None."""
    return Field(default=None, description=description, exclude_if=_is_none)


class Wire(BaseModel):
    """How every value on the wire is spelled: camelCase, frozen, unknown fields kept."""

    model_config = ConfigDict(
        frozen=True,
        extra="allow",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        hide_input_in_errors=True,  # it is what somebody wrote
        cache_strings="keys",  # values are ids and texts that do not come again; a cache of them only holds memory
    )

    def body(self) -> bytes:
        """The JSON as it goes over NATS and Socket.IO."""
        return self.model_dump_json().encode()


class Message(Wire):
    """Anything said about one story."""

    kind: ClassVar[str]
    version: ClassVar[int] = 1

    story_id: StoryId
    timestamp: Timestamp = Field(description="When it happened: RFC 3339, UTC, milliseconds")


class Event(Message):
    """A fact in a story's log."""

    sequence: int = Field(ge=1, description="1, 2, 3, ... within the story, no gaps")


class File(Wire):
    """The uploaded text file."""

    name: str = Field(description="As the user's machine called it")
    size: int = Field(ge=0, description="Bytes")
    digest: str = Field(description="SHA-256 of the bytes, lower-case hex")
    object: str = Field(description="Its name in the object store bucket `uploads`")


class Usage(Wire):
    """Tokens that one attempt cost; null is unknown, never zero."""

    input_tokens: int | None = Field(description="Tokens read by the model")
    output_tokens: int | None = Field(description="Tokens written by the model")


class Requested(Event):
    """Somebody asked for a story. Always the first event."""

    kind: ClassVar[str] = "requested"

    title: str
    prompt: Annotated[str | None, optional("What the user would like the story to be")] = None
    file: File
    owner: str = Field(description="Whose story it is")


class ProcessingStart(Event):
    """An attempt began. It retracts all live text of lower attempts."""

    kind: ClassVar[str] = "processing.start"

    step: Literal["story_generation"]
    attempt: Attempt
    model: Annotated[str | None, optional("Which model writes")] = None


class ProcessingProgress(Event):
    """An attempt reached a step. Said again, with a message, when the step has to be tried again."""

    kind: ClassVar[str] = "processing.progress"

    progress: Literal[25, 50, 75] = Field(description="Per cent")
    step: Literal["reading_file", "ai_processing", "saving_file"]
    message: Annotated[str | None, optional("A sentence for the person who waits")] = None
    attempt: Attempt


class ProcessingComplete(Event):
    """The story is finished."""

    kind: ClassVar[str] = "processing.complete"

    generated_content: str
    generated_word_count: int = Field(ge=0, description="Words, separated by white space")
    processing_time: int = Field(ge=0, description="Milliseconds since the attempt's start")
    attempt: Attempt
    usage: Annotated[Usage | None, optional("Tokens of this attempt")] = None


class ProcessingError(Event):
    """The attempt failed."""

    kind: ClassVar[str] = "processing.error"

    error: str = Field(description="A sentence for the person who waits")
    step: Step = Field(description="Where it failed")
    code: str = Field(description="The cause, for programs")
    retryable: bool = Field(description="Whether the same request may succeed later")
    attempt: Attempt
    usage: Annotated[Usage | None, optional("Tokens of this attempt")] = None


class ProcessingCancelled(Event):
    """The attempt, or the wait for one, ended because its owner wished so."""

    kind: ClassVar[str] = "processing.cancelled"

    attempt: Attempt
    usage: Annotated[Usage | None, optional("Tokens of this attempt")] = None


class CancelRequested(Event):
    """The owner wants no story any more."""

    kind: ClassVar[str] = "cancel.requested"


class RetryRequested(Event):
    """The owner wants another attempt, with the same file and prompt."""

    kind: ClassVar[str] = "retry.requested"


class Deleted(Event):
    """The owner wants the story gone. The last event: everything before it is taken away, and nothing follows."""

    kind: ClassVar[str] = "deleted"

    owner: str = Field(description="Whose story it was")


class UnknownEvent(Event):
    """An event of a kind that a newer service wrote: kept, counted, otherwise passed over."""

    kind: ClassVar[str] = "unknown"


class ProcessingDelta(Message):
    """A piece of the text while it is being written. Live only: it is no part of the log."""

    kind: ClassVar[str] = "processing.delta"

    attempt: Attempt
    index: int = Field(ge=0, description="0, 1, 2, ... within the attempt")
    text: str


EVENTS: tuple[type[Event], ...] = (
    Requested,
    ProcessingStart,
    ProcessingProgress,
    ProcessingComplete,
    ProcessingError,
    ProcessingCancelled,
    CancelRequested,
    RetryRequested,
    Deleted,
)
TERMINAL = (ProcessingComplete, ProcessingError, ProcessingCancelled)
