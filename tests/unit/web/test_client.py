"""The tests that are written in TypeScript, beside what they test: the client, and the folds that the vectors hold to ours."""

from pathlib import Path

from deploy.local import node
from deploy.local.web_build import FOLDER

_VITEST = Path("node_modules", "vitest", "vitest.mjs")


async def test_what_is_written_in_typescript_passes_its_own_tests() -> None:
    await node.install(FOLDER)
    said = await node.run(FOLDER, _VITEST, "run", "--reporter", "tap-flat")  # raises what it says when one fails
    assert said.count("\nok ") + said.startswith("ok ") > 30, said
