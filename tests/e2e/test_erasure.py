"""A story is deleted while it is being written, and services are killed while it is taken away: nothing is left of it."""

from http.client import HTTPConnection

import pytest
from pymongo import MongoClient

from deploy.local.mongo import MongoServer
from deploy.mongo_roles import OPERATOR, kept
from services.store.database import EVENTS
from tests import tokens
from tests.e2e.stack import Stack
from tests.javascript.socket_client import SocketClient

CANARY = "A fox sold umbrellas"


def delete(stack: Stack, story_id: str) -> int:
    connection = HTTPConnection("127.0.0.1", stack.port, timeout=10)
    try:
        connection.request("DELETE", f"/api/stories/{story_id}", headers=tokens.bearer(stack.token))
        return connection.getresponse().status
    finally:
        connection.close()


def left_of(stack: Stack, story_id: str) -> list[str]:
    """Where MongoDB still has anything that was written, and events without a tombstone."""
    server = MongoServer(stack.data / "mongo", stack.processes()["mongo"]["port"])
    with MongoClient[dict[str, object]](server.url(OPERATOR)) as client:
        database = client["storywire"]
        found = [name for name in (EVENTS, *kept()) for document in database[name].find() if CANARY in str(document)]
        whole = database[EVENTS].find({"storyId": story_id, "erased": {"$exists": False}, "kind": {"$ne": "deleted"}})
        ended = database[EVENTS].count_documents({"storyId": story_id, "kind": "deleted"})
        return found + [str(document["_id"]) for document in whole] + ([] if ended else ["no deletion"])


@pytest.mark.parametrize("killed", [None, "store", "generator"])
def test_a_story_that_is_being_written_goes_and_its_writer_stops(
    killed: str | None, page: SocketClient, stack: Stack
) -> None:
    story_id = page.submit(f"{CANARY}, and it never rained.\n", CANARY, prompt=CANARY)
    page.join(story_id)
    page.until_event(lambda seen: seen.data.get("progress") == 50, story_id)
    assert delete(stack, story_id) == 204
    was = stack.kill_service(killed) if killed else 0
    page.until_event(lambda seen: seen.event == "story:deleted", story_id)
    if killed:
        stack.wait_until_restarted(killed, was)
    stack.wait(lambda: left_of(stack, story_id) == [], "something is left")
    assert page.events(story_id)[-1].event == "story:deleted"
    assert delete(stack, story_id) == 204
    assert delete(stack, "01jhv7w0000000000000000404") == 404
    checked = stack.run("verify")
    assert (checked.returncode, "of them erased: no fault" in checked.stdout) == (0, True), checked
    rebuilt = stack.run("rebuild", "stories")
    assert rebuilt.returncode == 0, rebuilt
    finished = page.story("Another text.\n", "The Others go on")
    assert finished[-1].event == "story:processing:complete"
    assert left_of(stack, story_id) == []
