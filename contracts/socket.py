"""What clients ask for over Socket.IO, namespace `/stories`, and what the acks answer."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from contracts.events import Attempt, StoryId, Wire, optional
from contracts.queries import After
from contracts.session import Renewed, Token
from contracts.story import StoryState
from contracts.subjects import socket_event

JOIN = socket_event("join")
LEAVE = socket_event("leave")
CANCEL = socket_event("cancel")
RETRY = socket_event("retry")


class Request(Wire):
    """What a client sends: taken strictly, nothing guessed from a wrong type, nothing unknown let in."""

    model_config = ConfigDict(extra="forbid", strict=True)


class JoinRequest(Request):
    """Watch a story: its events with a sequence above `after`, then whatever happens."""

    story_id: StoryId
    after: After = 0
    epoch: Annotated[str | None, Field(max_length=64, description="The epoch that the asker knows, if any")] = None
    share: Annotated[Token | None, Field(description="The token of a link to the story, for who does not own it")] = (
        None
    )


class LeaveRequest(Request):
    """Watch a story no longer."""

    story_id: StoryId


class CancelRequest(Request):
    """Want no story any more. Asking again, or too late, changes nothing."""

    story_id: StoryId


class RetryRequest(Request):
    """Want another attempt, with the same file and prompt; with `force` even where a finished story would be replaced."""

    story_id: StoryId
    force: bool = False


class RenewRequest(Request):
    """Stay connected beyond the end of the token that the socket came with, by a newer one of the same user."""

    token: Token


class LiveText(Wire):
    """The text that an attempt has written so far, in one piece; the next delta has the index `nextIndex`."""

    attempt: Attempt
    next_index: int = Field(ge=0)
    text: str


class JoinAck(Wire):
    """The story as it stands after its event number `sequence`."""

    ok: Literal[True] = True
    story: StoryState
    sequence: int = Field(ge=1)
    live: LiveText | None = Field(description="Null while no attempt is running")
    epoch: str = Field(description="Names this life of the stream; positions of another one mean nothing")
    epoch_changed: bool = Field(description="Whether the asker knew another epoch. Sequences hold all the same")


class Done(Wire):
    """It is done, and there is nothing more to say about it."""

    ok: Literal[True] = True


class Fault(Wire):
    """What was wrong; the body of an HTTP error is the same under the key `error`."""

    code: str = Field(description="The cause, for programs")
    message: str = Field(description="A sentence for the person who asked")
    field: Annotated[str | None, optional("Which part of the request")] = None
    limit: Annotated[int | None, optional("What would have fitted")] = None
    retry_after: Annotated[int | None, optional("Seconds after which the same may be tried again")] = None


class Refusal(Wire):
    """It was not done."""

    ok: Literal[False] = False
    error: Fault


Ack = JoinAck | Done | Renewed | Refusal
