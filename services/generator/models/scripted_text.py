from collections.abc import Iterator
from hashlib import sha256
from itertools import chain, islice
from random import Random

from services.generator.model import Prompt

# Accents, other scripts, and signs beyond the basic plane (two UTF-16 units each), so that a wrong byte shows.
_WHO = ("The lighthouse keeper", "Zoë", "Old Søren", "The fox 🦊", "Señora Nuñez", "ユキ", "The boy from Łódź")
_DID = ("found", "remembered", "painted", "gave away", "sang of", "looked for", "dreamt of")
_WHAT = (
    "the café by the sea",
    "a naïve little boat ⛵",
    "the key 🗝️",
    "a jar of crème brûlée",
    "the letter 𝄞",
    "the moon 🌙",
)
_WHERE = ("at dawn", "in the fjord", "behind the façade", "without a word", "twice", "on the Ægir's deck")
_STOP = (".", ".", ".", "!", "…")
_SENTENCES_IN_A_PARAGRAPH = 4


def scripted_text(prompt: Prompt, words: int) -> str:
    """A text of exactly so many words. The same prompt gives the same text; any other prompt another."""
    told = "\0".join((prompt.title, prompt.source, prompt.wish or "", str(prompt.seed)))
    chance = Random(sha256(told.encode(errors="surrogatepass")).hexdigest())  # noqa: S311 - for variety, not for secrets
    return "".join(islice(chain(_opening(prompt.title), _sentences(chance)), words)).rstrip()


def _opening(title: str) -> Iterator[str]:
    yield from _spaced(f"This is the story of {' '.join(title.split())}.")


def _sentences(chance: Random) -> Iterator[str]:
    number = 1
    while True:
        parts = " ".join(chance.choice(part) for part in (_WHO, _DID, _WHAT, _WHERE))
        number += 1
        yield from _spaced(parts + chance.choice(_STOP), "\n\n" if number % _SENTENCES_IN_A_PARAGRAPH == 0 else " ")


def _spaced(sentence: str, after: str = " ") -> Iterator[str]:
    *words, last = sentence.split()
    yield from (word + " " for word in words)
    yield last + after
