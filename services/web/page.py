"""The page over HTTP: its files, its one document under every path of the application, and where its gateway is."""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from services.web.built import INDEX, Asset


def routes(assets: Mapping[str, Asset], gateway_url: str) -> list[Route]:
    """The routes of the page. What looks like a file and is none is not found; any other path is the page's own matter."""

    async def config(_: Request) -> Response:
        return JSONResponse({"gateway": gateway_url}, headers={"Cache-Control": "no-store"})

    async def page(request: Request) -> Response:
        path = request.path_params["path"]
        if path in assets:
            return _answer(request, assets[path])
        if PurePosixPath(path).suffix:
            return PlainTextResponse("Not Found", HTTPStatus.NOT_FOUND)
        return _answer(request, assets[INDEX])

    return [Route("/config.json", config), Route("/{path:path}", page)]


def _answer(request: Request, asset: Asset) -> Response:
    headers = {"ETag": asset.etag, "Cache-Control": asset.cache, "Vary": "Accept-Encoding"}
    if asset.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.zipped, headers=headers | {"Content-Encoding": "gzip"}, media_type=asset.media_type)
    return Response(asset.content, headers=headers, media_type=asset.media_type)
