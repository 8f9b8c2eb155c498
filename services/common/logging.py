"""Logs: JSON lines for machines, colours on a terminal. None of them holds what a user wrote, or a secret."""

import logging
import sys
import traceback
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from services.common.complaint import sentence

if TYPE_CHECKING:  # the page's server has logs too, and no events
    from contracts.envelope import Envelope

Logger = structlog.stdlib.BoundLogger
_FRAMES = 12  # of a traceback, the innermost


def configure(service: str, level: str, stream: TextIO = sys.stderr) -> Logger:
    """Send this process's logs, and those of the libraries from WARNING up, to `stream`. Returns the service's logger."""
    renderer: Processor = structlog.dev.ConsoleRenderer() if stream.isatty() else structlog.processors.JSONRenderer()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        tell_errors,
        keep_to_one_line,
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[tell_asyncio, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    # Libraries print payloads at INFO, tokens included: they are heard from WARNING up, and in no way of their own.
    for known in logging.root.manager.loggerDict.values():
        if isinstance(known, logging.Logger):
            known.handlers, known.propagate = [], True
            known.setLevel(logging.NOTSET)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("storywire").setLevel(level.upper())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logger: Logger = structlog.get_logger("storywire").bind(service=service)

    def last(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
        logger.critical("ended by an error", exc_info=error)

    sys.excepthook = last
    return logger


def correlation(envelope: "Envelope | None") -> dict[str, str]:
    """What every line about a story's event says, so that one leads to the others: `correlation`."""
    return {} if envelope is None else {"correlation": envelope.correlation}


def tell_errors(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Say of an error what it is and where it came from. Its own words are left out where they may quote a user's."""
    for name, value in event.items():
        if name != "exc_info" and isinstance(value, BaseException):
            event[name] = sentence(value)
    error = _error_in(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = _story_of(error)
    return event


def _error_in(found: object) -> BaseException | None:
    if isinstance(found, BaseException):
        return found
    if isinstance(found, tuple):
        return _error_in(found[1])
    return sys.exc_info()[1] if found else None


def _story_of(error: BaseException | None) -> list[str]:
    """Each error of the chain, the last one first, with the innermost frames that it went through."""
    told: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        told += [sentence(error), *(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in reversed(frames))]
        error = error.__cause__ or error.__context__
    return told


def tell_asyncio(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Asyncio quotes tasks, and with them errors and arguments: keep what happened, leave out to what."""
    record: logging.LogRecord | None = event.get("_record")
    if record is not None and record.name == "asyncio":
        event["event"] = str(event["event"]).partition("\n")[0].partition("<")[0].partition("(")[0].strip()
    return event


def keep_to_one_line(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Write control characters as escapes, so that no text can end its line and begin another."""
    return {name: _printable(value) if isinstance(value, str) else value for name, value in event.items()}


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
