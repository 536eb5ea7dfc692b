"""HCL 2 of Nomad, Consul, Vault and Terraform, by python-hcl2's tree, which has places; its dicts have none.

About 5,000 lines a second, a thirtieth of the other parsers here: for the few files that a host has of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hcl2 import parses_to_tree
from lark import Tree
from lark.exceptions import LarkError

from preflight_drift.model import Fact, Value
from preflight_drift.parsers.nodes import Leaf, Node, facts_of, mapping, sequence
from preflight_drift.parsers.unparsed import UnparsedError

_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}


def parse(text: str) -> Iterator[Fact]:
    try:
        tree: Any = parses_to_tree(text)
        root = _Values(text).body(tree.children[0])
    except LarkError as error:
        raise UnparsedError(max(getattr(error, "line", 0), 0), "not HCL") from None
    except RecursionError:
        raise UnparsedError(1, "nested too deep") from None
    return facts_of(root)


class _Values:
    def __init__(self, text: str) -> None:
        self._text = text

    def _source(self, tree: Any) -> str:
        return self._text[tree.meta.start_pos : tree.meta.end_pos].strip()

    def body(self, tree: Any) -> Node:
        entries: list[tuple[str, Node]] = []
        for child in tree.children:
            kind = _kind(child)
            if kind == "attribute":
                entries.append((self._source(child.children[0]), self._value(child.children[-1])))
            elif kind == "block":
                entries.append(self._block(child))
        return mapping(entries, getattr(tree.meta, "line", 1))

    def _block(self, tree: Any) -> tuple[str, Node]:
        """`storage "raft" { ... }`: ("storage", "raft", ...)."""
        labels = [self._source(child).strip('"') for child in tree.children if _kind(child) in ("identifier", "string")]
        node = next(
            (self.body(child) for child in tree.children if _kind(child) == "body"), mapping([], tree.meta.line)
        )
        for label in reversed(labels[1:]):
            node = mapping([(label, node)], tree.meta.line)
        return labels[0], node

    def _value(self, tree: Any) -> Node:
        line = tree.meta.line
        inner = [child for child in tree.children if isinstance(child, Tree) and _kind(child) != "new_line_or_comment"]
        kind = _kind(inner[0]) if _kind(tree) == "expr_term" and len(inner) == 1 else ""
        source = self._source(tree)
        if kind == "tuple":
            return sequence([self._value(each) for each in inner[0].children if _kind(each) == "expr_term"], line)
        if kind == "object":
            elements = [each for each in inner[0].children if _kind(each) == "object_elem"]
            pairs = [(self._source(each.children[0]).strip('"'), self._value(each.children[-1])) for each in elements]
            return mapping(pairs, line)
        if kind == "string" and not set("\\$%") & set(source):
            return Leaf(source[1:-1], line)
        if kind == "int_lit" and len(source) < 4000:  # int() refuses longer ones
            return Leaf(int(source), line)
        if source in _WORDS:
            return Leaf(_WORDS[source], line)
        # An expression, as it is written: what it comes to is known to its program alone. A text with an escape
        # keeps its quotes, so that it is none.
        return Leaf(source, line)


def _kind(node: Any) -> str:
    return str(node.data) if isinstance(node, Tree) else ""
