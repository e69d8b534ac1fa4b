"""The description says what is served and nothing else; its page shows all of it, and runs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from starlette.routing import Mount
from tests.web.conftest import Desk

from palaver.core.errors import Refusal
from palaver.integrations.pictures import SENTENCES as PICTURE_SENTENCES
from palaver.web import problems
from palaver.web.docs import POLICY, page
from palaver.web.openapi import describe
from palaver.web.operations import Auth, Media, Operation
from palaver.web.site_api import operations, site_api_routes

EVERY = operations()
DOCUMENT = describe(EVERY)


def named(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def described() -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": about
        for path, methods in DOCUMENT["paths"].items()
        for method, about in methods.items()
    }


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_what_is_served_is_described_and_nothing_else(desk: Desk) -> None:
    (mount,) = [route for route in site_api_routes(EVERY, desk.surroundings) if isinstance(route, Mount)]
    served = {
        f"{method} /v1{route.path.replace(':segment', '')}"
        for route in mount.app._app.routes
        for method in route.app._operations
    }
    assert served == set(described()) == {named(operation) for operation in EVERY}
    assert len(served) == len(EVERY)


@pytest.mark.parametrize("operation", EVERY, ids=named)
def test_an_operation_is_described_as_its_handler_is_written(operation: Operation) -> None:
    """The table's types are those that the handler is annotated with."""
    about = described()[named(operation)]
    hints = get_type_hints(operation.handler)
    body, query = get_args(hints["call"])
    assert body is (operation.takes if isinstance(operation.takes, type) else type(None))
    assert query is (operation.query or type(None))
    if not isinstance(operation.returns, Media):
        assert hints["return"] is (operation.returns or type(None))
    assert ("requestBody" in about) == (operation.takes is not None)
    assert about["description"]
    assert set(about["responses"]) == {str(operation.status), "default"}
    words = set(re.findall(r"{(\w+)}", operation.path))
    assert {it["name"] for it in about["parameters"] if it["in"] == "path"} == words


@pytest.mark.parametrize("operation", EVERY, ids=named)
async def test_an_operation_asks_for_what_its_description_says(desk: Desk, operation: Operation) -> None:
    answer = await desk.asks(operation.method, re.sub(r"{\w+}", "lobby", operation.path), bearer="")
    schemes = [name for choice in described()[named(operation)]["security"] for name in choice]
    assert schemes == {Auth.OPEN: [], Auth.SITE: ["siteKey"], Auth.SESSION: ["sessionToken"]}[operation.auth]
    assert (answer.status_code == 401) == bool(schemes)


def test_the_document_is_whole() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    schemas = DOCUMENT["components"]["schemas"]
    assert {reference.rpartition("/")[2] for reference in references(DOCUMENT)} <= set(schemas)
    ids = [about["operationId"] for about in described().values()]
    assert len(set(ids)) == len(ids)
    assert all("_" in word or word in {"kick", "ban"} for word in ids), "clients make functions of them"
    assert set(DOCUMENT["components"]["securitySchemes"]) == {"siteKey", "sessionToken"}
    assert msgspec.json.decode(msgspec.json.encode(DOCUMENT)) == DOCUMENT


def test_every_body_has_a_schema_since_generators_of_clients_skip_what_has_none() -> None:
    for name, about in described().items():
        for holder in (about.get("requestBody", {}), *about["responses"].values()):
            for media_type, content in holder.get("content", {}).items():
                assert content.get("schema"), f"{name}: {media_type}"


def test_limits_and_words_stand_in_the_schemas() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas["NewToken"]["properties"]["ttl_s"]["maximum"] == 86_400
    assert schemas["History"]["enum"] == ["durable", "memory", "off"]
    assert schemas["NewRoom"]["additionalProperties"] is False
    parameters = described()["GET /v1/rooms/{room}/messages"]["parameters"]
    (limit,) = [it for it in parameters if it["name"] == "limit"]
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"]) == (1, 100)


def test_what_stands_for_each_other_is_said_to_generators_and_programs_that_try_it() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    chosen = {
        name: {word: [each["required"] for each in choices] for word, choices in schemas[name]["allOf"][0].items()}
        for name in ("NewKick", "NewBan", "NewMessage")
    }
    assert chosen == {
        "NewKick": {"oneOf": [["user"], ["name"], ["session"]]},
        "NewBan": {"oneOf": [["user"], ["name"]]},
        "NewMessage": {"anyOf": [["text"], ["attachments"]]},
    }
    # Generators take choices beside the properties for the whole, and their clients lose the other fields.
    assert not any({"oneOf", "anyOf"} & schema.keys() for schema in schemas.values() if "properties" in schema)
    assert schemas["NewRoom"]["properties"]["room"]["minLength"] == 1
    assert schemas["NewBan"]["properties"]["hours"]["exclusiveMinimum"] == 0


def test_what_a_type_says_of_its_attributes_stands_at_each_property_and_parameter() -> None:
    schema = DOCUMENT["components"]["schemas"]["NewToken"]
    assert schema["description"] == "Whom a token is to speak for, in BareRTC's claims."
    assert schema["properties"]["ttl_s"]["description"] == "how long it may be used to enter, seconds, at most a day."
    parameters = described()["GET /v1/rooms/{room}/messages"]["parameters"]
    said = {it["name"]: (it.get("description"), "description" in it["schema"]) for it in parameters}
    assert said["before"] == ("only older ones than this; absent for the newest.", False)
    assert not [name for name, it in DOCUMENT["components"]["schemas"].items() if "Attributes:" in str(it)]


async def test_the_document_is_served(desk: Desk) -> None:
    answer = await desk.asks("GET", "/openapi.json", bearer="")
    assert (answer.headers["content-type"], answer.json()) == ("application/json", DOCUMENT)


class Reader(HTMLParser):
    """Notes tags, identifiers, links and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.links: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            elif name == "href":
                self.links.add(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def reader() -> Reader:
    reader = Reader()
    reader.feed(page(DOCUMENT))
    return reader


def test_the_page_shows_every_operation_type_and_problem(reader: Reader) -> None:
    for operation in EVERY:
        assert named(operation) in reader.text
        assert operation.summary in reader.text
    assert {f"type-{name}" for name in DOCUMENT["components"]["schemas"]} <= set(reader.ids)
    codes = {value.code for value in vars(problems).values() if isinstance(value, type) and issubclass(value, Refusal)}
    codes -= {Refusal.code}
    assert {f"problem-{code}" for code in codes} <= set(reader.ids)
    assert {"problem-no_such_room", "problem-too_many_requests", "problem-not_allowed"} <= set(reader.ids)
    assert {f"problem-{code}" for code in PICTURE_SENTENCES} <= set(reader.ids)


def test_the_page_says_what_each_thing_is_for_and_how_large_it_may_be(reader: Reader) -> None:
    assert "integer, at least 1, at most 86400, 300 unless givenhow long it may be used to enter" in reader.text
    for operation in EVERY:
        for about in operation.headers.values():
            assert about in reader.text


def test_every_link_of_the_page_leads_somewhere(reader: Reader) -> None:
    assert len(set(reader.ids)) == len(reader.ids)
    anchors = {link.removeprefix("#") for link in reader.links if link.startswith("#")}
    assert anchors <= set(reader.ids)
    assert reader.links - {f"#{anchor}" for anchor in anchors} == {"openapi.json", "docs/docs.css"}


async def test_the_page_runs_nothing_and_loads_its_style_alone(desk: Desk, reader: Reader) -> None:
    assert not reader.tags & {"script", "style", "img", "iframe", "form", "object"}
    assert not [name for name in reader.attributes if name.startswith("on") or name in ("style", "src")]
    answer = await desk.asks("GET", "/docs", bearer="")
    assert (answer.status_code, answer.headers["content-security-policy"]) == (200, POLICY)
    assert "unsafe" not in POLICY
    assert POLICY.startswith("default-src 'none'; style-src 'self';")
    style = await desk.asks("GET", "/docs/docs.css", bearer="")
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")


def test_nothing_in_a_description_becomes_markup() -> None:
    nasty = "<script>alert(1)</script>\"'"
    document = describe([Operation("GET", f"/v1/{nasty}", nasty, _handler)])
    assert "<script" not in page(document)


async def _handler(call: Any) -> None:
    """Do <nothing>."""
