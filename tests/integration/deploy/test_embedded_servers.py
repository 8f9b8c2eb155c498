"""The embedded servers keep what they acknowledged, through every way of ending, on whatever port they come back."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nats
import psutil
import pytest
from pymongo import MongoClient
from pymongo.write_concern import WriteConcern

from deploy.local.mongo import MongoServer
from deploy.local.ports import free_port
from deploy.local.program import NotReadyError
from tests.servers import MONGO_TESTER, TESTS, Server, nats_server


async def test_a_jetstream_message_survives_kill_9(own_nats: Server) -> None:
    writer = await nats.connect(own_nats.url)
    await writer.jetstream().add_stream(name="KEPT", subjects=["kept"])
    await writer.jetstream().publish("kept", b"words", timeout=5)
    await writer.close()
    own_nats.kill()
    own_nats.start()
    reader = await nats.connect(own_nats.url)
    stored = await reader.jetstream().get_msg("KEPT", 1)
    await reader.close()
    assert stored.data == b"words"


def test_a_folder_may_be_named_in_any_way(tmp_path: Path) -> None:
    server = nats_server(tmp_path / 'Données "deux" $x #3')
    server.program.log.parent.mkdir(parents=True, exist_ok=True)
    server.start()
    server.stop()


def _documents(url: str) -> MongoClient[dict[str, Any]]:
    return MongoClient(url, serverSelectionTimeoutMS=10_000)


def _insert(url: str) -> None:
    with _documents(url) as client:
        client.kept.get_collection("stories", write_concern=WriteConcern("majority", j=True)).insert_one({})


def _count(url: str) -> int:
    with _documents(url) as client:
        return client.kept.stories.count_documents({})


def test_a_majority_write_survives_kill_9(own_mongo: Server) -> None:
    _insert(own_mongo.url)
    own_mongo.kill()
    own_mongo.start()
    assert _count(own_mongo.url) == 1


def test_mongod_can_come_back_on_another_port(own_mongo: Server, tmp_path: Path) -> None:
    _insert(own_mongo.url)
    own_mongo.stop()
    moved = MongoServer(_folder(own_mongo), free_port(), others=MONGO_TESTER)
    again = Server(moved.program(tmp_path / "mongo.log"), moved.url(TESTS)).start()
    try:
        assert again.program.port != own_mongo.program.port
        _insert(again.url)
        assert _count(again.url) == 2
    finally:
        again.stop()


_CHECK = """
import sys
from pathlib import Path
from deploy.local.mongo import MongoServer
from tests.servers import MONGO_TESTER
MongoServer(Path(sys.argv[1]), int(sys.argv[2]), others=MONGO_TESTER).check()
print("pymongo" in sys.modules)
"""


def _folder(mongo: Server) -> Path:
    return Path(mongo.program.command[mongo.program.command.index("--dbpath") + 1])


def test_a_mongod_where_nothing_is_to_be_settled_is_looked_at_without_its_driver(own_mongo: Server) -> None:
    folder, command = _folder(own_mongo), [sys.executable, "-c", _CHECK]
    asked = [*command, str(folder), str(own_mongo.program.port)]
    assert subprocess.check_output(asked, text=True) == "False\n"
    (folder / "settled").write_text("by other code, for other users")
    assert subprocess.check_output(asked, text=True) == "True\n"
    assert subprocess.check_output(asked, text=True) == "False\n"


def test_a_mongod_whose_files_were_taken_away_is_set_up_anew(own_mongo: Server) -> None:
    folder = _folder(own_mongo)
    own_mongo.stop()
    for path in folder.iterdir():
        if path.name not in ("keyfile", "passwords.json", "settled"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    own_mongo.start()
    _insert(own_mongo.url)
    assert _count(own_mongo.url) == 1


def test_a_frozen_server_is_not_ready_and_comes_back(own_nats: Server) -> None:
    own_nats.pause()
    with pytest.raises(NotReadyError):
        own_nats.program.check()
    own_nats.resume()
    own_nats.wait_until_ready()


_STARTER = """
import subprocess, sys
from pathlib import Path
from deploy.local.program import Program
command = ("/bin/sh", "-c", "echo $$; exec sleep 600")
subprocess.Popen(Program("sleeper", command, Path("log"), check=print).leashed(), start_new_session=True)
sys.stdin.read()
"""


def test_a_server_dies_with_the_process_that_started_it() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _STARTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    psutil.wait_procs([child], timeout=5)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
