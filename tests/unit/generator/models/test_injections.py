"""What users write stays what a story is written about, whatever it says: no model is told it as an instruction."""

import re

import pytest

from services.generator.model import Prompt
from services.generator.models.instructions import instructions
from services.generator.models.smollm2_prompt import brief
from tests.injections import INJECTIONS

PLAIN = Prompt(title="The lamp", source="Marit lit the lamp. It burned all night.", wish="a calm ending")
each = pytest.mark.parametrize("text", INJECTIONS.values(), ids=INJECTIONS.keys())


def mark_of(system: str) -> str:
    found = re.search(r"=+\[[0-9a-f]{64}=*\]=+", system)
    assert found
    return found.group()


@each
def test_what_gemini_is_told_to_do_is_the_same_whatever_the_material_says(text: str) -> None:
    told, plain = instructions(Prompt(title=text, source=text, wish=text)), instructions(PLAIN)
    assert told.system.replace(mark_of(told.system), "MARK") == plain.system.replace(mark_of(plain.system), "MARK")


@each
def test_no_material_for_gemini_gets_out_of_its_marks(text: str) -> None:
    told = instructions(Prompt(title=text, source=text, wish=text))
    mark = mark_of(told.system)
    assert len(told.material) == 3
    for part, name in zip(told.material, ("The title", "The wish", "The text"), strict=True):
        assert part == f"{name}:\n{mark}\n{text}\n{mark}"
        assert part.count(mark) == 2


@each
def test_no_text_ends_or_begins_a_turn_of_smollm2(text: str) -> None:
    told = brief(Prompt(title=text, source=text, wish=text)).prompt
    assert re.findall(r"<\|.*?\|>", told) == ["<|im_start|>", "<|im_end|>"] * 2 + ["<|im_start|>"]
    assert re.findall(r"<\|im_start\|>(\w+)\n", told) == ["system", "user", "assistant"]


@each
def test_neither_title_nor_wish_closes_its_quotation_for_smollm2(text: str) -> None:
    told = brief(Prompt(title=text, source=PLAIN.source, wish=text)).prompt
    assert told.count('"') == 4
