"""`storywire up`: the whole stack on this machine, from settings to a good end."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from deploy.local.data_folder import DataFolder, RunFile
from deploy.local.keeper import Say
from deploy.local.mongo import MongoServer
from deploy.local.nats import NatsServer
from deploy.local.ports import is_taken, same_port
from deploy.local.program import Program, SetupError
from deploy.local.services import service_programs, web_program
from deploy.local.supervisor import Supervisor
from deploy.local.web_build import build

OFF = "off"


@dataclass(frozen=True)
class Settings:
    """What the environment says about the local stack; an empty variable counts as unset."""

    data: DataFolder
    gateway_port: int
    web_port: int | None
    nats_url: str | None
    mongodb_url: str | None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Read STORYWIRE_DATA, GATEWAY_PORT, WEB_PORT, NATS_URL and MONGODB_URL. SetupError on what cannot be."""
        web_port = environment.get("WEB_PORT") or "3000"
        return cls(
            data=DataFolder(Path(environment.get("STORYWIRE_DATA") or ".storywire").expanduser()),
            gateway_port=_port("GATEWAY_PORT", environment.get("GATEWAY_PORT") or "3001"),
            web_port=None if web_port == OFF else _port("WEB_PORT", web_port, f", or {OFF} to run without the page"),
            nats_url=environment.get("NATS_URL") or None,
            mongodb_url=environment.get("MONGODB_URL") or None,
        )

    @property
    def address(self) -> str:
        """Where people go."""
        gateway = f"http://localhost:{self.gateway_port}"
        return gateway if self.web_port is None else f"http://localhost:{self.web_port} (its gateway: {gateway})"


def _port(setting: str, value: str, otherwise: str = "") -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65_535):
        raise SetupError(f"{setting} is {value!r}: it must be a number from 1 to 65535{otherwise}")
    return int(value)


async def run(environment: Mapping[str, str], say: Say) -> None:
    """Run the stack until SIGINT, SIGTERM or SIGHUP. SetupError when it cannot run; nothing is left running either way."""
    stop = asyncio.Event()
    for signal_ in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(signal_, stop.set)
    settings = Settings.of(environment)
    with settings.data.locked():
        _check_port("GATEWAY_PORT", settings.gateway_port)
        if settings.web_port is not None:
            _check_port("WEB_PORT", settings.web_port, f", or to {OFF}")
            if not await _done(build(say), stop):
                return
        running = RunFile(settings.data)
        running.remove()  # one may be left of a run that was killed
        try:
            programs = await _programs(settings, environment)
            ready = f"Storywire is ready at {settings.address}"
            await Supervisor(programs, running.record, say).run(stop, lambda: say(ready))
        finally:
            running.remove()
    say("Storywire has ended")


async def _done(work: Coroutine[None, None, object], stop: asyncio.Event) -> bool:
    """Do the work, unless `stop` comes first; tell whether it was done. Raises what it raises."""
    working, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if stop.is_set():
        working.cancel()
        await asyncio.wait({working})
        return False
    await working
    return True


def _check_port(setting: str, port: int, otherwise: str = "") -> None:
    mend = f"set {setting} to a free one{otherwise}"
    try:
        taken = is_taken(port)
    except PermissionError as error:
        raise SetupError(f"this user may not listen on port {port}: {mend}") from error
    if taken:
        raise SetupError(f"port {port} is taken by another program: {mend}")


def _same_for_all(url: str | None) -> Callable[[str], str]:
    """A server of the user's own, whoever asks for it."""
    return lambda _: url or ""


async def _programs(settings: Settings, environment: Mapping[str, str]) -> list[Program]:
    """Databases, services, the page: nothing here is started yet, but whatever can be known to be wrong is refused."""
    data, databases = settings.data, list[Program]()
    store_after: tuple[str, ...] = ("nats",)
    nats_url, mongodb_url = _same_for_all(settings.nats_url), _same_for_all(settings.mongodb_url)
    if settings.nats_url is None:
        nats = NatsServer(data.path / "nats")
        nats_url = nats.url
        environment = {**environment, "NATS_MONITOR_URL": nats.monitor_url}
        databases.append(nats.program(data.log("nats")))
    else:
        from deploy.local.external import check_nats  # noqa: PLC0415 - nobody else waits for NATS' client

        await check_nats(settings.nats_url)
    if settings.mongodb_url is None:
        folder = data.path / "mongo"
        mongo = MongoServer(folder, same_port(folder / "port"), environment.get("STORYWIRE_DATABASE") or "storywire")
        mongodb_url = mongo.url
        databases.append(mongo.program(data.log("mongo")))
        if not mongo.is_settled:  # or the store would be turned away
            store_after = ("nats", "mongo")
    else:
        from deploy.local.external import check_mongodb  # noqa: PLC0415 - nor for MongoDB's

        await asyncio.to_thread(check_mongodb, settings.mongodb_url)
    programs = service_programs(
        _allowing_the_page(environment, settings),
        data,
        settings.gateway_port,
        nats_url,
        mongodb_url,
        store_after=store_after,
    )
    if settings.web_port is not None:
        programs.append(web_program(environment, data, settings.web_port, settings.gateway_port))
    return [*databases, *programs]


def _allowing_the_page(environment: Mapping[str, str], settings: Settings) -> Mapping[str, str]:
    """With CORS_ORIGINS, where nobody has set it, naming the page by both of its names."""
    if settings.web_port is None or environment.get("CORS_ORIGINS"):
        return environment
    origins = (f"http://{host}:{settings.web_port}" for host in ("localhost", "127.0.0.1"))
    return {**environment, "CORS_ORIGINS": ",".join(origins)}
