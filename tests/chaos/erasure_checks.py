"""Is nothing left of a story that was deleted, and was none taken away that nobody wanted gone?"""

from collections.abc import Iterator

from tests.chaos.evidence import Evidence
from tests.chaos.ledger import Submitted, Violation
from tests.chaos.records import DELETED


def deletions(evidence: Evidence) -> Iterator[Violation]:
    """What was acknowledged as deleted is, and nothing that nobody asked for."""
    asked: dict[str, Submitted] = {story: one for one in evidence.ledger.submitted.values() for story in one.ids}
    for story, one in asked.items():
        if one.count("delete", "acknowledged") and story not in evidence.graves:
            yield Violation("erase-lost", story, "deleted", "it is still there")
    for story in evidence.graves:
        wish = asked.get(story)
        if wish is None or not wish.count("delete", "acknowledged") + wish.count("delete", "unknown"):
            yield Violation("erase-unasked", story, "not deleted", "deleted")
    for sight in evidence.ledger.sights:
        if sight.gone and sight.story not in evidence.graves:
            yield Violation(
                "erase-shown", sight.story, "a story that is there", f"{sight.client} was told that it is not"
            )


def graves(evidence: Evidence) -> Iterator[Violation]:
    """Of a deleted story its last event is left, and a tombstone for each before it; nothing at all of its words."""
    for story, tombstones in evidence.graves.items():
        last = tombstones[-1]
        whole = [record for record in tombstones[:-1] if record.payload or not record.erased]
        numbers = [record.sequence for record in tombstones]
        if last.kind != DELETED or numbers != list(range(1, len(numbers) + 1)):
            yield Violation("erase-log", story, f"1..{len(numbers)}, the last one the deletion", tombstones)
        if whole:
            yield Violation("erase-left", story, "tombstones in MongoDB", whole)
        if (left := evidence.remains.get(story, [])) != [last]:
            yield Violation("erase-left", story, f"in JetStream: {[last]}", left)
        if story in evidence.live:
            yield Violation("erase-left", story, "no live text", "some")
