"""Everything that a verdict looks at, and how it is kept for whoever wants to see why."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.chaos.assignment import Assignment
from tests.chaos.ledger import Ledger
from tests.chaos.records import DELETED, Documents, Records

_KEPT = 20  # stories that are written down


@dataclass
class Evidence:
    """Both sides: what this side of the wire knows, and what is stored."""

    ledger: Ledger
    stream: Records
    log: Records
    projected: Documents
    refolded: Documents = field(default_factory=dict)
    live: set[str] = field(default_factory=set)
    """Stories of which there is live text."""
    graves: Records = field(default_factory=dict)
    """What MongoDB's log has of deleted stories, which `log` and `stream` are without."""
    remains: Records = field(default_factory=dict)
    """What JetStream has of them."""

    def __post_init__(self) -> None:
        for story in {*self.stream, *self.log}:
            if any(record.kind == DELETED for record in [*self.stream.get(story, []), *self.log.get(story, [])]):
                self.remains[story] = self.stream.pop(story, [])
                self.graves[story] = self.log.pop(story, [])

    def assignments(self) -> dict[str, Assignment]:
        """By story, for every story that is stored under a title of ours."""
        by_title = {one.assignment.title: one.assignment for one in self.ledger.submitted.values()}
        found = {}
        for story, records in self.stream.items():
            title = records[0].fields.get("title")
            if title in by_title:
                found[story] = by_title[title]
        return found

    def keep(self, folder: Path, stories: list[str]) -> None:
        """Write down what is known of these stories, a file for each."""
        folder.mkdir(parents=True, exist_ok=True)
        for story in list(dict.fromkeys(stories))[:_KEPT]:
            sides = {
                "stream": [asdict(record) for record in self.stream.get(story, self.remains.get(story, []))],
                "log": [asdict(record) for record in self.log.get(story, self.graves.get(story, []))],
                "projected": self.projected.get(story),
                "refolded": self.refolded.get(story),
                "seen": [asdict(sight) for sight in self.ledger.sights if sight.story == story],
            }
            name = "".join(letter if letter.isalnum() else "_" for letter in story)[:60]
            (folder / f"{name}.json").write_text(json.dumps(sides, indent=1, ensure_ascii=False, default=str))
