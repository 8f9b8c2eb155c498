"""A long text that reads like notes for a tale: the same for the same seed."""

from random import Random

_HEROINE = "Marta"
_WHO = (
    "her brother Ilya",
    "the old ferryman",
    "the miller's daughter",
    "a stranger with a lantern",
    "the schoolmaster",
)
_DID = ("waited for", "argued with", "wrote a letter to", "walked beside", "kept a secret from", "cooked soup for")
_WHERE = (
    "at the harbour",
    "in the snow",
    "behind the mill",
    "on the last train",
    "under the bell tower",
    "by the river",
)
_WHY = ("the winter had been long", "nobody else would", "the map had been lost", "the boats had not come back")
SUBJECTS = (
    "Marta",
    "Ilya",
    "ferry",
    "miller",
    "lantern",
    "school",
    "harbour",
    "snow",
    "train",
    "bell",
    "river",
    "map",
    "boat",
)


def long_text(words: int, seed: int = 7) -> str:
    """A text of about so many words, in paragraphs of five sentences."""
    chance = Random(seed)
    sentences: list[str] = []
    while sum(len(sentence.split()) for sentence in sentences[-5:]) * len(sentences) / 5 < words:
        who, did, where, why = (chance.choice(part) for part in (_WHO, _DID, _WHERE, _WHY))
        sentences.append(f"{_HEROINE} {did} {who} {where}, because {why}.")
    paragraphs = (" ".join(sentences[start : start + 5]) for start in range(0, len(sentences), 5))
    return "\n\n".join(paragraphs) + "\n"
