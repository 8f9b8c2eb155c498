"""Is the log what it has to be? Judged from what is stored, story by story, without the services' own fold."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from tests.chaos.evidence import Evidence
from tests.chaos.ledger import Submitted, Violation
from tests.chaos.life import ENDS, Life
from tests.chaos.records import Record, Records


def acknowledged(evidence: Evidence) -> Iterator[Violation]:
    """What was acknowledged is there, once; what is unknown is there once or not at all; nothing else is there."""
    stories: dict[str, list[str]] = {}
    for story, records in evidence.stream.items():
        stories.setdefault(str(records[0].fields.get("title")), []).append(story)
    for one in evidence.ledger.submitted.values():
        found = [*stories.pop(one.assignment.title, []), *(one.ids & set(evidence.graves))]
        if one.ids - set(found):
            yield Violation("acknowledged-lost", one.assignment.title, f"in the log: {one.ids}", found)
        if len({*found, *one.ids}) > 1:
            yield Violation("key-split", one.assignment.title, "one key, one story", sorted({*found, *one.ids}))
        if found and not one.tried:
            yield Violation("never-asked", one.assignment.title, "no story", found)
    for title, found in stories.items():
        yield Violation("never-asked", title, "no story", found)


def requests(evidence: Evidence) -> Iterator[Violation]:
    """The first event says what was asked."""
    for story, asked in evidence.assignments().items():
        said = evidence.stream[story][0].fields
        content = asked.source.encode()
        expected = (asked.title, asked.prompt, sha256(content).hexdigest(), len(content))
        found = (said["title"], said.get("prompt"), said["file"]["digest"], said["file"]["size"])
        if expected != found:
            yield Violation("request-content", story, expected, found)


def sequences(evidence: Evidence) -> Iterator[Violation]:
    """1..n, in JetStream and in MongoDB, in the order of positions."""
    for where, records in (("JetStream", evidence.stream), ("MongoDB", evidence.log)):
        for story, found in records.items():
            numbers = [record.sequence for record in found]
            if numbers != list(range(1, len(numbers) + 1)):
                yield Violation("log-sequence", story, f"1..{len(numbers)} in {where}", numbers)


def divergence(evidence: Evidence) -> Iterator[Violation]:
    """MongoDB has exactly what JetStream has: every event, its id, its place, its bytes."""
    for story in sorted({*evidence.stream, *evidence.log}):
        stream, log = evidence.stream.get(story, []), evidence.log.get(story, [])
        if stream != log:
            only_stream = [record for record in stream if record not in log]
            only_log = [record for record in log if record not in stream]
            yield Violation("log-divergence", story, f"JetStream: {only_stream or 'nothing more'}", only_log or "less")


def lifecycle(evidence: Evidence) -> Iterator[Violation]:
    """Exactly one end to every request and every retry, nothing after it, attempts one after the other."""
    for story, records in evidence.stream.items():
        yield from Life(story, records).violations()


def commands(evidence: Evidence) -> Iterator[Violation]:
    """Acknowledged retries happened, each once; acknowledged cancels happened, or came too late."""
    for one in evidence.ledger.submitted.values():
        for story in one.ids & set(evidence.stream):
            yield from _retries(story, one, evidence.stream)
            yield from _cancels(story, one, evidence.stream[story])


def _retries(story: str, one: Submitted, stream: Records) -> Iterator[Violation]:
    written = sum(record.kind == "retry.requested" for record in stream[story])
    sure, perhaps = one.count("retry", "acknowledged"), one.count("retry", "unknown")
    if not sure <= written <= sure + perhaps:
        yield Violation("retry-count", story, f"{sure} acknowledged, {perhaps} unknown", f"{written} written")


def _cancels(story: str, one: Submitted, records: list[Record]) -> Iterator[Violation]:
    answered = [answer.at for answer in one.answers if (answer.command, answer.outcome) == ("cancel", "acknowledged")]
    asked = any(record.kind == "cancel.requested" for record in records)
    if asked and not one.count("cancel", "acknowledged") + one.count("cancel", "unknown"):
        yield Violation("cancel-unasked", story, "no cancel.requested", [record.kind for record in records])
    if answered and not asked:
        ends = [record for record in records if record.kind in ENDS]
        ended = datetime.fromisoformat(ends[0].fields["timestamp"]).timestamp() if ends else float("inf")
        if ended > answered[0]:
            yield Violation("cancel-lost", story, f"cancel.requested, or an end before {answered[0]}", ended)
