"""The table of permissions against a real server: every user on every subject that any of them may use, and on some that
none may, to publish and to subscribe."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import nats
import pytest
from nats.aio.client import Client

from contracts.permissions import OPERATOR, READER, USERS, Permissions
from contracts.streams import DEAD_LETTERS, LIVE, REVOCATIONS, STORIES
from tests.controls import STORY
from tests.servers import Server

NOBODYS = (
    f"story.{STORY}.requested",
    f"story.{STORY}.processing.complete",
    f"live.story.{STORY}.processing.delta",
    "dead.store.epoch.1",
    "revoked.user.digest",
    f"write.story.{STORY}.invented",
    "anything.else",
    "$JS.API.STREAM.LIST",
    *(f"$JS.API.STREAM.DELETE.{stream.name}" for stream in (STORIES, LIVE, DEAD_LETTERS)),
    f"$JS.API.STREAM.PURGE.{REVOCATIONS.name}",
    f"$JS.API.STREAM.MSG.DELETE.{STORIES.name}",
    f"$JS.API.CONSUMER.DELETE.{STORIES.name}.store",
    f"$JS.API.CONSUMER.PAUSE.{STORIES.name}.store",
    f"$JS.API.CONSUMER.CREATE.{STORIES.name}.generator.story.x",
    "$SYS.REQ.SERVER.PING",
)
LAST = "nobodys.last"
HEARD_BY_NOBODY = (">", "*.>", "write.>", f"write.story.{STORY}.requested", "_INBOX.>", "$JS.>", "$SYS.>")


def sample(pattern: str) -> str:
    """A subject that the pattern means."""
    return re.sub(r"(?<=\.)>$", "a.b", pattern).replace("*", STORY)


def means(pattern: str, subject: str) -> bool:
    """Whether a pattern of NATS means a subject, or all that another pattern means."""
    words = (r"[^.>]+" if word == "*" else ".+" if word == ">" else re.escape(word) for word in pattern.split("."))
    return re.fullmatch(r"\.".join(words), subject) is not None


def may(allowed: Iterable[str], never: Iterable[str], subject: str) -> bool:
    return any(means(pattern, subject) for pattern in allowed) and not any(means(no, subject) for no in never)


PUBLISHED = sorted({sample(pattern) for user in USERS.values() for pattern in user.publish} | {*NOBODYS})
SUBSCRIBED = sorted({pattern for user in USERS.values() for pattern in user.subscribe} | {*HEARD_BY_NOBODY})


class Cells:
    """What a server answered to one user."""

    def __init__(self) -> None:
        self.refused: dict[str, set[str]] = {"publish": set(), "subscription": set()}
        self.others: list[str] = []

    async def hear(self, error: Exception) -> None:
        said = re.search(r'permissions violation for (publish|subscription) to "(.*?)"', str(error))
        if said is None:
            self.others.append(repr(error))
        else:
            self.refused[said[1]].add(said[2])

    async def all_told(self, client: Client) -> None:
        """Wait for the refusal of one more subject: those of all before it have come then."""
        await client.publish(LAST, b"")
        async with asyncio.timeout(20):
            while LAST not in self.refused["publish"]:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def connected(server: Server, user: str) -> AsyncIterator[tuple[Client, Cells]]:
    cells = Cells()
    client = await nats.connect(server.url_of(user), error_cb=cells.hear, inbox_prefix=f"_INBOX.{user}")
    yield client, cells
    await client.close()
    assert cells.others == []


def difference(user: Permissions, refused: Mapping[str, set[str]]) -> list[str]:
    """The cells where the server does other than the table says. nats-py tells subjects in small letters."""
    wrong = [
        f"publish {subject}"
        for subject in PUBLISHED
        if may(user.publish, user.publish_never, subject) == (subject.lower() in refused["publish"])
    ]
    return wrong + [
        f"subscribe {subject}"
        for subject in SUBSCRIBED
        if may(user.subscribe, (), subject) == (subject.lower() in refused["subscription"])
    ]


@pytest.mark.parametrize("user", USERS)
async def test_the_server_allows_what_the_table_says_and_nothing_else(user: str, own_nats: Server) -> None:
    async with connected(own_nats, user) as (client, cells):
        for subject in PUBLISHED:
            await client.publish(subject, b"{}")
        for subject in SUBSCRIBED:
            await client.subscribe(subject)
        await cells.all_told(client)
    assert difference(USERS[user], cells.refused) == []


def test_the_table_has_cells_of_both_kinds_for_every_user() -> None:
    for user in USERS.values():
        allowed = [subject for subject in PUBLISHED if may(user.publish, user.publish_never, subject)]
        assert allowed
        assert len(allowed) < len(PUBLISHED) - len(NOBODYS) + 1
    assert not [
        subject for subject in NOBODYS for user in USERS.values() if may(user.publish, user.publish_never, subject)
    ]
    assert not [pattern for pattern in HEARD_BY_NOBODY for user in USERS.values() if may(user.subscribe, (), pattern)]


@pytest.mark.parametrize("user", [*USERS, None])
async def test_nobody_gets_in_without_the_right_password(user: str | None, own_nats: Server) -> None:
    login = {} if user is None else {"user": user, "pass": "guessed"}
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(own_nats.url).port)
    assert (await reader.readline()).startswith(b"INFO ")
    writer.write(f"CONNECT {json.dumps(login)}\r\nPING\r\n".encode())
    assert await reader.readline() == b"-ERR 'Authorization Violation'\r\n"
    writer.close()
    await writer.wait_closed()


async def test_a_reader_takes_nothing_from_the_services_own_consumers(own_nats: Server) -> None:
    async with connected(own_nats, READER) as (client, cells):
        for subject in (
            f"$JS.API.CONSUMER.MSG.NEXT.{STORIES.name}.store",
            f"$JS.API.CONSUMER.DURABLE.CREATE.{STORIES.name}.generator",
            f"$JS.API.CONSUMER.DELETE.{STORIES.name}.generator",
            f"$JS.ACK.{STORIES.name}.store.1.1.1.1.1",
        ):
            await client.publish(subject, b"{}")
        await cells.all_told(client)
    assert len(cells.refused["publish"] - {LAST}) == 4


async def test_the_operator_writes_no_events(own_nats: Server) -> None:
    async with connected(own_nats, OPERATOR) as (client, cells):
        await client.publish(f"write.story.{STORY}.requested", b"{}")
        await cells.all_told(client)
    assert cells.refused["publish"] == {f"write.story.{STORY}.requested", LAST}
