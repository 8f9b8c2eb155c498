"""Did every client's caller see every event once, in order, to the end, as it is stored?"""

from collections.abc import Iterator

from contracts.events import Deleted
from contracts.subjects import socket_event
from tests.chaos.evidence import Evidence
from tests.chaos.ledger import Sight, Sighting, Violation, digest
from tests.chaos.life import ENDS
from tests.chaos.reader import canonical
from tests.chaos.records import Record

_DELETED = socket_event(Deleted.kind)


def seen(evidence: Evidence) -> Iterator[Violation]:
    """Each sequence once, ascending, from 1 to the end; name and bytes as they are stored."""
    for sight in evidence.ledger.sights:
        records = evidence.stream.get(sight.story, evidence.graves.get(sight.story, []))
        numbers = [one.sequence for one in sight.seen]
        if sight.seen and sight.seen[-1].name == _DELETED:
            numbers.pop()  # It takes away what came before: who had not seen all of that sees it jump.
        if numbers != list(range(1, len(numbers) + 1)):
            yield Violation("client-order", sight.story, f"1..{len(numbers)}", f"{sight.client}: {numbers}")
        if sight.story not in evidence.graves:  # There it may have been gone before all was seen.
            yield from _to_the_end(sight, records)
        yield from _payloads(sight, records)


def _to_the_end(sight: Sight, records: list[Record]) -> Iterator[Violation]:
    """Who still looks has seen everything; who was released, or uses the library, has seen an end last."""
    ends = [record.sequence for record in records if record.kind in ENDS]
    early = sight.released or not sight.whole
    wanted = set(ends) if early else {records[-1].sequence if records else 0}
    if sight.last not in wanted:
        told = [f"{record.sequence} {record.kind}" for record in records]
        found = f"{sight.client} saw up to {sight.last} of {told}"
        yield Violation("client-unfinished", sight.story, f"up to one of {sorted(wanted)}", found)


def _payloads(sight: Sight, records: list[Record]) -> Iterator[Violation]:
    stored = {record.sequence: record for record in records}
    for one in sight.seen:
        record = stored.get(one.sequence)
        expected = None if record is None else _sighting(sight, record)
        if one != expected:
            yield Violation("client-payload", sight.story, record, f"{sight.client}: {one}")


def _sighting(sight: Sight, record: Record) -> Sighting:
    payload = record.payload.encode() if sight.client != "library" else canonical(record.fields)
    return Sighting(record.sequence, socket_event(record.kind), record.erased or digest(payload))


def texts(evidence: Evidence) -> Iterator[Violation]:
    """The text that a client ends with is the text that is stored."""
    for sight in evidence.ledger.sights:
        records = [record for record in evidence.stream.get(sight.story, []) if record.sequence <= sight.last]
        if not records or records[-1].kind != "processing.complete":
            continue
        text = records[-1].fields["generatedContent"]
        projected = evidence.projected.get(sight.story, {}).get("generatedContent")
        is_last = records[-1].sequence == evidence.stream[sight.story][-1].sequence
        if sight.text != text or (is_last and projected != text):
            yield Violation("client-text", sight.story, f"stored: {projected}", f"{sight.client}: {sight.text}")
