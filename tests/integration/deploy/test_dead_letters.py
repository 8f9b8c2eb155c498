"""`storywire dead-letters` as a person runs it, on a real NATS."""

import json
import os
import pty
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import nats
import pytest
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.dead_letters import DeadLetter
from contracts.permissions import OPERATOR
from contracts.streams import DEAD_LETTERS
from contracts.subjects import dead_subject, inbox_of, requeue_subject, write_subject
from deploy.local.data_folder import DataFolder, RunFile
from deploy.local.ports import free_port
from deploy.local.secrets import keep
from services.common import topology
from services.common.clock import new_id
from services.common.requeue import StillDead, requeueing
from tests import controls
from tests.integration.deploy.storywire import Said, started, storywire
from tests.letters import letters
from tests.servers import Server

LOGGER = structlog.stdlib.get_logger("tests")
BODY = b'{"a":\n\xff\x00\x1b[31m}'
SUBJECT = f"story.{controls.STORY}.requested"


@pytest.fixture
async def client(own_nats: Server) -> AsyncIterator[Client]:
    client = await nats.connect(own_nats.url, inbox_prefix=inbox_of(OPERATOR))
    await topology.declare(client.jetstream(timeout=5), new_id)
    yield client
    await client.close()


async def put(client: Client, position: int = 7, cause: str = "not JSON", subject: str = SUBJECT) -> int:
    letter = DeadLetter(
        "store", "undecodable", cause, subject, "first", position, 1, "2026-01-31T09:30:00.250Z", {"a": "b"}, BODY
    )
    target = write_subject(dead_subject("store", "first", position))
    ack = await client.jetstream().publish(target, letter.body, stream=DEAD_LETTERS.name, headers=letter.as_headers())
    return ack.seq


async def run(url: str, *arguments: object, **more: str) -> Said:
    return await storywire({"NATS_URL": url, **more}, "dead-letters", *arguments)


async def test_the_list_is_one_object_a_line_for_a_program(client: Client, own_nats: Server) -> None:
    assert await run(own_nats.url_of(OPERATOR), "list", "--json") == (0, "", "")
    numbers = [await put(client, position) for position in (7, 8)]
    ended = await run(own_nats.url_of(OPERATOR), "list", "--json")
    listed = ended.objects
    assert ended.code == 0
    assert [letter["id"] for letter in listed] == numbers
    assert [letter["position"] for letter in listed] == [7, 8]
    assert listed[0]["bytes"] == len(BODY)
    assert listed[0]["headers"] == {"a": "b"}


async def test_the_list_is_a_table_for_a_person(client: Client, own_nats: Server) -> None:
    await put(client)
    ours, terminal = pty.openpty()
    try:
        wide = {"NATS_URL": own_nats.url_of(OPERATOR), "COLUMNS": "200", "TERM": "xterm"}
        async with started(wide, "dead-letters", "list", stdout=terminal) as child:
            assert await child.wait() == 0
        shown = os.read(ours, 100_000).decode()
    finally:
        os.close(ours)
        os.close(terminal)
    assert all(words in shown for words in ("handler", "undecodable", "not JSON", SUBJECT))


async def test_a_letter_is_shown_without_what_would_steer_the_terminal(client: Client, own_nats: Server) -> None:
    number = await put(client)
    code, out, _ = await run(own_nats.url_of(OPERATOR), "show", number)
    assert code == 0
    assert "cause: not JSON\n" in out
    assert '\n\na: b\n\n{"a":\n\\xff\\x00\\x1b[31m}\n' in out
    assert (await run(own_nats.url_of(OPERATOR), "show", number, "--raw"))[:2] == (
        0,
        BODY.decode(errors="surrogateescape"),
    )


async def test_a_dry_run_changes_nothing(client: Client, own_nats: Server) -> None:
    number = await put(client)
    before = await letters(client)

    async def again(_: DeadLetter) -> None:
        raise AssertionError

    async with requeueing(client, "store", again, LOGGER):
        code, out, _ = await run(own_nats.url_of(OPERATOR), "requeue", "--all", "--dry-run")
        assert (code, out) == (0, f"{number} store {SUBJECT}: would be requeued\n")
        code, out, _ = await run(own_nats.url_of(OPERATOR), "discard", number, "--dry-run")
        assert (code, out) == (0, f"{number} store {SUBJECT}: would be discarded\n")
    assert await letters(client) == before


async def test_requeueing_tells_of_each_letter_and_fails_when_one_stays(client: Client, own_nats: Server) -> None:
    first, second = [await put(client, position) for position in (7, 8)]

    async def again(letter: DeadLetter) -> None:
        if letter.position == 7:
            raise StillDead("no better")

    async with requeueing(client, "store", again, LOGGER):
        code, out, error = await run(own_nats.url_of(OPERATOR), "requeue", "--all")
        assert (code, error) == (1, "storywire: 1 stays a dead letter\n")
        assert out.splitlines() == [
            f"{first} store {SUBJECT}: stays: no better",
            f"{second} store {SUBJECT}: handled",
        ]
        assert list(await letters(client)) == [first]

        code, _, error = await run(own_nats.url_of(OPERATOR), "requeue", second)
        assert (code, error) == (1, f"storywire: there is no dead letter {second}\n")


async def test_a_handler_that_does_not_run_is_told_and_the_letter_stays(client: Client, own_nats: Server) -> None:
    number = await put(client)
    code, out, _ = await run(own_nats.url_of(OPERATOR), "requeue", number)
    assert (code, out) == (1, f"{number} store {SUBJECT}: stays: no store runs\n")
    assert list(await letters(client)) == [number]


async def test_nothing_is_discarded_without_a_yes(client: Client, own_nats: Server) -> None:
    first, second, third = [await put(client, position) for position in (7, 8, 9)]
    assert (await run(own_nats.url_of(OPERATOR), "discard", first))[0] == 1
    assert list(await letters(client)) == [first, second, third]

    code, out, _ = await run(own_nats.url_of(OPERATOR), "discard", first, second, "--yes")
    assert (code, out.splitlines()[1]) == (0, f"{second} store {SUBJECT}: discarded")
    assert list(await letters(client)) == [third]
    assert (await run(own_nats.url_of(OPERATOR), "discard", first, "--yes"))[0] == 1
    assert (await run(own_nats.url_of(OPERATOR), "discard", "--all", "--yes"))[0] == 0
    assert await letters(client) == {}


@pytest.mark.parametrize("command", ["requeue", "discard"])
async def test_which_letters_has_to_be_said(own_nats: Server, command: str) -> None:
    for which in ([], ["1", "--all"]):
        code, _, error = await run(own_nats.url_of(OPERATOR), command, *which)
        assert code == 2
        assert "--all" in error


async def test_the_nats_of_a_running_stack_is_found(client: Client, own_nats: Server, tmp_path: Path) -> None:
    await put(client)
    server = urlsplit(own_nats.url_of(OPERATOR))
    RunFile(DataFolder(tmp_path)).record("nats", 7, server.port)
    (tmp_path / "nats").mkdir()
    keep(tmp_path / "nats" / "passwords.json", json.dumps({OPERATOR: server.password}))
    code, out, _ = await run("", "list", "--json", STORYWIRE_DATA=str(tmp_path))
    assert (code, len(out.splitlines())) == (0, 1)


async def test_what_is_not_there_is_told_with_what_mends_it(own_nats: Server, tmp_path: Path) -> None:
    code, _, error = await run("", "list", STORYWIRE_DATA=str(tmp_path))
    assert code == 1
    assert all(words in error for words in ("storywire up", "NATS_URL"))
    code, _, error = await run(f"nats://127.0.0.1:{free_port()}", "list")
    assert code == 1
    assert "NATS_URL" in error
    code, _, error = await run(own_nats.url_of(OPERATOR), "list")
    assert (code, "a store makes it" in error) == (1, True)


async def test_a_letter_that_is_named_twice_is_requeued_once(client: Client, own_nats: Server) -> None:
    number = await put(client)

    async def again(_: DeadLetter) -> None:
        return

    async with requeueing(client, "store", again, LOGGER):
        code, out, _ = await run(own_nats.url_of(OPERATOR), "requeue", number, number)
    assert (code, out) == (0, f"{number} store {SUBJECT}: handled\n")


async def test_all_that_stay_are_counted_and_whatever_a_handler_answers_they_stay(
    client: Client, own_nats: Server
) -> None:
    numbers = [await put(client, position) for position in (7, 8)]

    async def mumble(message: Msg) -> None:
        await message.respond(b"what?")

    await client.subscribe(requeue_subject("store"), cb=mumble)
    await client.flush()
    code, out, error = await run(own_nats.url_of(OPERATOR), "requeue", "--all")
    assert (code, error) == (1, "storywire: 2 stay dead letters\n")
    assert all("stays: the store did not answer" in line for line in out.splitlines())
    assert list(await letters(client)) == numbers


async def test_a_question_is_asked_beside_the_output_and_no_means_no(client: Client, own_nats: Server) -> None:
    assert await run(own_nats.url_of(OPERATOR), "discard", "--all") == (0, "", ""), "there is nothing to ask about"
    number = await put(client)
    async with asking(own_nats, "discard", number) as child:
        out, _ = await child.communicate(b"n\n")
        assert (child.returncode, out.decode().strip()) == (1, "")
    assert list(await letters(client)) == [number]


async def test_what_somebody_else_has_discarded_meanwhile_is_discarded(client: Client, own_nats: Server) -> None:
    number = await put(client)
    async with asking(own_nats, "discard", number) as child:
        await client.jetstream().delete_msg(DEAD_LETTERS.name, number)
        out, _ = await child.communicate(b"y\n")
        assert (child.returncode, out.decode().strip()) == (0, f"{number} store {SUBJECT}: discarded")


@asynccontextmanager
async def asking(server: Server, *arguments: object) -> AsyncIterator[Process]:
    """A command that has asked for a yes, and waits."""
    environment = {"NATS_URL": server.url_of(OPERATOR)}
    async with started(environment, "dead-letters", *arguments, stdin=PIPE) as child:
        assert child.stderr is not None
        assert b"Throw away" in await child.stderr.readuntil(b"[y/N]:")
        yield child


async def test_a_row_is_one_line_in_a_pipe_and_steers_no_terminal(client: Client, own_nats: Server) -> None:
    number = await put(client, cause="\x1b[2J" + "so " * 60 + "it ends", subject="story.\x1b[2J")
    _, listed, _ = await run(own_nats.url_of(OPERATOR), "list")
    _, told, _ = await run(own_nats.url_of(OPERATOR), "discard", number, "--dry-run")
    assert "\x1b" not in listed + told
    (row,) = [line for line in listed.splitlines() if "undecodable" in line]
    assert row.rstrip().endswith("so it ends")
    assert told == f"{number} store story.\\x1b[2J: would be discarded\n"


async def test_a_message_that_is_no_dead_letter_is_named(client: Client, own_nats: Server) -> None:
    target = write_subject(dead_subject("store", "first", 7))
    ack = await client.jetstream().publish(target, b"what?", stream=DEAD_LETTERS.name)
    code, out, error = await run(own_nats.url_of(OPERATOR), "list")
    assert (code, out, error.count("\n")) == (1, "", 1)
    assert f"message {ack.seq} in stream {DEAD_LETTERS.name} is no dead letter" in error
