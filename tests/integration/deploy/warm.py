"""`storywire` in processes that are copies of one which has imported everything: they need not wait for it each time."""

import asyncio
import multiprocessing
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from pkgutil import iter_modules

from deploy import commands
from deploy.cli import main
from services.store import replay

_COPIES = multiprocessing.get_context("forkserver")
_COPIES.set_forkserver_preload(
    ["deploy.command_line"]
    + [f"{package.__name__}.{each.name}" for package in (commands, replay) for each in iter_modules(package.__path__)]
)


@asynccontextmanager
async def copy(
    environment: Mapping[str, str], arguments: tuple[str, ...], folder: Path, out: Path, error: Path
) -> AsyncIterator[BaseProcess]:
    """Run it in `folder` with nothing on stdin, and stdout and stderr in files; it is killed when the body has ended."""
    child = _COPIES.Process(target=_storywire, args=(dict(environment), arguments, folder, out, error))
    child.start()
    try:
        yield child
    finally:
        child.kill()
        child.join()


async def end_of(child: BaseProcess) -> int:
    """Its exit code. Nothing is left to a thread: two that look after the same child would take that from each other."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(child.sentinel, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(child.sentinel)
    child.join()
    assert child.exitcode is not None
    return child.exitcode


def _storywire(environment: dict[str, str], arguments: tuple[str, ...], folder: Path, out: Path, error: Path) -> None:
    for number, path in ((1, out), (2, error)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["storywire", *arguments]
    main()
