"""`storywire show`: a story as it was at any of its moments, and why."""

import asyncio
import json

from contracts.story import fold
from tests.integration.deploy.storywire import storywire
from tests.integration.store.shelf import Shelf, story


async def test_a_story_is_shown_at_any_moment_of_its_own(shelf: Shelf, environment: dict[str, str]) -> None:
    events = story()
    await shelf.write(events)
    name = events[0].story_id
    by_time, changed, timeline = await asyncio.gather(
        storywire(environment, "show", name, "--json", "--at", "2026-01-31T09:30:05.999Z"),
        storywire(environment, "show", name, "--json", "--diff", "1", "2026-01-31T10:00:00Z"),
        storywire(environment, "show", name, "--json", "--events"),
    )
    first, fourth, last = (fold(events[:reached]) for reached in (1, 4, 6))
    assert first is not None
    assert fourth is not None
    assert last is not None
    assert by_time.objects == [json.loads(fourth.body())]
    before, after = json.loads(first.body()), json.loads(last.body())
    assert changed.objects == [
        {field: [before[field], value] for field, value in after.items() if before[field] != value}
    ]
    assert [(each["sequence"], each["cause"], each["position"]) for each in timeline.objects] == [
        (sequence, sequence - 1 or None, sequence) for sequence in range(1, 7)
    ]
