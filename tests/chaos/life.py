"""The rules of one story's life, told a second time and in other words than the fold's."""

from collections.abc import Iterator
from typing import Any

from tests.chaos.ledger import Violation
from tests.chaos.records import Record

ENDS = ("processing.complete", "processing.error", "processing.cancelled")
_REQUESTS = ("requested", "retry.requested")


class Life:
    """Goes through a story's events as they are stored, and says what must not follow what."""

    def __init__(self, story: str, records: list[Record]) -> None:
        self._story = story
        self._records = records
        self._wanted = False  # a request or a retry has not come to its end
        self._cancelling = False
        self._attempt = 0
        self._progress: int | None = None  # of the attempt that runs; None when none does

    def violations(self) -> Iterator[Violation]:
        """Whatever breaks the rules."""
        for record in self._records:
            yield from self._take(record, record.fields)
        if self._wanted:
            yield self._wrong("unsettled", "a terminal event")

    def _take(self, record: Record, said: dict[str, Any]) -> Iterator[Violation]:
        if record.kind in _REQUESTS:
            yield from self._request(record)
        elif not self._wanted:
            check = "terminal-once" if record.kind in ENDS else "after-terminal"
            yield self._wrong(check, f"nothing at {record.sequence}")
        elif record.kind == "cancel.requested":
            self._cancelling = True
        elif record.kind == "processing.start":
            yield from self._start(said)
        elif record.kind == "processing.progress":
            yield from self._step(said)
        elif record.kind in ENDS:
            yield from self._end(record.kind, said)

    def _request(self, record: Record) -> Iterator[Violation]:
        if self._wanted or (record.kind == "requested") != (record.sequence == 1):
            yield self._wrong("request-order", f"no {record.kind} at {record.sequence}")
        self._wanted, self._cancelling, self._progress = True, False, None

    def _start(self, said: dict[str, Any]) -> Iterator[Violation]:
        if said["attempt"] != self._attempt + 1 or self._cancelling:
            yield self._wrong("attempt-order", f"attempt {self._attempt + 1}, unless cancelled", said)
        self._attempt, self._progress = said["attempt"], 0

    def _step(self, said: dict[str, Any]) -> Iterator[Violation]:
        if self._progress is None or said["attempt"] != self._attempt or said["progress"] < self._progress:
            yield self._wrong("attempt-order", f"attempt {self._attempt}, {self._progress} % or more", said)
        self._progress = said["progress"]

    def _end(self, kind: str, said: dict[str, Any]) -> Iterator[Violation]:
        if kind == "processing.complete" and (self._progress != 75 or said["attempt"] != self._attempt):
            yield self._wrong("attempt-order", f"complete after 75 % of attempt {self._attempt}", said)
        if kind == "processing.complete" and self._cancelling:
            yield self._wrong("cancel-ignored", "cancelled")
        if kind == "processing.cancelled" and not self._cancelling:
            yield self._wrong("cancel-unasked", "cancelled only when that was asked for")
        # What ends before it has started counts as an attempt all the same.
        self._attempt, self._wanted, self._progress = max(self._attempt, said["attempt"]), False, None

    def _wrong(self, check: str, expected: str, *found: object) -> Violation:
        told = [f"{record.sequence} {record.kind}" for record in self._records]
        return Violation(check, self._story, expected, [*told, *found])
