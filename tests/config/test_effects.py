"""An option that claims to have no effect is read by nobody; `test_own_effects` sees that the others are felt."""

import ast
from pathlib import Path

import msgspec
import pytest

import palaver
from palaver.config import Settings
from palaver.config.options import OptionTable, heading, option_of, plain, table_of

SOURCE = Path(palaver.__file__).parent


READERS = [
    *(SOURCE / "app").rglob("*.py"),
    SOURCE / "config" / "settings.py",
    *(SOURCE / "web").rglob("*.py"),
    *(SOURCE / "cli").rglob("*.py"),
]
"""Only these may know the settings; adapters get plain values."""

Claim = tuple[str, str, bool]


def attributes_read() -> set[str]:
    nodes = [node for path in READERS for node in ast.walk(ast.parse(path.read_text()))]
    return {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)}


def claims(table: type[OptionTable], path: tuple[str, ...] = ()) -> list[Claim]:
    """The name in the file and the attribute of every option, and whether it is said to have an effect."""
    found: list[Claim] = []
    for field in msgspec.structs.fields(table):
        inner = table_of(plain(field.type))
        if inner:
            found += claims(inner, (*path, field.encode_name))
        else:
            name = f"{heading(path, False)} {field.encode_name}".strip()
            found.append((name, field.name, not option_of(field.type).effect.idle))
    return found


READ = attributes_read()
CLAIMS = claims(Settings)
FELT = [(name, attribute) for name, attribute, felt in CLAIMS if felt]
TABLES = {field.name for field in msgspec.structs.fields(Settings) if table_of(plain(field.type))}
# One word, such as `room`, may be an attribute of anything.
IDLE = [
    (name, attribute)
    for name, attribute, felt in CLAIMS
    if not felt and "_" in attribute and attribute not in TABLES | {other for _, other in FELT}
]


@pytest.mark.parametrize(("name", "attribute"), IDLE, ids=[name for name, _ in IDLE])
def test_an_option_without_an_effect_is_not_read(name: str, attribute: str) -> None:
    assert attribute not in READ, f"{name} is read: take Effect.LATER away from its definition and `make docs`"
