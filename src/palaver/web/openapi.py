"""The OpenAPI 3.1 description of the site API, made from its operations and from msgspec's schemas of their types."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

import msgspec

from palaver.web.operations import Auth, Choice, Media, Operation
from palaver.web.problems import MEDIA_TYPE, Problem

_REFERENCE = "#/components/schemas/{name}"
_SECURITY: dict[Auth, list[dict[str, list[str]]]] = {
    Auth.OPEN: [{}],
    Auth.SITE: [{"siteKey": []}],
    Auth.SESSION: [{"sessionToken": []}],
}
_SCHEMES = {
    "siteKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "`AdminAPIKey` of `settings.toml`. For the site's own server; it has no place in a page.",
    },
    "sessionToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "`resume_token` of a session, as `identified` tells it in the native dialect.",
    },
}
_INFO = {
    "title": "Palaver site API",
    "summary": "What a site may ask of its chat server over HTTP.",
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}
_ATTRIBUTES = "\nAttributes:\n"
_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)
"""One attribute of a docstring, with the lines on which it goes on."""
_FORM = "multipart/form-data"
_BYTES = {"type": "string", "format": "binary"}
Json = dict[str, Any]


def describe(operations: Iterable[Operation]) -> Json:
    """Return the OpenAPI document of some operations."""
    every = tuple(operations)
    types: set[type[msgspec.Struct]] = {Problem}
    for operation in every:
        types.update(kind for kind in (operation.takes, operation.returns) if isinstance(kind, type))
    ordered = sorted(types, key=lambda kind: kind.__name__)
    _, components = msgspec.json.schema_components(ordered, ref_template=_REFERENCE)
    paths: dict[str, Json] = {}
    for operation in every:
        if operation.choice is not None and isinstance(operation.takes, type):
            components[operation.takes.__name__].update(_chosen(operation.choice))
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    document = {
        "openapi": "3.1.1",
        "info": {**_INFO, "version": version("palaver")},
        "servers": [{"url": ".", "description": "Beside this document."}],
        "paths": paths,
        "components": {
            "schemas": {name: _explained(schema) for name, schema in sorted(components.items())},
            "securitySchemes": _SCHEMES,
        },
    }
    # Defaults are given as what they are in Python, tuples and Structs.
    plain: Json = msgspec.json.decode(msgspec.json.encode(document))
    return plain


def _operation(operation: Operation) -> Json:
    about: Json = {
        "operationId": getattr(operation.handler, "__name__", operation.summary),
        "tags": [operation.path.split("/")[2]],
        "summary": operation.summary,
        "description": inspect.getdoc(operation.handler) or operation.summary,
        "security": _SECURITY[operation.auth],
        "parameters": [*_in_path(operation.path), *_in_query(operation.query), *_in_head(operation)],
        "responses": {
            str(operation.status): {"description": "Done.", **_content(operation.returns)},
            "default": {
                "description": "Refused.",
                "content": {MEDIA_TYPE: {"schema": {"$ref": _REFERENCE.format(name="Problem")}}},
            },
        },
    }
    if operation.takes is not None:
        about["requestBody"] = {"required": True, **_content(operation.takes)}
    return about


def _content(kind: type[msgspec.Struct] | Media | None) -> Json:
    if kind is None:
        return {}
    if isinstance(kind, Media):
        return {"description": kind.about, "content": {name: {"schema": _bytes_as(name)} for name in kind.types}}
    return {"content": {"application/json": {"schema": {"$ref": _REFERENCE.format(name=kind.__name__)}}}}


def _bytes_as(media_type: str) -> Json:
    """Return the schema of bytes; 3.1 could leave it out, but programs that write clients look for one."""
    return {"type": "object", "properties": {"file": _BYTES}} if media_type == _FORM else _BYTES


def _chosen(choice: Choice) -> Json:
    """Return what a schema says of fields that stand for each other: one of them is given, and holds something.

    Within `allOf`, since generators of clients take choices beside the properties for all that there is.
    """
    # Of a text the first counts, of a list the second.
    filled = {"minLength": 1, "minItems": 1}
    given = [{"required": [name], "properties": {name: filled}} for name in choice.fields]
    return {"allOf": [{"oneOf" if choice.exactly else "anyOf": given}]}


def _in_path(path: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]


def _in_query(kind: type[msgspec.Struct] | None) -> list[Json]:
    if kind is None:
        return []
    _, components = msgspec.json.schema_components((kind,), ref_template=_REFERENCE)
    properties: Json = _explained(components[kind.__name__])["properties"]
    return [
        {"name": name, "in": "query", "schema": schema, **_moved(schema, "description")}
        for name, schema in properties.items()
    ]


def _moved(schema: Json, key: str) -> Json:
    return {key: schema.pop(key)} if key in schema else {}


def _in_head(operation: Operation) -> list[Json]:
    return [
        {"name": name, "in": "header", "description": about, "schema": {"type": "string"}}
        for name, about in operation.headers.items()
    ]


def _explained(schema: Json) -> Json:
    """Return a schema in which each property says what the type's docstring says of that attribute."""
    if "description" not in schema:
        return schema
    about, _, listed = inspect.cleandoc(schema["description"]).partition(_ATTRIBUTES)
    said = {name: " ".join(text.split()) for name, text in _ATTRIBUTE.findall(listed)}
    properties = {
        name: {**inner, "description": said[name]} if name in said else inner
        for name, inner in schema.get("properties", {}).items()
    }
    return {**schema, "description": about.strip(), **({"properties": properties} if properties else {})}
