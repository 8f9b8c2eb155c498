"""The document has every route and no other; each answers with what the document says (tests/fuzz asks them all)."""

import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator
from starlette.routing import Route

from deploy.schemas.openapi import document
from services.gateway import activity_api, commands_api, session_api, share_api, stories_api, uploads_api

DOCUMENT = document()
NOTHING: Any = None
ROUTES = [
    *session_api.routes(NOTHING, NOTHING, NOTHING, NOTHING),
    *uploads_api.routes(NOTHING, NOTHING, NOTHING, NOTHING),
    *stories_api.routes(NOTHING, NOTHING),
    *commands_api.routes(NOTHING, NOTHING),
    *share_api.routes(NOTHING, NOTHING),
    *activity_api.routes(NOTHING),
]


def _asked(route: Route) -> set[tuple[str, str]]:
    path = route.path.replace("{story_id}", "{storyId}")
    return {(method.lower(), path) for method in (route.methods or set()) - {"HEAD"}}


def test_it_has_every_route_and_no_other() -> None:
    described = {(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert described == set().union(*map(_asked, ROUTES))


def test_every_operation_has_a_name_of_its_own_and_says_how_it_is_refused() -> None:
    operations = [operation for methods in DOCUMENT["paths"].values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for operation in operations:
        assert {"401", "403", "503"} <= operation["responses"].keys()


def test_every_reference_leads_to_a_schema_and_every_schema_is_one() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for reference in _references(DOCUMENT):
        assert reference.rpartition("/")[2] in schemas, reference
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)


def test_a_path_names_its_parameters() -> None:
    for path, methods in DOCUMENT["paths"].items():
        for operation in methods.values():
            named = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from ([node["$ref"]] if "$ref" in node else [])
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
