"""YAML, as its consumer reads it: with the words of 1.1 (`yes`, `0o`-less octals, 22:22) or those of 1.2.

Built from libyaml's events, like an inventory: a tree of PyYAML's nodes would double the time, and libyaml recurses
without a limit when it builds one. Tags are kept as facts and never acted upon. Keys are texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from preflight_drift.model import Fact, Value
from preflight_drift.parsers.nodes import DEEPEST, Branch, Leaf, Node, facts_of, mapping, sequence
from preflight_drift.parsers.unparsed import UnparsedError

Meaning = Callable[[str], tuple[Value, str]]  # the text of a plain scalar to its value, and a tag it has thereby
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,4000})")
_OCTAL = re.compile(r"0[0-7]{1,30}|0o[0-7]{1,30}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+")
_WORDS: dict[str, Value] = {
    word: value
    for value, words in {None: "~ null Null NULL", True: "true True TRUE", False: "false False FALSE"}.items()
    for word in ("", *words.split())
    if word or value is None
}
_TEXT_TAGS = {"!", "tag:yaml.org,2002:str"}
_OWN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "int", "float", "bool", "null")}


def parse(text: str) -> Iterator[Fact]:
    """By YAML 1.2, but 0644 is octal: so do go-yaml and every reader of 1.1, and it is no 644 to anybody."""
    return _facts(text, _core)


def parse_1_1(text: str) -> Iterator[Fact]:
    """By YAML 1.1, with PyYAML's own rules."""
    return _facts(text, _legacy)


def _facts(text: str, meaning: Meaning) -> Iterator[Fact]:
    try:
        roots = _Events(text, meaning).documents()
    except yaml.YAMLError as error:
        mark: Any = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        if mark is not None:
            raise UnparsedError(mark.line + 1, f"not YAML: {getattr(error, 'problem', None) or 'malformed'}") from None
        before = text.encode("utf-8", "replace")[: getattr(error, "position", 0)]
        raise UnparsedError(before.count(b"\n") + 1, "not YAML: a character that is not allowed") from None
    if len(roots) < 2:
        return (fact for root in roots for fact in facts_of(root))
    names = [_object_name(root) for root in roots]
    if None in names or len(set(names)) < len(names):
        return facts_of(sequence(roots, 1))
    return (fact for name, root in zip(names, roots, strict=True) for fact in facts_of(root, (name or "",)))


def _object_name(root: Node) -> str | None:
    """`Deployment/shop/web` of a Kubernetes object: what its document is known by, wherever it stands in the file."""
    kind = _at(root, "kind")
    metadata = _at(root, "metadata")
    parts = [kind, *(_at(metadata, key) for key in ("namespace", "name"))]
    texts = [str(part.value) for part in parts if isinstance(part, Leaf)]
    return "/".join(texts) if isinstance(parts[0], Leaf) and isinstance(parts[2], Leaf) else None


def _at(node: Node | None, key: str) -> Node | None:
    if not isinstance(node, Branch) or node.empty != "{}":
        return None
    return next((below for name, below in node.entries if name == key), None)


class _Events:
    def __init__(self, text: str, meaning: Meaning) -> None:
        self._next = CParser(text).get_event
        self._meaning = meaning
        self._anchors: dict[str, Node | None] = {}  # None while the value is being built

    def documents(self) -> list[Node]:
        self._next()  # the start of the stream
        roots: list[Node] = []
        while not isinstance(self._next(), yaml.StreamEndEvent):
            self._anchors.clear()
            root = self._node(self._next(), 0)
            self._next()  # the end of the document
            roots.append(root)
        # A `---` at the very end begins nothing.
        if len(roots) > 1 and isinstance(roots[-1], Leaf) and roots[-1].value is None:
            roots.pop()
        return roots

    def _node(self, event: Any, depth: int) -> Node:
        kind = type(event)
        line: int = event.start_mark.line + 1
        if kind is yaml.ScalarEvent:
            node: Node = self._scalar(event, line)
        elif kind is yaml.AliasEvent:
            known = self._anchors.get(event.anchor)
            if known is None:
                raise UnparsedError(line, "an alias without an anchor before it")
            return known
        else:
            if depth >= DEEPEST:
                raise UnparsedError(line, f"nested deeper than {DEEPEST} levels")
            if event.anchor is not None:
                self._anchors[event.anchor] = None
            tag = "" if event.tag is None or event.tag in _OWN_TAGS else event.tag
            if kind is yaml.MappingStartEvent:
                node = self._mapping(line, tag, depth)
            else:
                items: list[Node] = []
                while type(following := self._next()) is not yaml.SequenceEndEvent:
                    items.append(self._node(following, depth + 1))
                node = sequence(items, line, tag)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _scalar(self, event: Any, line: int) -> Leaf:
        tag: str | None = event.tag
        if tag in _TEXT_TAGS or (tag is None and event.style):
            return Leaf(event.value, line)
        value, own_tag = self._meaning(event.value) if tag is None or tag in _OWN_TAGS else (event.value, tag)
        return Leaf(value, line, own_tag)

    def _mapping(self, line: int, tag: str, depth: int) -> Branch:
        event: Any
        entries: list[tuple[str, Node]] = []
        merged: list[tuple[str, Node]] = []
        while type(event := self._next()) is not yaml.MappingEndEvent:
            name = self._key(event, depth)
            node = self._node(self._next(), depth + 1)
            if name == "<<" and type(event) is yaml.ScalarEvent and not event.style:
                merged += self._merged(node, line)
            else:
                entries.append((name, node))
        if merged:  # own keys first, then the earlier source (https://yaml.org/type/merge.html)
            own = {key for key, _ in entries}
            for key, node in merged:
                if key not in own:
                    own.add(key)
                    entries.append((key, node))
        return mapping(entries, line, tag)

    def _key(self, event: Any, depth: int) -> str:
        if type(event) is yaml.ScalarEvent and event.anchor is None:
            return str(event.value)
        node = self._node(event, depth + 1)
        if isinstance(node, Leaf):
            return str(node.value)
        return ", ".join(f"{'.'.join(map(str, fact.path))}={fact.value}" for fact in facts_of(node))

    @staticmethod
    def _merged(node: Node, line: int) -> list[tuple[str, Node]]:
        sources = [node] if isinstance(node, Leaf) or node.empty == "{}" else [below for _, below in node.entries]
        found: list[tuple[str, Node]] = []
        for source in sources:
            if isinstance(source, Leaf) or source.empty != "{}":
                raise UnparsedError(line, "`<<` merges something that is no mapping")
            found += [(str(key), below) for key, below in source.entries]
        return found


@lru_cache(4096)
def _core(text: str) -> tuple[Value, str]:
    if text in _WORDS:
        return _WORDS[text], ""
    if text[0] in "+-.0123456789":
        if _INT.fullmatch(text):
            return int(text), ""
        if _OCTAL.fullmatch(text):
            return int(text.replace("o", ""), 8), ""
        if _FLOAT.fullmatch(text):
            return float(text), ""
    return text, ""


_RESOLVER: Any = Resolver()


@lru_cache(4096)
def _legacy(text: str) -> tuple[Value, str]:
    node = yaml.ScalarNode(_RESOLVER.resolve(yaml.ScalarNode, text, (True, False)), text)
    kind = node.tag.rpartition(":")[2]
    if kind in ("str", "merge", "value"):
        return text, ""
    if kind == "timestamp":  # a date to its consumer, which a text in quotes is not
        return text, "timestamp"
    try:
        return SafeConstructor().construct_object(node), ""
    except (ValueError, yaml.YAMLError):  # such as int() of too many digits
        return text, kind
