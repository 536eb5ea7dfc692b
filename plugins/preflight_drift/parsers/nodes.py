"""Values within values, as YAML, JSON, TOML and HCL have them, to facts.

A key given twice becomes a list of its values, so that neither is lost: consumers differ in which they take.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from preflight_drift.model import Fact, Value
from preflight_drift.parsers.unparsed import UnparsedError

DEEPEST = 100  # levels; nothing a person writes comes near it
MOST = 200_000  # facts of one text: what aliases of aliases can blow it up to

Path = tuple[str | int, ...]


class Leaf(NamedTuple):
    """`tag` is what the value is beside its text, such as YAML's `!vault`: a fact of its own at (..., "!")."""

    value: Value
    line: int
    tag: str = ""


@dataclass(slots=True)
class Branch:
    """A mapping (`entries` with their keys) or a list (keys are numbers)."""

    entries: list[tuple[str, Node]] | list[tuple[int, Node]]
    line: int
    empty: str  # "{}" or "[]"
    tag: str = ""


Node = Leaf | Branch


def mapping(entries: list[tuple[str, Node]], line: int, tag: str = "") -> Branch:
    """A mapping; the values of a key given twice become a list."""
    if len(entries) > 1:
        together: dict[str, list[Node]] = {}
        for key, node in entries:
            together.setdefault(key, []).append(node)
        if len(together) < len(entries):
            entries = [(key, nodes[0] if len(nodes) == 1 else sequence(nodes, line)) for key, nodes in together.items()]
    return Branch(entries, line, "{}", tag)


def sequence(items: list[Node], line: int, tag: str = "") -> Branch:
    return Branch(list(enumerate(items)), line, "[]", tag)


def facts_of(root: Node, path: Path = ()) -> Iterator[Fact]:
    """In the order of the text. A value that is the whole text has the path ().

    Raises:
        UnparsedError: there are more than `MOST`, or one deeper than `DEEPEST`.
    """
    count = 0
    # A stack instead of recursion: every level of generators would cost each fact below it once more.
    stack: list[tuple[Path, Node]] = [(path, root)]
    while stack:
        path, node = stack.pop()
        count += 1
        if count > MOST:
            raise UnparsedError(node.line, f"more than {MOST:,} values, with its aliases written out")
        if node.tag:
            yield Fact((*path, "!"), node.tag, node.line)
        if type(node) is Leaf:
            yield Fact(path, node.value, node.line)
        elif len(path) >= DEEPEST:
            raise UnparsedError(node.line, f"nested deeper than {DEEPEST} levels")
        elif node.entries:  # type: ignore[union-attr]  # mypy does not narrow by `type(...) is`, which is the fastest
            stack.extend([((*path, key), below) for key, below in reversed(node.entries)])  # type: ignore[union-attr]
        else:
            yield Fact(path, node.empty, node.line)  # type: ignore[union-attr]
