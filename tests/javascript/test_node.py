from pathlib import Path

from tests.javascript.node import PACKAGES, installed_node


def test_what_is_installed_already_is_not_installed_again(node: Path) -> None:
    before = (PACKAGES / ".package-lock.json").stat()  # npm writes it with every install
    assert installed_node() == node
    assert (PACKAGES / ".package-lock.json").stat() == before
