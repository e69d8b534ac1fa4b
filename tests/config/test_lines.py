"""Where keys stand, however a file is written."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.config.lines import key_lines

DOCUMENT = """\
# a comment with = and [brackets]
first = 1
"quoted \\u0041 key" = "a \\" quote # and no comment"
dotted.inner . "deep key" = true   # a comment
several = [ 1, # one
  2,
  [ 3 ], { a = 4,
  ] # end
""".replace("{ a = 4,\n  ]", "{ a = 4 },\n  ]")

TABLES = """\
[one]
key = '''
[not.a.table]
key = 2
'''
text = \"\"\"
quote\\\"\"\" and two more at the end\"\"\"\"\"
after = 1979-05-27 07:32:00

[[list]]
name = "a"
[list.inside]
x = 1
[[list.below]]
y = 1
[[list.below]]
y = 2

[[list]]
name = "b"
[[list.below]]
y = 3
"""


def test_every_kind_of_key_has_its_line() -> None:
    assert key_lines(DOCUMENT) == {
        ("first",): 2,
        ("quoted A key",): 3,
        ("dotted",): 4,
        ("dotted", "inner"): 4,
        ("dotted", "inner", "deep key"): 4,
        ("several",): 5,
        ("several", 0): 5,
        ("several", 1): 6,
        ("several", 2): 7,
        ("several", 2, 0): 7,
        ("several", 3): 7,
        ("several", 3, "a"): 7,
    }


def test_tables_below_lists_belong_to_the_last_one() -> None:
    lines = key_lines(TABLES)
    assert lines[("one", "after")] == 8
    assert lines[("list", 0, "name")] == 11
    assert lines[("list", 0, "inside", "x")] == 13
    assert lines[("list", 0, "below", 1, "y")] == 17
    assert lines[("list", 1, "below", 0, "y")] == 22
    assert ("not",) not in lines


@pytest.mark.parametrize("text", [DOCUMENT, TABLES, "", "\r\n# only\r\n", "a=1", "[a]\r\nb=1\r\n"])
def test_every_value_that_the_parser_sees_has_a_line(text: str) -> None:
    lines = key_lines(text)
    assert [path for path in paths(tomllib.loads(text)) if path not in lines] == []


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return ([path] if path else []) + [found for key, one in inside for found in paths(one, (*path, key))]


tricky_text = st.text(alphabet="ab #=[]{},.\"'\\\n\té", max_size=12)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def many_lines(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"""\n{escaped}"""'


def literal(text: str) -> str:
    return f"'''{text.replace(chr(39), '')}'''"


scalars = st.one_of(
    st.builds(quoted, tricky_text),
    st.builds(many_lines, tricky_text),
    st.builds(literal, tricky_text),
    st.integers(-9, 99).map(str),
    st.sampled_from(["true", "1e3", "inf", "1979-05-27 07:32:00Z", "07:32:00"]),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[ # ] comment\n{','.join(items)}\n]"),
        st.lists(inner, max_size=2).map(
            lambda items: "{" + ", ".join(f"k{at} = {item}" for at, item in enumerate(items)) + "}"
        ),
    ),
    max_leaves=6,
)


@given(st.lists(st.tuples(tricky_text, values), unique_by=lambda pair: pair[0], max_size=6))
def test_keys_are_found_after_any_values(pairs: list[tuple[str, str]]) -> None:
    text, expected = "", {}
    for key, value in pairs:
        expected[(key,)] = text.count("\n") + 1
        text += f"{quoted(key)} = {value}\n"
    lines = key_lines(text)
    parsed = tomllib.loads(text)
    assert {path: line for path, line in lines.items() if len(path) == 1} == expected
    assert set(lines) == set(paths(parsed))
