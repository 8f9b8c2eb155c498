import gzip

from deploy.local.web_build import FOLDER
from tests.e2e.stack import Stack

LIMIT = 40_000


def test_the_page_weighs_little(stack: Stack) -> None:  # which has built it
    scripts = list((FOLDER / "dist" / "assets").glob("*.js"))
    assert scripts
    assert sum(len(gzip.compress(script.read_bytes())) for script in scripts) < LIMIT
