"""The live text of one story as one client's caller sees it grow."""

from dataclasses import dataclass
from typing import Any

from tests.chaos.ledger import Ledger, Sight


@dataclass
class Live:
    """The text of the newest attempt, and the index of the delta that follows."""

    sight: Sight
    ledger: Ledger
    attempt: int = 0
    next_index: int = 0
    text: str = ""
    ended: int = 0
    """The latest attempt, where the join says that none runs: a piece of it that comes all the same is not shown."""

    def joined(self, ack: dict[str, Any]) -> None:
        """The ack of a join: all the text so far in one piece. It may have grown since, never changed."""
        so_far = ack.get("live") or {"attempt": 0, "nextIndex": 0, "text": ""}
        if ack["story"]["status"] == "processing" and self.attempt >= max(ack["story"]["attempt"], so_far["attempt"]):
            same = so_far["attempt"] == self.attempt
            if self.text and not (same and so_far["text"].startswith(self.text)):
                self._wrong("live-history", f"what was shown of attempt {self.attempt}, and more: {self.text}", so_far)
        self.attempt, self.next_index, self.text = so_far["attempt"], so_far["nextIndex"], so_far["text"]
        self.ended = ack["story"]["attempt"] if ack.get("live") is None else 0
        self._compare()

    def started(self, attempt: int) -> None:
        """A `start`: the text of earlier attempts is taken back."""
        if attempt > self.attempt:
            self.attempt, self.next_index, self.text = attempt, 0, ""

    def grew(self, delta: dict[str, Any]) -> None:
        """A delta. One of an earlier attempt is not shown."""
        self.ledger.counts["deltas"] += 1
        if delta["attempt"] < self.attempt or delta["attempt"] <= self.ended:
            self.ledger.counts["deltas of an attempt taken back"] += 1
            return
        self.started(delta["attempt"])
        if delta["index"] < self.next_index:
            self._wrong("live-repeat", f"index {self.next_index} of attempt {self.attempt}", delta)
        elif delta["index"] > self.next_index:
            self._wrong("live-gap", f"index {self.next_index} of attempt {self.attempt}", delta)
        self.next_index = delta["index"] + 1
        self.text += delta["text"]
        self._compare()

    def completed(self, attempt: int, content: str) -> None:
        """A `complete` that came live: by now all of the text has been shown."""
        self.ledger.counts["live texts compared"] += 1
        if (self.attempt, self.text) != (attempt, content):
            self._wrong("live-text", f"attempt {attempt}: {content}", f"attempt {self.attempt}: {self.text}")

    def _compare(self) -> None:
        if self.text and not (whole := self.sight.assignment.text(self.attempt)).startswith(self.text):
            self._wrong("live-wrong", f"attempt {self.attempt} begins: {whole}", self.text)

    def _wrong(self, check: str, expected: object, found: object) -> None:
        self.ledger.violation(check, self.sight.story, expected, f"{self.sight.client}: {found}")
