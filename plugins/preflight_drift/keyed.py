"""Lists whose items have names: `servers[name=db-1].port` rather than `servers.0.port`, so that order does not matter.

Lists are ordered, unless every item of a list, on every host that has it, has a `name`, `key` or `id` of its own.
What is given once on one host and several times on another (`port` of sshd_config) is a list of one there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from preflight_drift.model import Fact

NAMES = ("name", "key", "id")
Tree = dict[str | int, Any]  # a leaf is a Fact


def keyed(sides: Sequence[Iterable[Fact]]) -> list[list[tuple[tuple[str, ...], Fact]]]:
    """The facts of one document on several hosts, each with the path under which it is compared."""
    sides = [list(side) for side in sides]
    if not any(isinstance(part, int) for side in sides for fact in side for part in fact.path):
        return [[(cast("tuple[str, ...]", fact.path), fact) for fact in side] for side in sides]
    trees = [_tree(side) for side in sides]
    _rekey(trees)
    return [list(_leaves(tree, ())) for tree in trees]


def _tree(facts: Iterable[Fact]) -> Tree:
    root: Tree = {}
    for fact in facts:
        node = root
        for part in fact.path[:-1]:
            below = node.setdefault(part, {})
            if not isinstance(below, dict):  # a key that is both a value and a section
                below = node[part] = {"": below}
            node = below
        node[fact.path[-1]] = fact
    return root


def _rekey(nodes: Sequence[Tree]) -> None:
    """Nodes at the same place of several trees: give the items of lists their names, in place."""
    name = _naming(nodes)
    if name:
        for node in nodes:
            items = list(node.items())
            node.clear()
            node |= {f"[{name}={item[name].value}]": item for _, item in items}
    listed = {part for node in nodes for part, child in node.items() if _is_list(child)}
    below: dict[str | int, list[Tree]] = {}
    for node in nodes:
        for part, child in node.items():
            if part in listed and isinstance(child, Fact):
                node[part] = child = {0: child}
            if isinstance(child, dict):
                below.setdefault(part, []).append(child)
    for children in below.values():
        _rekey(children)


def _is_list(node: Any) -> bool:
    return isinstance(node, dict) and bool(node) and all(isinstance(part, int) for part in node)


def _naming(nodes: Sequence[Tree]) -> str:
    """The key that names every item of these lists; empty if there is none, or if they are no lists."""
    lists = [node for node in nodes if node]
    if not lists or not all(map(_is_list, lists)):
        return ""
    return next((name for name in NAMES if all(_names_all(name, node) for node in lists)), "")


def _names_all(name: str, items: Tree) -> bool:
    found = [item.get(name) if isinstance(item, dict) else None for item in items.values()]
    values = [fact.value for fact in found if isinstance(fact, Fact) and not fact.secret]
    return len(values) == len(items) == len(set(map(str, values)))


def _leaves(node: Tree, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Fact]]:
    for part, child in node.items():
        here = (*path, str(part))
        if isinstance(child, dict):
            yield from _leaves(child, here)
        else:
            yield here, child
