"""How dead letters are shown. Nothing that stands in one reaches a terminal as anything but text."""

import json
from collections.abc import Iterable
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.commands.dead_letter_box import Numbered

_COLUMNS = ("ID", "time", "handler", "reason", "deliveries", "subject", "cause")
_WIDE = 10_000  # columns where no terminal sets a limit: a pipe gets whole lines


def printable(text: str) -> str:
    """`text` with everything but letters, spaces and line ends spelled out."""
    return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in text)


def line(letter: Numbered) -> str:
    """One line of JSON: all but the body, of which it says the size in bytes."""
    known = asdict(letter)
    number, body = known.pop("number"), known.pop("body")
    return json.dumps({"id": number, **known, "bytes": len(body)}) + "\n"


def table(letters: Iterable[Numbered]) -> None:
    """Print them, one a row."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDE)
    rows = Table(*_COLUMNS, box=None)
    for each in letters:
        cells = (each.number, each.time, each.handler, each.reason, each.deliveries, each.subject, each.cause)
        rows.add_row(*(Text(printable(str(cell))) for cell in cells))
    console.print(rows)


def page(letter: Numbered) -> str:
    """All of one letter: what is known of it, its message's headers, its message's body."""
    known = asdict(letter) | {"ID": letter.number}
    about = {name: known[name] for name in (*_COLUMNS, "epoch", "position")}
    return printable(
        "\n".join(
            [
                *(f"{name}: {value}" for name, value in about.items()),
                "",
                *(f"{name}: {value}" for name, value in letter.headers.items()),
                "",
                letter.body.decode(errors="backslashreplace"),
                "",
            ]
        )
    )
