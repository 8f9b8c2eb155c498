"""The judge is judged: a story that is well is let pass, and every way of spoiling it fires the check that is named for it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from contracts.events import Event
from contracts.socket import LiveText
from contracts.story import Gone, fold
from contracts.subjects import socket_event
from tests import controls
from tests.chaos.assignment import Assignment
from tests.chaos.evidence import Evidence
from tests.chaos.ledger import Answer, Ledger, Sight, Sighting, Submitted, digest
from tests.chaos.reader import Shown
from tests.chaos.records import Record
from tests.chaos.verdict import judge

STORY = controls.STORY
ASKED = Assignment(0, "The Lamp", None, "A lamp.", "key", words=8)


def record(event: Event, number: int) -> Record:
    return Record(STORY, event.sequence, event.kind, f"id-{number}", number, event.body().decode())


def good() -> Evidence:
    file = controls.file().model_copy(update={"size": 7, "digest": digest(ASKED.source.encode())})
    text = ASKED.text(1)
    first, *steps, _ = controls.finished_story()
    end = controls.complete(generated_content=text, generated_word_count=len(text.split()))
    events = [first.model_copy(update={"file": file}), *steps, end]
    records = [record(event, number) for number, event in enumerate(events, start=1)]
    state = projected(events)
    seen = [Sighting(one.sequence, socket_event(one.kind), digest(one.payload.encode())) for one in records]
    ledger = Ledger(
        submitted={0: Submitted(ASKED, {STORY}, tried=1)},
        sights=[Sight("viewer-1", STORY, ASKED, seen, ends=1, text=text)],
    )
    return Evidence(ledger, {STORY: records}, {STORY: list(records)}, {STORY: state}, {STORY: dict(state)})


def projected(events: list[Event]) -> dict[str, object]:
    state = fold(events)
    assert state is not None
    return {"_id": STORY, **state.model_dump(mode="json")}


Spoil = Callable[[Evidence], object]


def _seen(evidence: Evidence) -> list[Sighting]:
    return evidence.ledger.sights[0].seen


def _twice_in_both_logs(evidence: Evidence) -> None:
    """What two generators leave that nothing holds apart."""
    for records in (evidence.stream[STORY], evidence.log[STORY]):
        records.insert(3, replace(records[2], id="id-of-another", position=99))


def _ended_twice(evidence: Evidence) -> None:
    for records in (evidence.stream[STORY], evidence.log[STORY]):
        payload = records[-1].payload.replace('"sequence":6', '"sequence":7')
        records.append(replace(records[-1], sequence=7, id="id-7", position=7, payload=payload))


def _shown(evidence: Evidence, *texts: tuple[int, str]) -> None:
    """What the library shows, one text after the other."""
    shown = Shown(evidence.ledger.sights[0], evidence.ledger)
    for attempt, text in texts:
        shown.show(LiveText(attempt=attempt, next_index=1, text=text))


def _other_text(evidence: Evidence) -> None:
    for records in (evidence.stream[STORY], evidence.log[STORY]):
        records[-1] = replace(records[-1], payload=records[-1].payload.replace("story", "stoty"))


def deleted() -> Evidence:
    """The story that is well, deleted after it was complete."""
    was = good()
    last = record(controls.deleted(7), 7)
    tombstones = [replace(one, payload="", erased=digest(one.payload.encode())) for one in was.log[STORY]]
    state = {"_id": STORY, **Gone(story_id=STORY, sequence=7).model_dump(mode="json")}
    was.ledger.submitted[0].answers.append(Answer("delete", "acknowledged", 0))
    was.ledger.sights[0].gone = True
    return Evidence(was.ledger, {STORY: [last]}, {STORY: [*tombstones, last]}, {STORY: state}, {STORY: dict(state)})


SPOILED: dict[str, Spoil] = {
    "acknowledged-lost": lambda it: it.stream.clear(),
    "key-split": lambda it: it.ledger.submitted[0].ids.add(controls.OTHER_STORY),
    "never-asked": lambda it: it.ledger.submitted.clear(),
    "log-sequence": _twice_in_both_logs,
    "log-divergence": lambda it: it.log[STORY].pop(),
    "unsettled": lambda it: it.stream[STORY].pop(),
    "terminal-once": _ended_twice,
    "text-expected": _other_text,
    "text-stored": lambda it: it.projected[STORY].update(generatedContent="Another."),
    "projection-fold": lambda it: it.projected[STORY].update(progress=75),
    "projection-refold": lambda it: it.refolded[STORY].update(progress=75),
    "client-order": lambda it: _seen(it).insert(2, _seen(it)[1]),
    "client-unfinished": lambda it: _seen(it).pop(),
    "client-payload": lambda it: _seen(it).__setitem__(1, replace(_seen(it)[1], digest="0")),
    "client-text": lambda it: setattr(it.ledger.sights[0], "text", "Another."),
    "retry-count": lambda it: it.ledger.submitted[0].answers.append(Answer("retry", "acknowledged", 0)),
    "erase-lost": lambda it: it.ledger.submitted[0].answers.append(Answer("delete", "acknowledged", 0)),
    "erase-shown": lambda it: setattr(it.ledger.sights[0], "gone", True),
    "cancel-lost": lambda it: it.ledger.submitted[0].answers.append(Answer("cancel", "acknowledged", 0)),
    "library-live": lambda it: _shown(it, (1, "Another.")),
}


SPOILED_GRAVE: dict[str, Spoil] = {
    "erase-unasked": lambda it: it.ledger.submitted[0].answers.clear(),
    "erase-log": lambda it: it.graves[STORY].pop(2),
    "erase-left": lambda it: it.live.add(STORY),
    "projection-fold": lambda it: it.projected[STORY].update(title="The Lamp"),
    "client-payload": lambda it: _seen(it).__setitem__(1, replace(_seen(it)[1], digest="0")),
}


def test_a_story_that_is_well_is_let_pass() -> None:
    assert judge(good()) == []


def test_a_deleted_story_of_which_nothing_is_left_is_let_pass() -> None:
    assert judge(deleted()) == []


def test_a_deletion_may_come_to_who_has_not_seen_all_that_it_took_away_but_nothing_after_it() -> None:
    evidence = deleted()
    deletion = evidence.graves[STORY][-1]
    _seen(evidence)[3:] = [Sighting(7, socket_event(deletion.kind), digest(deletion.payload.encode()))]
    assert judge(evidence) == []
    _seen(evidence).append(_seen(evidence)[2])
    assert "client-order" in {violation.check for violation in judge(evidence)}


def test_a_text_that_grows_and_then_begins_anew_is_let_pass() -> None:
    evidence = good()
    _shown(evidence, (1, ""), (1, ASKED.text(1)[:5]), (1, ASKED.text(1)), (2, ""), (2, ASKED.text(2)[:5]))
    assert judge(evidence) == []


@pytest.mark.parametrize("texts", [((1, "whole"), (1, "cut")), ((2, ""), (1, "cut"))], ids=["shrinks", "goes back"])
def test_a_text_that_is_taken_back_fires(texts: tuple[tuple[int, str], ...]) -> None:
    evidence = good()
    parts = {"whole": ASKED.text(1), "cut": ASKED.text(1)[:5], "": ""}
    _shown(evidence, *((attempt, parts[part]) for attempt, part in texts))
    assert [violation.check for violation in judge(evidence)] == ["library-live"]


@pytest.mark.parametrize("check", SPOILED)
def test_what_is_spoiled_fires_its_check(check: str) -> None:
    evidence = good()
    SPOILED[check](evidence)
    assert check in {violation.check for violation in judge(evidence)}


@pytest.mark.parametrize("check", SPOILED_GRAVE)
def test_what_is_spoiled_of_a_deleted_story_fires_its_check(check: str) -> None:
    evidence = deleted()
    SPOILED_GRAVE[check](evidence)
    assert check in {violation.check for violation in judge(evidence)}


@pytest.mark.parametrize("where", ["graves", "remains"])
def test_words_that_are_left_of_a_deleted_story_fire(where: str) -> None:
    evidence = deleted()
    getattr(evidence, where)[STORY][:0] = good().stream[STORY][:1]
    assert "erase-left" in {violation.check for violation in judge(evidence)}
