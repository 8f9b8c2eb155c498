"""How far a long command is: a bar with rate and time left, on stderr, and only on a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from services.store.replay.progress import Tell


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        """`12,345/s`."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Tell]:
    """A bar while the body runs; it moves on by what it is told."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as shown:
        task = shown.add_task(what, total=total)
        yield lambda more: shown.advance(task, more)
