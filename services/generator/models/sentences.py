import re
from itertools import pairwise

# An end is a stop with its closing quotes, then white space or nothing; Chinese and Japanese set no space after theirs.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+(?=\s|$)|(?<![。！？])[。！？]++[」』”’）]*+")  # noqa: RUF001
_ABBREVIATED = re.compile(r"\b(?:Mrs?|Ms|Dr|St|Jr|Sr|vs|etc|[A-Z])\.$")
_LONGEST = 5  # letters to look back for one


def ends(text: str) -> list[int]:
    """The index behind the end of each sentence."""
    return [found.end() for found in _END.finditer(text) if not _abbreviated(text, found.end())]


def last_end(text: str) -> int:
    """The index behind the last whole sentence; 0 where there is none."""
    return max(ends(text), default=0)


def sentences(text: str) -> list[str]:
    """The sentences of a text, white space evened out. What follows the last stop is one too."""
    even = " ".join(text.split())
    bounds = [0, *ends(even), len(even)]
    pieces = (even[start:end].strip() for start, end in pairwise(bounds))
    return [piece for piece in pieces if piece]


def _abbreviated(text: str, end: int) -> bool:
    return _ABBREVIATED.search(text, max(0, end - _LONGEST), end) is not None
