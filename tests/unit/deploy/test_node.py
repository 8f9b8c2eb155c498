import asyncio
from pathlib import Path

import psutil
import pytest

from deploy.local import node
from deploy.local.node import NodeFailed


async def test_what_a_program_says_is_given_back(tmp_path: Path) -> None:
    assert (
        await node.run(tmp_path, "--eval", "console.log('in', path.basename(process.cwd()))") == f"in {tmp_path.name}\n"
    )


async def test_programs_that_look_for_node_find_the_wheels(tmp_path: Path) -> None:
    found = await node.run(tmp_path, "--print", "require('child_process').execSync('node --version').toString().trim()")
    assert found == await node.run(tmp_path, "--version")


async def test_a_failure_tells_its_reason_in_a_line_and_keeps_all_that_was_said(tmp_path: Path) -> None:
    with pytest.raises(NodeFailed, match="npm error code E500") as failed:
        await node.run(tmp_path, "--eval", "console.log('first\\nnpm error code E500'); process.exit(1)")
    assert "\n" not in str(failed.value)
    assert failed.value.output == "first\nnpm error code E500\n"


async def test_who_is_cancelled_leaves_nothing_running(tmp_path: Path) -> None:
    program = "require('fs').writeFileSync('pid', String(process.pid)); setInterval(() => {}, 1000)"
    running = asyncio.create_task(node.run(tmp_path, "--eval", program))
    while not (pid := tmp_path / "pid").exists() or not pid.read_text():
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait([running])
    assert not psutil.pid_exists(int(pid.read_text()))
