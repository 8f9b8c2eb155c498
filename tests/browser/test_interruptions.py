"""What comes between a reader and their story: the text is whole all the same, and nobody has to do anything."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Come
from tests.browser.reader import PATIENCE, Reader
from tests.browser.whole import check_whole
from tests.e2e.finished import kept
from tests.e2e.stack import Stack

_CAUGHT_UP = re.compile(r"Caught up \d+ events?|Live")


def test_a_refresh_in_the_middle(reader: Reader, stack: Stack) -> None:
    reader.begin("The Refreshed One")
    reader.page.reload()
    expect(reader.heading).to_have_text("The Refreshed One")
    reader.until_shown()
    check_whole(stack, reader)


def test_a_refresh_in_the_middle_of_reading(come: Come, stack: Stack) -> None:
    reader = come(viewport={"width": 360, "height": 400})
    reader.open().hand_in("The Long One")
    check_whole(stack, reader)
    reader.page.evaluate("scrollTo({ top: 150, behavior: 'instant' })")
    reader.page.wait_for_function("() => JSON.parse(localStorage.getItem('storywire.place'))?.top === 150")
    reader.page.reload()
    reader.page.wait_for_function("() => scrollY === 150")


def test_a_deep_link_in_the_middle_and_long_after(reader: Reader, come: Come, stack: Stack) -> None:
    reader.begin("The Linked One")
    reader.follow("its own page")
    reader.page.wait_for_url("**/stories/*")
    path = f"/stories/{reader.story_id}"
    reader.page.reload()
    reader.until_shown()
    check_whole(stack, reader)
    reader.open(path)
    check_whole(stack, reader)


def test_no_network_in_the_middle(reader: Reader, stack: Stack) -> None:
    reader.begin("The Offline One")
    reader.page.context.set_offline(offline=True)
    reader.wait_for("Offline")
    expect(reader.alert).to_contain_text("You are offline.")
    shown = reader.texts[-1]
    reader.page.context.set_offline(offline=False)
    expect(reader.connection).to_have_text(_CAUGHT_UP, timeout=PATIENCE)
    check_whole(stack, reader)
    assert shown in reader.texts


def test_no_network_until_the_story_is_finished(reader: Reader, stack: Stack) -> None:
    reader.begin("The Missed One")
    reader.page.context.set_offline(offline=True)
    reader.wait_for("Offline")
    story_id = reader.awaited
    stack.wait(lambda: kept(stack, story_id)[1].get("status") == "complete", "the story was not finished")
    reader.page.context.set_offline(offline=False)
    reader.wait_for("Caught up 2 events")
    check_whole(stack, reader)


def test_a_token_that_counts_no_more(reader: Reader, stack: Stack) -> None:
    old = '{"token": "old", "user": "old", "expiresAt": "2099-01-01T00:00:00.000Z"}'
    reader.open().page.evaluate("old => localStorage.setItem('storywire.guest', old)", old)
    reader.page.reload()
    reader.wait_for("Live")
    reader.hand_in("The Stranger's")
    check_whole(stack, reader)


def test_a_gateway_that_is_killed_in_the_middle(reader: Reader, stack: Stack) -> None:
    reader.begin("The Bridge")
    killed = stack.kill_service("gateway")
    expect(reader.connection).to_have_text("Reconnecting", timeout=PATIENCE)
    expect(reader.connection).to_have_text(_CAUGHT_UP, timeout=PATIENCE)
    check_whole(stack, reader)
    stack.wait_until_restarted("gateway", killed)


def test_a_generator_that_is_killed_in_the_middle(reader: Reader, stack: Stack) -> None:
    reader.begin("The Second Try")
    killed = stack.kill_service("generator")
    stack.wait_until_restarted("generator", killed)
    reader.until_finished()
    expect(reader.page.get_by_role("list", name="About this story")).to_contain_text("attempt 2")
    check_whole(stack, reader, anew=True)
