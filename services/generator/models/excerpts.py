from collections.abc import Sequence

from services.generator.models.sentences import sentences

_PLACES = 3  # where passages are taken from: the opening, the middle, towards the end


def excerpts(source: str, tokens: int) -> list[str]:
    """Passages of whole sentences that stand for a long text in about so many tokens: half of them its opening."""
    text = sentences(source)
    if sum(map(cost, text)) <= tokens:
        return [" ".join(text)] if text else []
    later = [len(text) * place // _PLACES for place in range(1, _PLACES)]
    starts, ends = [0, *later], [*later, len(text)]
    room = [tokens // 2, *[tokens // 2 // len(later)] * len(later)]
    found = (_passage(text[start:end], tokens) for start, end, tokens in zip(starts, ends, room, strict=True))
    return [passage for passage in found if passage]


def cost(text: str) -> int:
    """About how many tokens the text takes, rather too many than too few: letters beyond ASCII take more than one each."""
    plain = len(text.encode("ascii", "ignore"))
    return plain // 3 + (len(text) - plain) * 2 + 1


def shortened(text: str, tokens: int) -> str:
    """The start of a text, in about so many tokens, cut between words where there are any."""
    even = " ".join(text.split())
    if cost(even) <= tokens:
        return even
    while cost(even) > tokens:
        even = even[: len(even) * tokens // cost(even)]
    return even.rpartition(" ")[0] or even


def _passage(text: Sequence[str], tokens: int) -> str:
    chosen: list[str] = []
    for sentence in text:
        if cost(" ".join([*chosen, sentence])) > tokens:
            break
        chosen.append(sentence)
    return " ".join(chosen) or shortened(" ".join(text[:1]), tokens)
