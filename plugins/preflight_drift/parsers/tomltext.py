"""TOML 1.0 by the standard library, which gives no lines: those of keys are found by a scan of the valid text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from preflight_drift.model import Fact
from preflight_drift.parsers.nodes import Leaf, Node, facts_of, mapping, sequence
from preflight_drift.parsers.unparsed import UnparsedError

_AT = re.compile(r"\(at line ([0-9]+), column [0-9]+\)|\(at end of document\)")
_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|\#[^\n]*|[][{}=,.\n]|[^\s][^\s\]\[{}=,.\#"\']*',
    re.DOTALL,
)

Places = dict[tuple[str | int, ...], int]


def parse(text: str) -> Iterator[Fact]:
    try:
        root = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = _AT.search(str(error))
        line = int(at[1]) if at and at[1] else text.count("\n") + 1
        raise UnparsedError(line, f"not TOML: {_AT.sub('', str(error)).split(':')[0].strip()}") from None
    except RecursionError:
        raise UnparsedError(1, "nested too deep") from None
    except ValueError:  # int() of too many digits, a date such as 2026-02-30
        raise UnparsedError(0, "not TOML: a number or date that cannot be") from None
    return facts_of(_node(root, (), 1, _places(text)))


def _node(value: Any, path: tuple[str | int, ...], line: int, places: Places) -> Node:
    line = places.get(path, line)
    if isinstance(value, dict):
        return mapping([(key, _node(below, (*path, key), line, places)) for key, below in value.items()], line)
    if isinstance(value, list):
        return sequence([_node(below, (*path, index), line, places) for index, below in enumerate(value)], line)
    if isinstance(value, str | bool | int | float):
        return Leaf(value, line)
    return Leaf(value.isoformat(), line, type(value).__name__)  # a date, which a text in quotes is not


def _places(text: str) -> Places:
    """The line of every key and table, by path."""
    places: Places = {}
    tables: dict[tuple[str | int, ...], int] = {}  # arrays of tables: how many there are so far
    table: tuple[str | int, ...] = ()
    line, depth = 1, 0
    statement: list[str] = []  # the tokens of a key or header, up to its `=` or end of line
    in_value = False
    for token in _TOKEN.findall(text):
        if token == "\n":
            line += 1
            if depth == 0:
                if statement and not in_value:
                    table = _header(statement, tables)
                    places.setdefault(table, line - 1)
                statement, in_value = [], False
        elif in_value:
            depth += (token in "[{") - (token in "]}")
            line += token.count("\n")
        elif token == "=":
            in_value = True
            places.setdefault((*table, *_keys(statement)), line)
        elif token[0] != "#":
            statement.append(token)
    return places


def _header(statement: list[str], tables: dict[tuple[str | int, ...], int]) -> tuple[str | int, ...]:
    array = statement[:2] == ["[", "["]
    path: tuple[str | int, ...] = ()
    for key in _keys(statement):
        path = (*path, key)
        if path in tables and not (array and path == _keys(statement)):
            path = (*path, tables[path] - 1)
    if array:
        tables[path] = tables.get(path, 0) + 1
        path = (*path, tables[path] - 1)
    return path


def _keys(statement: list[str]) -> tuple[str, ...]:
    return tuple(_key(token) for token in statement if token not in "[].")


def _key(token: str) -> str:
    return next(iter(tomllib.loads(f"{token}=0"))) if token[0] in "\"'" else token
