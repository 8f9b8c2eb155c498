"""Whatever was ever written stays readable. The fixtures are frozen: one file a kind and version, as it stands in real logs."""

from hashlib import sha256
from pathlib import Path
from typing import ClassVar

import pytest

from contracts.codec import Codec, InvalidEvent, decode
from contracts.events import EVENTS, Event, ProcessingComplete, Requested, UnknownEvent
from contracts.story import fold
from contracts.upcasters import Body
from tests import controls

FOLDER = Path(__file__).parents[2] / "fixtures" / "events"
WRITTEN = [
    (path.name.removesuffix(f".v{version}.ndjson"), int(version), body)
    for path in sorted(FOLDER.glob("*.ndjson"))
    for version in [path.name.split(".v")[1].removesuffix(".ndjson")]
    for body in path.read_text().splitlines()
]


def test_every_version_ever_written_has_its_fixtures() -> None:
    expected = {(event.kind, version) for event in EVENTS for version in range(1, event.version + 1)}
    assert {(kind, version) for kind, version, _ in WRITTEN} == expected


def test_the_fixtures_are_frozen() -> None:
    for line in (FOLDER / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert sha256((FOLDER / name).read_bytes()).hexdigest() == digest, f"{name} was changed: add another instead"


@pytest.mark.parametrize(("kind", "version", "body"), WRITTEN)
def test_what_was_once_written_is_read(kind: str, version: int, body: str) -> None:
    event = decode(kind, version, body)
    assert not isinstance(event, UnknownEvent)
    assert event.kind == kind


class RequestedSince2(Requested):
    """As a later Storywire may have it: with a language, which version 1 did not know and version 2 called `lang`."""

    version: ClassVar[int] = 3

    language: str


def _first_to_second(body: Body) -> Body:
    return {**body, "lang": "en"}


def _second_to_third(body: Body) -> Body:
    return {**{name: value for name, value in body.items() if name != "lang"}, "language": body["lang"]}


LATER = Codec(
    (RequestedSince2, *(event for event in EVENTS if event is not Requested)),
    {("requested", 1): _first_to_second, ("requested", 2): _second_to_third},
)
FIRST, SECOND, THIRD = (
    controls.requested().body().decode(),
    controls.requested(lang="de").body().decode(),
    controls.requested(language="pl").body().decode(),
)


@pytest.mark.parametrize(("version", "body", "language"), [(1, FIRST, "en"), (2, SECOND, "de"), (3, THIRD, "pl")])
def test_a_log_that_mixes_versions_folds_as_if_all_were_new(version: int, body: str, language: str) -> None:
    asked = LATER.decode("requested", version, body)
    assert isinstance(asked, RequestedSince2)
    assert asked.language == language
    rest = [LATER.decode(event.kind, event.version, event.body()) for event in controls.finished_story()[1:]]
    assert fold([asked, *rest]) == fold(controls.finished_story())


def test_a_version_without_its_upcaster_is_refused_by_name() -> None:
    forgetful = Codec((RequestedSince2,), {})
    with pytest.raises(InvalidEvent, match="not a requested event of version 1"):
        forgetful.decode("requested", 1, FIRST)


def test_an_older_service_reads_past_what_a_newer_one_wrote() -> None:
    """Fields it does not know are kept, versions and kinds it cannot read move the sequence on and change nothing."""
    first, second, *_ = controls.finished_story(mood="hopeful")
    newer = controls.unknown(3, progress={"of": 7, "done": 3})
    story: list[Event] = [
        decode("requested", 1, first.body()),
        decode("processing.start", 2, second.body()),
        decode("processing.progress", 9, newer.body()),
        decode("processing.illustrated", 1, controls.unknown(4).body()),
        decode("processing.complete", 1, controls.complete(5).body()),
    ]

    state = fold(story)

    assert [type(event) for event in story[2:]] == [UnknownEvent, UnknownEvent, ProcessingComplete]
    assert b'"mood":"hopeful"' in story[0].body()
    assert state is not None
    assert (state.sequence, state.status) == (5, "complete")
