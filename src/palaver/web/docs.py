"""The page that shows the site API to people, and the description that programs read.

It is drawn here, without a script: Swagger UI is 1.9 MB, and RapiDoc and Redoc write styles into the page, which a strict
policy forbids. What they would add is a form that sends requests, and the site's key has no place in a browser.
"""

from __future__ import annotations

import functools
import html
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from palaver.core.errors import Refusal
from palaver.web.openapi import describe
from palaver.web.operations import Operation
from palaver.web.pictures import picture_refusals
from palaver.web.problems import PictureRefusal, status_of

POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_BOUNDS = (
    ("minimum", "at least"),
    ("exclusiveMinimum", "more than"),
    ("maximum", "at most"),
    ("minLength", "characters at least"),
    ("maxLength", "characters at most"),
    ("minItems", "of them at least"),
    ("maxItems", "of them at most"),
)
_STYLE = files("palaver.web").joinpath("docs.css").read_text("utf-8")

Json = dict[str, Any]


def docs_routes(operations: Sequence[Operation]) -> list[BaseRoute]:
    """Return the routes of the description, of the page and of its style; the first who asks has them drawn."""

    @functools.cache
    def drawn() -> tuple[bytes, str]:
        document = describe(operations)
        return msgspec.json.encode(document), page(document)

    async def openapi(_request: Request) -> Response:
        return Response(drawn()[0], headers={"Cache-Control": "no-cache"}, media_type="application/json")

    async def docs(_request: Request) -> Response:
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
        return Response(drawn()[1], headers=headers, media_type="text/html")

    async def style(_request: Request) -> Response:
        return Response(_STYLE, headers={"Cache-Control": "no-cache"}, media_type="text/css")

    return [Route("/openapi.json", openapi), Route("/docs", docs), Route("/docs/docs.css", style)]


def page(document: Json) -> str:
    """Return a description as HTML."""
    info = document["info"]
    body = "".join(
        (
            f"<h1>{_text(info['title'])} {_text(info['version'])}</h1>",
            f'<p>{_text(info["summary"])} For programs: <a href="openapi.json">openapi.json</a>.</p>',
            '<nav aria-label="Operations"><ul>',
            *(_link(method, path, about) for path, method, about in _operations(document)),
            "</ul></nav><h2>Who asks</h2><dl>",
            *(f"<dt>{_text(name)}</dt><dd>{_text(it['description'])}</dd>" for name, it in _schemes(document)),
            "</dl><h2>Operations</h2>",
            *(_operation(method, path, about) for path, method, about in _operations(document)),
            "<h2>Types</h2>",
            *(_schema(name, schema) for name, schema in document["components"]["schemas"].items()),
            "<h2>Problems</h2><dl>",
            *_problems(),
            "</dl>",
        )
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{_text(info["title"])}</title><link rel="stylesheet" href="docs/docs.css"></head>'
        f"<body><main>{body}</main></body></html>"
    )


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            yield path, method.upper(), about


def _schemes(document: Json) -> Iterable[tuple[str, Json]]:
    schemes: dict[str, Json] = document["components"]["securitySchemes"]
    return schemes.items()


def _link(method: str, path: str, about: Json) -> str:
    return (
        f'<li><a href="#{_text(about["operationId"])}"><code>{method} {_text(path)}</code></a> '
        f"{_text(about['summary'])}</li>"
    )


def _operation(method: str, path: str, about: Json) -> str:
    asker = ", ".join(name for choice in about["security"] for name in choice) or "everybody"
    rows = [("Who asks", _text(asker))]
    rows += [(f"{it['in']}: {_text(it['name'])}", f"{_kind(it['schema'])}{_about(it)}") for it in about["parameters"]]
    if "requestBody" in about:
        rows.append(("takes", _content(about["requestBody"])))
    rows += [(f"answers {status}", _content(it)) for status, it in about["responses"].items()]
    return (
        f'<section id="{_text(about["operationId"])}"><h3><code>{method} {_text(path)}</code></h3>'
        f"<p>{_text(about['description'])}</p><table>"
        + "".join(f'<tr><th scope="row">{name}</th><td>{value}</td></tr>' for name, value in rows)
        + "</table></section>"
    )


def _content(holder: Json) -> str:
    content: dict[str, Json] = holder.get("content", {})
    parts = [f"<code>{_text(name)}</code> {_kind(it.get('schema', {}))}" for name, it in content.items()]
    return ", ".join(parts) or "nothing"


def _schema(name: str, schema: Json) -> str:
    paragraphs = "".join(f"<p>{_text(part)}</p>" for part in schema.get("description", "").split("\n\n"))
    required = schema.get("required", [])
    rows = "".join(
        f'<tr><th scope="row"><code>{_text(field)}</code>{"" if field in required else " (optional)"}</th>'
        f"<td>{_kind(it)}{_about(it)}</td></tr>"
        for field, it in schema.get("properties", {}).items()
    )
    fields = f"<table>{rows}</table>" if rows else f"<p>{_kind(schema)}</p>"
    return f'<section id="type-{_text(name)}"><h3>{_text(name)}</h3>{paragraphs}{fields}</section>'


def _kind(schema: Json) -> str:
    """Return a schema in a few words."""
    words = _type(schema) + "".join(f", {said} {schema[key]}" for key, said in _BOUNDS if key in schema)
    if "default" in schema:
        words += f", <code>{_text(msgspec.json.encode(schema['default']).decode())}</code> unless given"
    return words


def _type(schema: Json) -> str:
    if "$ref" in schema:
        name = _text(schema["$ref"].rpartition("/")[2])
        return f'<a href="#type-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_kind(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(f"<code>{_text(choice)}</code>" for choice in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items') or {})}"
    return _text(schema.get("type", ""))


def _about(described: Json) -> str:
    return f"<br>{_text(described['description'])}" if "description" in described else ""


def _problems() -> Iterator[str]:
    """Yield an entry for each code that `problems.problem_of` points to; where two refusals share one, for the first."""
    known: dict[str, str] = {}
    for kind in _leaves(Refusal):
        if kind is not PictureRefusal and not kind.__module__.startswith("palaver.dialects."):
            known.setdefault(kind.code, _problem(kind(), kind.sentence))
    for refusal in picture_refusals():
        known.setdefault(refusal.code, _problem(refusal, refusal.text))
    for code in sorted(known):
        yield known[code]


def _problem(refusal: Refusal, sentence: str) -> str:
    code = _text(refusal.code)
    return f'<dt id="problem-{code}"><code>{code}</code> {status_of(refusal)}</dt><dd>{_text(sentence)}</dd>'


def _leaves(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for below in kind.__subclasses__():
        yield from (below,) if not below.__subclasses__() else _leaves(below)


def _text(value: object) -> str:
    return html.escape(str(value))
