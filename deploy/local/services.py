"""The services as programs: how each is started and asked whether it is ready."""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from http.client import HTTPConnection, HTTPException

from deploy.local.data_folder import DataFolder
from deploy.local.ports import free_port
from deploy.local.program import NotReadyError, Program
from deploy.local.secrets import secret
from deploy.mongo_roles import ERASER, STORE

GRACE = 2.0
"""Seconds that a service has from SIGTERM to its end; with those of the databases they stay under ten."""

_PYTHON = {
    "PYTHONSAFEPATH": "1",  # folders of the user's that happen to be named like ours are not to be imported
    "PYTHONUNBUFFERED": "1",
    "PYDANTIC_DISABLE_PLUGINS": "__all__",  # it would look for some in everything that is installed
}


def service_programs(
    environment: Mapping[str, str],
    folder: DataFolder,
    gateway_port: int,
    nats_url: Callable[[str], str],
    mongodb_url: Callable[[str], str],
    *,
    store_after: tuple[str, ...] = ("nats", "mongo"),
) -> list[Program]:
    """Describe store, generator and gateway. Each gets the whole environment, and of addresses only its own:
    `nats_url` and `mongodb_url` tell each user's, and MongoDB's are for the store alone. `store_after`: what has to be ready
    before the store is started; a MongoDB that knows it already may come while it starts.

    The key that the gateway signs with is made here when there is none.
    """
    common = {**environment, **_PYTHON}
    for setting in ("MONGODB_URL", "MONGODB_ERASER_URL"):
        common.pop(setting, None)
    key = environment.get("GATEWAY_KEY_FILE") or str(secret(folder.path / "secrets" / "gateway.key").absolute())

    def told(service: str, **more: str) -> dict[str, str]:
        return {**common, "NATS_URL": nats_url(service), **more}

    return [
        _service(
            "store",
            told("store", MONGODB_URL=mongodb_url(STORE), MONGODB_ERASER_URL=mongodb_url(ERASER)),
            folder,
            "HEALTH_PORT",
            free_port(),
            after=store_after,
        ),
        _service("generator", told("generator"), folder, "HEALTH_PORT", free_port()),
        _service("gateway", told("gateway", GATEWAY_KEY_FILE=key), folder, "GATEWAY_PORT", gateway_port),
    ]


def web_program(environment: Mapping[str, str], folder: DataFolder, port: int, gateway_port: int) -> Program:
    """Describe the server of the page. It knows no other server, and its environment holds no address of one."""
    known = {name: value for name, value in environment.items() if name not in ("NATS_URL", "MONGODB_URL")}
    return _service(
        "web",
        {"GATEWAY_URL": f"http://localhost:{gateway_port}", **known, **_PYTHON},
        folder,
        "WEB_PORT",
        port,
        after=(),
    )


def _service(
    name: str,
    environment: Mapping[str, str],
    folder: DataFolder,
    port_setting: str,
    port: int,
    *,
    after: tuple[str, ...] = ("nats",),
) -> Program:
    return Program(
        name=name,
        command=(sys.executable, "-m", f"services.{name}"),
        log=folder.log(name),
        check=partial(check_readyz, port),
        environment={**environment, port_setting: str(port)},
        port=port,
        grace=GRACE,
        after=after,
    )


def check_readyz(port: int) -> None:
    """Return when `GET /readyz` on this port answers 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        words = answer.read(200).decode(errors="replace").strip()
    except (OSError, HTTPException) as error:
        raise NotReadyError(f"no answer on port {port} ({error})") from error
    finally:
        connection.close()
    if answer.status != 200:
        raise NotReadyError(words or f"/readyz answers {answer.status}")
