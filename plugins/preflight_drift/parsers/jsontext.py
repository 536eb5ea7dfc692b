"""JSON (RFC 8259), with lines, and keys given twice.

The standard library says whether it is JSON; it gives no positions, so the text, known to be valid, is then scanned
once more. YAML's parser would do, but reads JSON that is none, and takes three times as long.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NoReturn

from preflight_drift.model import Fact, Value
from preflight_drift.parsers.nodes import DEEPEST, Leaf, Node, facts_of, mapping, sequence
from preflight_drift.parsers.unparsed import UnparsedError

# Of valid JSON: a text, a bracket, a number or a word. Commas and colons are where they must be.
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[][{}]|[^\s,:"\][{}]+|\n')
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}
_LONGEST_INT = 4000  # digits; int() refuses longer ones


def parse(text: str) -> Iterator[Fact]:
    _check(text)
    return facts_of(_tree(text))


def _check(text: str) -> None:
    def refuse(word: str) -> NoReturn:
        raise UnparsedError(0, f"not JSON: {word} is no number")

    try:
        json.loads(text, parse_constant=refuse, parse_int=len)  # int() refuses very long ones, which are valid
    except json.JSONDecodeError as error:
        raise UnparsedError(error.lineno, f"not JSON: {error.msg}") from None
    except RecursionError:
        raise UnparsedError(1, f"nested deeper than {DEEPEST} levels") from None


def _tree(text: str) -> Node:
    # What is open: (its key in what is around it, its line, its entries or None, its items).
    key: str | None = None
    around: list[tuple[str | None, int, list[tuple[str, Node]] | None, list[Node]]] = [(None, 1, None, [])]
    line = 1
    for token in _TOKEN.findall(text):
        if token == "\n":
            line += 1
            continue
        entries, items = around[-1][2:]
        node: Node
        if token == "{" or token == "[":
            if len(around) > DEEPEST:
                raise UnparsedError(line, f"nested deeper than {DEEPEST} levels")
            around.append((key, line, [] if token == "{" else None, []))
            key = None
            continue
        if token == "}" or token == "]":
            key, start, closed, closed_items = around.pop()
            entries, items = around[-1][2:]
            node = sequence(closed_items, start) if closed is None else mapping(closed, start)
        elif entries is not None and key is None:
            key = _text(token)
            continue
        else:
            node = Leaf(_scalar(token), line)
        if entries is None:
            items.append(node)
        else:
            assert key is not None
            entries.append((key, node))
            key = None
    return around[0][3][0]


def _text(token: str) -> str:
    return json.loads(token) if "\\" in token else token[1:-1]


def _scalar(token: str) -> Value:
    if token[0] == '"':
        return _text(token)
    if token in _WORDS:
        return _WORDS[token]
    if token.lstrip("-").isdigit():
        return int(token) if len(token) < _LONGEST_INT else token
    return float(token)
