import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog
from pydantic import BaseModel, ValidationError

from services.common.logging import configure

CANARY = "canary"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    yield from _configured(io.StringIO())


@pytest.fixture
def shown() -> Iterator[io.StringIO]:
    yield from _configured(Terminal())


def _configured(stream: io.StringIO) -> Iterator[io.StringIO]:
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = root.handlers[:], root.level
    configure("tests", "DEBUG", stream)
    yield stream
    root.handlers[:], sys.excepthook = handlers, hook
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def logger() -> structlog.stdlib.BoundLogger:
    found: structlog.stdlib.BoundLogger = structlog.get_logger("storywire")
    return found


def test_a_line_says_what_when_and_how_bad(said: io.StringIO) -> None:
    logger().debug("it rains", town="Oslo")
    (line,) = lines(said)
    assert {"event": "it rains", "town": "Oslo", "level": "debug"}.items() <= line.items()
    assert "timestamp" in line


def test_no_text_begins_a_line_of_its_own(said: io.StringIO) -> None:
    logger().info("it rains", town=f"Oslo\r\n{CANARY}\x1b[31m\u2028")
    logging.getLogger("library").warning("first\r\nsecond %s", "a\nb")
    assert len(said.getvalue().splitlines()) == 2
    assert lines(said)[0]["town"] == f"Oslo\\r\\n{CANARY}\\x1b[31m\\u2028"


def test_no_text_begins_a_line_of_its_own_on_a_terminal_either(shown: io.StringIO) -> None:
    logger().info("it rains", town=f"Oslo\r\n{CANARY}\x1b[2J")
    logging.getLogger("library").warning("first\r\nsecond")
    assert len(shown.getvalue().splitlines()) == 2
    assert "\x1b[2J" not in shown.getvalue()


class Town(BaseModel):
    size: int


def _errors() -> list[Exception]:
    found: list[Exception] = [
        KeyError(CANARY),
        UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, "no"),
        ValueError(CANARY),
    ]
    try:
        Town.model_validate({"size": CANARY})
    except ValidationError as error:
        found.append(error)
    return found


def _fail(error: Exception) -> None:
    raise RuntimeError(CANARY) from error


@pytest.mark.parametrize("error", _errors(), ids=lambda error: type(error).__name__)
def test_an_error_is_told_without_the_words_that_it_quotes(error: Exception, said: io.StringIO) -> None:
    try:
        _fail(error)
    except RuntimeError as caught:
        logger().warning("it failed", error=caught, exc_info=caught)
        logger().exception("it failed")
        logging.getLogger("library").exception("it failed")
    assert CANARY not in said.getvalue()
    for line in lines(said):
        told = line["exception"]
        assert isinstance(told, list)
        assert told[0] == "RuntimeError"
        assert any(type(error).__name__ in each for each in told[1:])
        assert any("test_logging.py" in each for each in told)


def test_a_task_that_failed_is_not_quoted(said: io.StringIO) -> None:
    logging.getLogger("asyncio").error(
        "Task exception was never retrieved\nfuture: <Task exception=ValueError('%s')>", CANARY
    )
    logging.getLogger("asyncio").error("Exception in callback f('%s')", CANARY)
    assert [line["event"] for line in lines(said)] == ["Task exception was never retrieved", "Exception in callback f"]


def test_what_ends_the_process_is_a_line_too(said: io.StringIO) -> None:
    error = ValueError(CANARY)
    sys.excepthook(ValueError, error, None)
    (line,) = lines(said)
    assert line["exception"] == ["ValueError"]
    assert CANARY not in said.getvalue()


def test_a_library_is_heard_from_warning_up(said: io.StringIO) -> None:
    logging.getLogger("library").info(CANARY)
    assert said.getvalue() == ""


def test_a_library_that_brings_a_handler_and_a_level_of_its_own_loses_them() -> None:
    library, own = logging.getLogger("talkative"), io.StringIO()
    library.addHandler(logging.StreamHandler(own))
    library.propagate = False
    library.setLevel(logging.DEBUG)
    for said in _configured(io.StringIO()):
        library.info(CANARY)
        library.warning("it rains")
        assert [line["event"] for line in lines(said)] == ["it rains"]
    assert own.getvalue() == ""
