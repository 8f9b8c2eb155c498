"""Is every text the very text that had to be written?"""

from collections.abc import Iterator

from tests.chaos.assignment import Assignment
from tests.chaos.evidence import Evidence
from tests.chaos.ledger import Violation
from tests.chaos.records import Record


def texts(evidence: Evidence) -> Iterator[Violation]:
    """What `complete` says is what the scripted model writes for this request in this attempt; errors have their cause."""
    for story, asked in evidence.assignments().items():
        for record in evidence.stream[story]:
            if record.kind == "processing.complete":
                yield from _complete(story, asked, record)
            elif record.kind == "processing.error":
                yield from _error(story, asked, record)


def _complete(story: str, asked: Assignment, record: Record) -> Iterator[Violation]:
    said = record.fields
    text = asked.text(said["attempt"])
    if said["generatedContent"] != text:
        yield Violation("text-expected", story, text, said["generatedContent"])
    if said["generatedWordCount"] != len(text.split()):
        yield Violation("text-expected", story, f"{len(text.split())} words", said["generatedWordCount"])


def _error(story: str, asked: Assignment, record: Record) -> Iterator[Violation]:
    code = record.fields["code"]
    allowed = {"interrupted_too_often"} | ({"file_blank"} if asked.is_blank else set())
    if code not in allowed:
        yield Violation("unexpected-error", story, f"one of {sorted(allowed)}", record.fields)


def stored(evidence: Evidence) -> Iterator[Violation]:
    """The projection has the text of the last `complete`, and none when there is none."""
    for story, records in evidence.stream.items():
        text = None
        for record in records:
            if record.kind in ("retry.requested", "processing.start"):
                text = None
            elif record.kind == "processing.complete":
                text = record.fields["generatedContent"]
        found = evidence.projected.get(story, {}).get("generatedContent")
        if found != text:
            yield Violation("text-stored", story, text, found)
