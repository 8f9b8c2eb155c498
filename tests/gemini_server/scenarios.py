"""What a call does, by the name of its model: `scenario-<name>`."""

from dataclasses import dataclass
from enum import StrEnum


class After(StrEnum):
    """What follows the text."""

    FINISH = "finish"
    END = "end"  # the body ends properly, and no finish reason was given
    CUT = "cut"  # the connection breaks in the middle of a piece
    SILENCE = "silence"  # the connection stays, and nothing more comes


@dataclass(frozen=True)
class Scenario:
    """A reply: `pieces` of text (None: the whole story), then what follows them."""

    pieces: int | None = None
    after: After = After.FINISH
    finish: str = "STOP"
    blocked: str | None = None
    refused: tuple[int, str, str] | None = None  # HTTP status, Google's status, message
    reason: str | None = None
    headers: bool = True
    failures: int = 0  # how many calls are refused before one works; 0 stands for all
    usage: bool = True


_BUSY = (503, "UNAVAILABLE", "The model is overloaded. Please try again later.")
_QUOTA = (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details.")

SCENARIOS = {
    "story": Scenario(),
    "uncounted": Scenario(usage=False),
    "rate-limited": Scenario(refused=_QUOTA),
    "unavailable": Scenario(refused=_BUSY),
    "internal": Scenario(refused=(500, "INTERNAL", "An internal error has occurred.")),
    "unauthorized": Scenario(refused=(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")),
    "forbidden": Scenario(refused=(403, "PERMISSION_DENIED", "The caller does not have permission.")),
    "bad-key": Scenario(refused=(400, "INVALID_ARGUMENT", "API key not valid."), reason="API_KEY_INVALID"),
    "refused": Scenario(refused=(400, "INVALID_ARGUMENT", "The input token count exceeds the maximum.")),
    "blocked": Scenario(pieces=0, blocked="PROHIBITED_CONTENT"),
    "safety": Scenario(pieces=1, finish="SAFETY"),
    "recitation": Scenario(pieces=1, finish="RECITATION"),
    "max-tokens": Scenario(pieces=2, finish="MAX_TOKENS"),
    "language": Scenario(pieces=0, finish="LANGUAGE"),
    "empty": Scenario(pieces=0),
    "stall": Scenario(pieces=2, after=After.SILENCE),
    "mute": Scenario(headers=False),
    "cut": Scenario(pieces=2, after=After.CUT),
    "unfinished": Scenario(pieces=2, after=After.END),
    "flaky": Scenario(refused=_BUSY, failures=2),
    "rate-limited-once": Scenario(refused=_QUOTA, failures=1),
}
