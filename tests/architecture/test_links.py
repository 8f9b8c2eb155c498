"""Every link of the documents to something in the repository leads there."""

import re
from pathlib import Path

from tests.architecture.sources import ROOT, files

LINK = re.compile(r"""\]\(([^)\s]+)[^)]*\)|(?:src|href)="([^"]+)\"""")
ELSEWHERE = re.compile(r"[a-z]+:|#")  # another site, or this very page


def relative_links(document: Path) -> list[str]:
    found = (markdown or html for markdown, html in LINK.findall((ROOT / document).read_text()))
    return [link for link in found if not ELSEWHERE.match(link)]


def test_every_relative_link_leads_to_a_file() -> None:
    links = [(document, link) for document in files() if document.suffix == ".md" for link in relative_links(document)]
    assert links
    assert [
        f"{document}: {link}"
        for document, link in links
        if not (ROOT / document.parent / link.partition("#")[0]).exists()
    ] == []
