"""Every value of a TOML text is found on the line where it stands, however the text is laid out."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.building.positions import locate


def test_tables_keys_and_elements_have_their_lines():
    text = """\
# a comment with [brackets] and = signs
top = "a # not a comment" # a comment

[box]   # here
"quoted key" = 'C:\\no escape'
dotted . "k.ey".last = 1
many = [   # comment ]
    "one",

    { a = 1, b = [2,
        3] },
]
long = \"\"\"
[not.a.table]
key = "x" \"\"\"\"\"
[[people]]
id = 1
  [[people.phones]]
  n = 1
  [[people.phones]]
  n = 2
[people.more]
[[people]]
[[people.phones]]
  n = 3
[a.b.c]
"""
    assert tomllib.loads(text)
    lines = locate(text)
    expected = {
        (): 1,
        ("top",): 2,
        ("box",): 4,
        ("box", "quoted key"): 5,
        ("box", "dotted", "k.ey", "last"): 6,
        ("box", "many"): 7,
        ("box", "many", 0): 8,
        ("box", "many", 1): 10,
        ("box", "many", 1, "b", 1): 11,
        ("box", "long"): 13,
        ("people",): 16,
        ("people", 0, "id"): 17,
        ("people", 0, "phones", 0): 18,
        ("people", 0, "phones", 1, "n"): 21,
        ("people", 0, "more"): 22,
        ("people", 1): 23,
        ("people", 1, "phones", 0, "n"): 25,
        ("a", "b"): 26,
    }
    assert {path: lines[path] for path in expected} == expected
    assert ("box", "key") not in lines


NASTY = st.sampled_from(["", " # x", " [a]", "{", "]]", " = 1", "''", "\\\\", ",", ' \\" '])
GAP = st.sampled_from(["", " ", "\n", " # ] } [x]\n", "\n\n\t", " # '\n # \"\n"])
BLANK = st.sampled_from(["", " ", "\t "])


@st.composite
def documents(draw) -> str:  # noqa: C901 - a grammar in one piece
    """A valid TOML text in which each leaf holds a token of its own, `T1T`, `T2T`, … at its very beginning."""
    number = count(1)

    def key() -> str:
        name = f"k{next(number)}"
        return draw(st.sampled_from([name, f'"{name} ["', f"'{name}.#'", f"{name} . x", f'{name}."y\\u0041"']))

    def scalar() -> str:
        token, nasty = f"T{next(number)}T", draw(NASTY)
        form = draw(st.integers(0, 3))
        if form == 0:
            return f'"{token}{nasty}"'
        if form == 1:
            return "'" + (token + nasty).replace("'", "") + "'"
        if form == 2:
            return f'"""{token}{nasty}\n[x]\nk = 1 \\"{draw(st.sampled_from(["", "x", "x" + chr(34)]))}"""'
        return "'''" + (token + nasty).replace("'", "") + "\n[x]''' "

    def value(depth: int) -> str:
        form = draw(st.integers(0, 3)) if depth else 0
        if form == 2:
            parts = [draw(GAP) + value(depth - 1) + draw(GAP) for _ in range(draw(st.integers(0, 3)))]
            return "[" + ",".join(parts) + draw(GAP) + "]"
        if form == 3:
            pairs = [pair(depth - 1) for _ in range(draw(st.integers(0, 2)))]
            return "{ " + ", ".join(pairs) + " }"
        return scalar()

    def pair(depth: int) -> str:
        return draw(BLANK) + key() + draw(BLANK) + "=" + draw(BLANK) + value(depth) + draw(BLANK)

    def pairs() -> str:
        return "".join(
            pair(2) + draw(st.sampled_from(["\n", " # [c]\n", "\n\n"])) for _ in range(draw(st.integers(0, 2)))
        )

    text = draw(GAP).lstrip(" ") + pairs()
    for _ in range(draw(st.integers(0, 3))):
        table = draw(st.sampled_from(["t", "'t.t'", '"u]]"', "a.b"]))
        text += f"[[ {table} ]] # x\n{pairs()}"
        if draw(st.booleans()):
            text += f"[{table} . s{next(number)}]\n{pairs()}"
        if draw(st.booleans()):
            text += f"[[{table}.list]]\n{pairs()}[[{table}.list]]\n{pairs()}"
    return text


def leaves(value, path=()):
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, (*path, name))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from leaves(each, (*path, index))
    else:
        yield path, value


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="[]{}=\"'#\n\\,. ak1", max_size=40))
def test_it_ends_for_any_text(text):
    with suppress(ValueError):
        assert locate(text)[()] == 1


@settings(max_examples=150, deadline=None)
@given(documents())
def test_each_value_is_found_on_its_line(text):
    values = tomllib.loads(text)
    lines = locate(text)
    for path, value in leaves(values):
        token = value[: value.index("T", 1) + 1]
        assert lines[path] == text[: text.index(token)].count("\n") + 1
