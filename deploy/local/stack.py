"""`storywire up`: the whole stack on this machine, from settings to a good end."""

import asyncio
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from deploy.local.data_folder import DataFolder, RunFile
from deploy.local.external import check_mongodb, check_nats
from deploy.local.keeper import Say
from deploy.local.mongo import MongoServer
from deploy.local.nats import NatsServer
from deploy.local.ports import is_taken
from deploy.local.program import Program, SetupError
from deploy.local.services import service_programs
from deploy.local.supervisor import Supervisor


@dataclass(frozen=True)
class Settings:
    """What the environment says about the local stack; an empty variable counts as unset."""

    data: DataFolder
    gateway_port: int
    nats_url: str | None
    mongodb_url: str | None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Read STORYWIRE_DATA, GATEWAY_PORT, NATS_URL and MONGODB_URL. SetupError on what cannot be."""
        port = environment.get("GATEWAY_PORT") or "3001"
        if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65_535):
            raise SetupError(f"GATEWAY_PORT is {port!r}: it must be a number from 1 to 65535")
        return cls(
            data=DataFolder(Path(environment.get("STORYWIRE_DATA") or ".storywire").expanduser()),
            gateway_port=int(port),
            nats_url=environment.get("NATS_URL") or None,
            mongodb_url=environment.get("MONGODB_URL") or None,
        )


async def run(environment: Mapping[str, str], say: Say) -> None:
    """Run the stack until SIGINT, SIGTERM or SIGHUP. SetupError when it cannot run; nothing is left running either way."""
    stop = asyncio.Event()
    for signal_ in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(signal_, stop.set)
    settings = Settings.of(environment)
    with settings.data.locked():
        _check_gateway_port(settings.gateway_port)
        running = RunFile(settings.data)
        running.remove()  # one may be left of a run that was killed
        try:
            stages = await _stages(settings, environment)
            address = f"Storywire is ready at http://localhost:{settings.gateway_port}"
            await Supervisor(stages, running.record, say).run(stop, lambda: say(address))
        finally:
            running.remove()
    say("Storywire has ended")


def _check_gateway_port(port: int) -> None:
    mend = "set GATEWAY_PORT to a free one"
    try:
        taken = is_taken(port)
    except PermissionError as error:
        raise SetupError(f"this user may not listen on port {port}: {mend}") from error
    if taken:
        raise SetupError(f"port {port} is taken by another program: {mend}")


async def _stages(settings: Settings, environment: Mapping[str, str]) -> list[list[Program]]:
    """Databases first, services after: nothing here is started yet, but whatever can be known to be wrong is refused."""
    data, databases = settings.data, list[Program]()
    nats_url, mongodb_url = settings.nats_url, settings.mongodb_url
    if nats_url is None:
        nats = NatsServer(data.path / "nats")
        nats_url = nats.url
        environment = {**environment, "NATS_MONITOR_URL": nats.monitor_url}
        databases.append(nats.program(data.log("nats")))
    else:
        await check_nats(nats_url)
    if mongodb_url is None:
        mongo = MongoServer(data.path / "mongo")
        mongodb_url = mongo.url
        databases.append(mongo.program(data.log("mongo")))
    else:
        await asyncio.to_thread(check_mongodb, mongodb_url)
    return [databases, service_programs(environment, data, settings.gateway_port, nats_url, mongodb_url)]
