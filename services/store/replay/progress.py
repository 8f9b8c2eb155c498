"""How a long piece of work tells how far it has come."""

from collections.abc import Callable

Tell = Callable[[int], object]  # hears how many more were done


def silent(_: int) -> None:
    """Nobody wants to know."""
