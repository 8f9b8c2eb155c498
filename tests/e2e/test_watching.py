"""A story as a page sees it, through the official Socket.IO client."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import payloads
from tests.e2e.finished import AS_IT_SHOULD, check_kept, check_seen, outline
from tests.e2e.stack import Stack
from tests.javascript.socket_client import SocketClient

TEXT = "The lamp on the pier was lit, and nobody had lit it.\n"


@pytest.fixture
def other_page(node: Path, stack: Stack) -> Iterator[SocketClient]:
    with SocketClient(node, stack.address, stack.token) as client:
        yield client


def test_a_page_sees_its_story_from_start_to_complete(page: SocketClient) -> None:
    seen = page.story(TEXT, "The Lamp")
    check_seen(seen)
    assert "The Lamp" in seen[-1].data["generatedContent"]


def test_a_page_sees_why_there_is_no_story(page: SocketClient) -> None:
    seen = page.story(" \n\t\n", "Nothing")
    assert outline(seen)[:3] == AS_IT_SHOULD[:3]
    (error,) = seen[3:]
    assert (error.event, error.sequence, error.data["step"]) == ("story:processing:error", 4, "reading_file")
    assert "white space" in error.data["error"]
    for each in seen[1:]:
        payloads.check(each)


def test_who_comes_when_all_is_over_gets_the_history(page: SocketClient, other_page: SocketClient) -> None:
    seen = page.story(TEXT, "For Latecomers")
    story_id = seen[0].data["storyId"]
    ack = other_page.join(story_id)
    assert (ack["ok"], ack["sequence"], ack["story"]["status"]) == (True, 6, "complete")
    assert other_page.to_the_end(story_id) == seen


def test_who_has_a_part_gets_the_rest(page: SocketClient, other_page: SocketClient) -> None:
    seen = page.story(TEXT, "For Those Who Refresh")
    story_id = seen[0].data["storyId"]
    assert other_page.join(story_id, after=4)["ok"]
    assert other_page.to_the_end(story_id) == seen[4:]


def test_who_comes_in_the_middle_gets_all_of_it_in_order(page: SocketClient, other_page: SocketClient) -> None:
    story_id = page.submit(TEXT, "For Those Who Are Late")
    page.join(story_id)
    page.until_event(lambda seen: seen.data.get("progress") == 50, story_id)
    ack = other_page.join(story_id)
    assert (ack["story"]["status"], ack["sequence"]) == ("processing", 4)
    seen = other_page.to_the_end(story_id)
    check_seen(seen)
    assert seen == page.to_the_end(story_id)


def test_a_story_that_nobody_knows_cannot_be_watched(page: SocketClient) -> None:
    ack = page.join("0" * 26)
    assert ack["ok"] is False
    assert (ack["error"]["code"], type(ack["error"]["message"])) == ("story_not_found", str)


def test_a_story_outlives_the_stack_and_the_page_finds_its_way_back(page: SocketClient, stack: Stack) -> None:
    seen = page.story(TEXT, "The Old One")
    check_kept(stack, seen)
    stack.restart()
    check_kept(stack, seen)

    page.until(lambda happening: "connected" in happening)
    check_seen(page.story(TEXT, "The New One"))
