"""What holds of every finished story, whichever model wrote it: what the page saw, and what is kept."""

import json
from typing import Any

from pymongo import MongoClient

from deploy.local.mongo import MongoServer
from deploy.mongo_roles import OPERATOR
from tests.e2e import payloads
from tests.e2e.stack import Stack
from tests.javascript.socket_client import Seen

_REQUESTED = "story:requested"
_PROGRESS = "story:processing:progress"
AS_IT_SHOULD = [
    (1, _REQUESTED, None, None),
    (2, "story:processing:start", "story_generation", None),
    (3, _PROGRESS, "reading_file", 25),
    (4, _PROGRESS, "ai_processing", 50),
    (5, _PROGRESS, "saving_file", 75),
    (6, "story:processing:complete", None, None),
]


def outline(seen: list[Seen]) -> list[tuple[int, str, str | None, int | None]]:
    """Sequence, name, step and per cent of each event."""
    return [(each.sequence, each.event, each.data.get("step"), each.data.get("progress")) for each in seen]


def check_seen(seen: list[Seen]) -> None:
    """Start, 25, 50, 75, complete, each once and in order, each as promised."""
    assert outline(seen) == AS_IT_SHOULD
    for each in seen[1:]:
        payloads.check(each)
    complete = seen[-1].data
    assert complete["generatedWordCount"] == len(complete["generatedContent"].split())


def check_kept(stack: Stack, seen: list[Seen]) -> None:
    """The log in MongoDB, its projection, and what HTTP tells of them, are what the page saw."""
    story_id = seen[0].data["storyId"]
    stack.wait(lambda: kept(stack, story_id)[1].get("sequence") == len(seen), "the store did not keep the story")
    log, projection = kept(stack, story_id)
    assert [event["_id"] for event in log] == [f"{story_id}:{each.sequence}" for each in seen]
    assert [json.loads(event["payload"]) for event in log] == [each.data for each in seen]
    assert projection["status"] == "complete"
    assert projection["generatedContent"] == seen[-1].data["generatedContent"]

    assert stack.get(f"/api/stories/{story_id}") == {key: projection[key] for key in projection if key != "_id"}
    told = stack.get(f"/api/stories/{story_id}/events?after=0")["events"]
    assert [(each["event"], each["data"]) for each in told] == [(each.event, each.data) for each in seen]
    assert story_id in [story["storyId"] for story in stack.get("/api/stories?limit=100")["stories"]]


def kept(stack: Stack, story_id: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The story's events and its projection, straight from MongoDB."""
    server = MongoServer(stack.data / "mongo", stack.processes()["mongo"]["port"])
    with MongoClient[dict[str, Any]](server.url(OPERATOR)) as client:
        database = client["storywire"]
        log = list(database["events"].find({"storyId": story_id}).sort("sequence"))
        return log, database["stories"].find_one({"_id": story_id}) or {}
