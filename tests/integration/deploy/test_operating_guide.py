"""What docs/operating.md has one write and run brings up the services, each under its own users, on servers of one's own."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from contracts.permissions import USERS
from deploy import mongo_roles
from deploy.local.nats import find_nats_server
from deploy.local.ports import free_port
from deploy.local.program import NotReadyError
from deploy.local.services import check_readyz
from services.generator.models.script import Script
from tests.servers import Server

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "operating.md").read_text()
BIN = Path(sys.executable).parent


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    return str(found)


@contextmanager
def started(command: list[str], folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A program, and whatever it starts, while the body runs."""
    with (folder / "log").open("ab") as log:
        child = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        yield child
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def without_users(url: str) -> None:
    """Make a MongoDB what it is before anybody has made Storywire's users."""
    with MongoClient[dict[str, Any]](url) as client:
        for user in mongo_roles.USERS:
            client.admin.command("dropUser", user)
            client.admin.command("dropRole", user)


def until_ready(port: int, folder: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            return check_readyz(port)
        except NotReadyError as reason:
            if time.monotonic() > deadline:
                raise AssertionError((folder / "log").read_text()) from reason
        time.sleep(0.1)


def test_the_services_run_apart_as_the_guide_says(own_mongo: Server, tmp_path: Path) -> None:
    ports = {"4222": str(free_port()), "8222": str(free_port()), "27017": own_mongo.url.split(":")[-1].split("/")[0]}
    passwords = {f"NATS_PASSWORD_{user.upper()}": f"secret-of-{user}" for user in USERS}
    passwords |= {f"MONGODB_PASSWORD_{user.upper()}": f"secret-of-{user}" for user in mongo_roles.USERS}
    settings = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path), "STORYWIRE_MODEL": "scripted"}
    settings |= {"GATEWAY_PORT": str(free_port()), "WEB_PORT": str(free_port())}
    environment = {**settings, **passwords, "MONGODB_ADMIN_URL": own_mongo.url}

    def here(text: str) -> str:
        return re.sub(r"(?<=127\.0\.0\.1:)\d+", lambda port: ports[port[0]], text)

    users = subprocess.run([BIN / "storywire", "nats-users"], capture_output=True, text=True, check=True).stdout
    (tmp_path / "users.conf").write_text(users)
    (tmp_path / "nats.conf").write_text(f"port: {ports['4222']}\n" + here(block("conf")))
    (tmp_path / "gateway.key").write_text("0123456789abcdef" * 4)
    without_users(own_mongo.url)
    subprocess.run([sys.executable, "-c", block("python")], cwd=ROOT, env=environment, check=True)
    nats = [str(find_nats_server()), "-c", "nats.conf"]
    with started(nats, tmp_path, environment), started(["sh", "-c", here(block("sh")) + "wait"], tmp_path, environment):
        until_ready(int(settings["GATEWAY_PORT"]), tmp_path)
    log = (tmp_path / "log").read_text()
    assert "could not be checked" not in log
    assert "refuse" not in log


def test_the_script_is_one() -> None:
    script = Script.model_validate_json(block("json"))
    assert script.fail is not None
    assert script.stall is not None
