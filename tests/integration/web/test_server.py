"""The page's server over HTTP, with a small page in place of the built one."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import structlog

from services.common.web_server import PortTaken
from services.web.app import web
from services.web.built import NotBuilt
from services.web.headers import policy
from services.web.settings import WebSettings

GATEWAY = "http://gateway.example:3001"
SCRIPT = "assets/index-abc.js"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Storywire</title>")
    (tmp_path / SCRIPT).write_text("console.log('page')\n" * 50)
    return tmp_path


@pytest.fixture
async def page(folder: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the running server."""
    async with (
        web(WebSettings(web_port=0, gateway_url=GATEWAY), structlog.get_logger(), folder) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client,
    ):
        yield client


@pytest.mark.parametrize("path", ["/", "/stories", "/stories/01jhv7w0000000000000000001", "/whatever/there/is"])
async def test_every_path_of_the_application_is_the_one_document(page: aiohttp.ClientSession, path: str) -> None:
    async with page.get(path) as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert "<title>Storywire</title>" in await answer.text()


@pytest.mark.parametrize("path", ["/favicon.ico", "/assets/index-old.js", "/../settings.py"])
async def test_a_file_that_is_none_of_the_pages_is_not_found(page: aiohttp.ClientSession, path: str) -> None:
    async with page.get(path) as answer:
        assert answer.status == 404


@pytest.mark.parametrize("path", ["/", f"/{SCRIPT}", "/config.json", "/healthz", "/none.js"])
async def test_every_answer_says_what_the_page_may_do(page: aiohttp.ClientSession, path: str) -> None:
    async with page.get(path) as answer:
        assert answer.headers["Content-Security-Policy"] == policy(GATEWAY)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_the_page_is_told_where_its_gateway_is(page: aiohttp.ClientSession) -> None:
    async with page.get("/config.json") as answer:
        assert await answer.json() == {"gateway": GATEWAY}
        assert answer.headers["Cache-Control"] == "no-store"


async def test_what_a_browser_has_already_is_not_sent_again(page: aiohttp.ClientSession) -> None:
    async with page.get("/") as first:
        tag = first.headers["ETag"]
    async with page.get("/", headers={"If-None-Match": tag}) as again:
        assert (again.status, await again.read()) == (304, b"")
    async with page.get("/", headers={"If-None-Match": '"another"'}) as other:
        assert other.status == 200


async def test_who_cannot_unzip_gets_it_plain(page: aiohttp.ClientSession, folder: Path) -> None:
    for accepted, sent in (("gzip", "gzip"), ("identity", None)):
        async with page.get(f"/{SCRIPT}", headers={"Accept-Encoding": accepted}) as answer:
            assert answer.headers.get("Content-Encoding") == sent
            assert await answer.text() == (folder / SCRIPT).read_text()


async def test_it_shows_the_same_face_to_probes_as_every_service(page: aiohttp.ClientSession) -> None:
    async with page.get("/readyz") as answer:
        assert (answer.status, await answer.json()) == (200, {"ready": True, "checks": {}})


async def test_without_a_page_or_a_port_it_does_not_start(
    page: aiohttp.ClientSession, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotBuilt):
        async with web(WebSettings(web_port=0), structlog.get_logger(), tmp_path / "none"):
            pass
    taken = page._base_url.port if page._base_url else 0
    with pytest.raises(PortTaken, match="WEB_PORT"):
        async with web(WebSettings(web_port=taken), structlog.get_logger(), folder):
            pass
