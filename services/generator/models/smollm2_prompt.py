from dataclasses import dataclass

from services.generator.model import Prompt
from services.generator.models.excerpts import excerpts, shortened
from services.generator.models.hero import hero

# Tokens. Reading a prompt takes about 6 ms a token on one processor, and the first words wait for it.
_TITLE, _WISH, _SOURCE = 30, 40, 150

_SYSTEM = "You are a storyteller. You write short stories in plain, warm prose, with a beginning, a middle and an end."


@dataclass(frozen=True)
class Brief:
    """What SmolLM2 gets to read, and the word that its story begins with."""

    prompt: str
    opening: str


def brief(prompt: Prompt) -> Brief:
    """SmolLM2's own prompt: passages of the text, then what to do. The turns' marks cannot occur in a user's text."""
    name = hero(prompt.source)
    asked = " ".join(filter(None, [_task(prompt), f"The hero of the story is {name}." if name else "", _HOW]))
    passages = "\n\n".join(excerpts(_unmarked(prompt.source), _SOURCE))
    user = f"Passages from a text:\n\n{passages}\n\n{asked}"
    return Brief(_turn("system", _SYSTEM) + _turn("user", user) + "<|im_start|>assistant\n", name or "")


_HOW = "Write four paragraphs, and give the story a good ending."


def _task(prompt: Prompt) -> str:
    title = shortened(_unmarked(prompt.title), _TITLE).replace('"', "'")
    task = f'Write a short story called "{title}", with the people, places and things of these passages.'
    wish = shortened(_unmarked(prompt.wish or ""), _WISH).replace('"', "'")
    return f'{task} The reader would like: "{wish}".' if wish else task


def _turn(role: str, text: str) -> str:
    return f"<|im_start|>{role}\n{text}<|im_end|>\n"


def _unmarked(text: str) -> str:
    return text.replace("<|", "< |")
