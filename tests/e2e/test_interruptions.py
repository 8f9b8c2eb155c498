"""Services that are killed under the hands of those who watch."""

import pytest

from tests.e2e.finished import check_kept, check_seen
from tests.e2e.stack import Stack
from tests.javascript.socket_client import SocketClient

TEXT = "The bridge fell down in the night, and in the morning it stood again.\n"


@pytest.mark.parametrize("name", ["generator", "store"])
def test_a_service_that_was_killed_comes_back_and_stories_go_on(name: str, page: SocketClient, stack: Stack) -> None:
    killed = stack.kill_service(name)
    story_id = page.submit(TEXT, "The Bridge")  # nobody is there for it yet
    page.join(story_id)
    seen = page.to_the_end(story_id)
    check_seen(seen)
    stack.wait_until_restarted(name, killed)
    assert stack.has_said(f"{name} was ended by SIGKILL")
    check_kept(stack, seen)


def test_a_page_sees_its_story_whole_though_the_gateway_is_killed_in_the_middle(
    page: SocketClient, stack: Stack
) -> None:
    story_id = page.submit(TEXT, "The Bridge")
    page.join(story_id)
    page.until_event(lambda seen: seen.data.get("progress") == 50, story_id)
    killed = stack.kill_service("gateway")
    page.until(lambda happening: "disconnected" in happening)
    seen = page.to_the_end(story_id)
    check_seen(seen)
    stack.wait_until_restarted("gateway", killed)
    check_kept(stack, seen)
