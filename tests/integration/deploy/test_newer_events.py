"""The tools that are older than the log: they show, check, fold and carry what they do not know, and fail at none of it."""

import asyncio
import json
from pathlib import Path

from services.common.clock import new_id
from tests import controls
from tests.integration import newer
from tests.integration.deploy.storywire import storywire
from tests.integration.store.shelf import Shelf, eventually


async def test_what_only_a_newer_service_knows_is_shown_kept_and_no_fault(
    shelf: Shelf, environment: dict[str, str], tmp_path: Path
) -> None:
    events = newer.story(new_id())
    await shelf.write(events)
    await shelf.shows([*events[:2], *(controls.unknown(each, story_id=events[0].story_id) for each in (3, 4))])

    async def counted() -> bool:
        return shelf.count("unknown_events_total") == 2

    await eventually(counted, "both to be counted")
    file = tmp_path / "log.ndjson"
    tailed, shown, timeline, exported, verified = await asyncio.gather(
        storywire(environment, "tail", "--from", "START", "--count", "4", "--json"),
        storywire(environment, "show", events[0].story_id, "--json"),
        storywire(environment, "show", events[0].story_id, "--events", "--json"),
        storywire(environment, "export", "--output", str(file)),
        storywire(environment, "verify"),
    )
    rebuilt = await storywire(environment, "rebuild", "stories", "--json")

    assert [line["data"] for line in tailed.objects] == [json.loads(event.body()) for event in events]
    assert [line["event"] for line in tailed.objects] == [event.kind for event in events]
    assert (shown.objects[0]["sequence"], shown.objects[0]["status"]) == (4, "processing")
    assert [line["kind"] for line in timeline.objects] == [event.kind for event in events]
    assert exported.code == 0
    assert [json.loads(line)["payload"] for line in file.read_text().splitlines()[1:-1]] == [
        event.body().decode() for event in events
    ]
    assert (verified.code, verified.out) == (0, "4 events: no fault\n")
    assert (rebuilt.objects[0]["different"], rebuilt.objects[0]["stuck"]) == (0, 0)
