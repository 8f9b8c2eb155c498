"""Chance that is the same in every run with the same seed."""

from random import Random


def chance_of(seed: int, what: str) -> Random:
    """Everybody has a chance of their own: what one does changes nothing for the others."""
    return Random(f"{seed} {what}")
