"""YAML text to plain values that know where they were written.

A mapping becomes a `Map`, a sequence a `Seq`: a dict and a list that also hold the mark of
everything in them. Scalars follow the YAML 1.2 core schema, minus its surprises: `no`, `on`,
`0644`, `22:22`, `1_000` and dates stay text.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from yaml.cyaml import CBaseLoader

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]+|\.)?([eE][-+]?[0-9]+)?")
_CONSTANTS = {word: value for value, words in {
    None: ("", "~", "null", "Null", "NULL"),
    True: ("true", "True", "TRUE"),
    False: ("false", "False", "FALSE"),
}.items() for word in words}  # fmt: skip


class Mark(NamedTuple):
    """A place in a file. Lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{shown(self.file)}:{self.line}:{self.column}"


class Map(dict[str, Any]):
    """A mapping: `mark` is its own place, `keys_at` and `values_at` those of its entries."""

    __slots__ = ("keys_at", "mark", "values_at")

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.keys_at: dict[str, Mark] = {}
        self.values_at: dict[str, Mark] = {}

    def put(self, key: str, value: Any, key_mark: Mark, value_mark: Mark) -> None:
        self[key] = value
        self.keys_at[key] = key_mark
        self.values_at[key] = value_mark

    def copy_entry(self, key: str, other: Map) -> None:
        """Take an entry of another mapping over, with its marks."""
        self.put(key, other[key], other.keys_at[key], other.values_at[key])


class Seq(list[Any]):
    """A sequence: `mark` is its own place, `items_at` those of its items."""

    __slots__ = ("items_at", "mark")

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.items_at: list[Mark] = []


class Document(NamedTuple):
    """One file's content, the places in it that hold a `$`, and what is wrong with its text."""

    file: Path
    root: Map
    references: list[tuple[Map | Seq, Any, Mark]]
    faults: list[tuple[Mark, str, str]]


def shown(file: str | Path) -> str:
    """A path as the user would type it: relative to the working directory where it lies below it."""
    path = os.fspath(file)
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


def read(file: Path) -> Document:
    """Read one YAML file. Nothing is raised: what is wrong stands in `faults` as (mark, path, message)."""
    return parse(file, _text(file))


def _text(file: Path) -> bytes | OSError:
    try:
        return file.read_bytes()
    except OSError as error:
        return error


def parse(file: Path, text: bytes | OSError) -> Document:
    """Parse YAML text as if it had been read from `file`."""
    name = os.fspath(file)
    top = Mark(name, 1, 1)
    if isinstance(text, OSError):
        return Document(file, Map(top), [], [(top, "", f"cannot be read: {text.strerror or text}")])
    try:
        text.decode("utf-8-sig")
        node = CBaseLoader(text).get_single_node()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        fault = Mark(name, line, error.start - text.rfind(b"\n", 0, error.start)), "", "not UTF-8 text"
        return Document(file, Map(top), [], [fault])
    except yaml.YAMLError as error:
        return Document(file, Map(top), [], [_syntax_fault(name, text, error)])
    construction = _Construction(name)
    root = construction.value(node, "") if node is not None else Map(top)
    if root is None:
        root = Map(top)
    if not isinstance(root, Map):
        construction.faults.append((top, "", "an inventory is a mapping of sections, such as `dns:`"))
        root = Map(top)
    return Document(file, root, construction.references, construction.faults)


def _syntax_fault(name: str, text: bytes, error: yaml.YAMLError) -> tuple[Mark, str, str]:
    where = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if where is None:
        return Mark(name, 1, 1), "", f"not YAML: {' '.join(str(error).split())}"
    mark = Mark(name, where.line + 1, where.column + 1)
    lines = text.decode("utf-8-sig").splitlines()
    line = lines[where.line] if where.line < len(lines) else ""
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent or line[where.column : where.column + 1] == "\t":
        return mark, "", "a tab: YAML is indented with spaces only"
    message = getattr(error, "problem", None) or str(error)
    context = getattr(error, "context", None)
    return mark, "", f"not YAML: {message}" + (f" ({context})" if context else "")


class _Construction:
    """Turns the nodes of one file into values; collects faults instead of stopping at the first."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.references: list[tuple[Map | Seq, Any, Mark]] = []
        self.faults: list[tuple[Mark, str, str]] = []
        self._shared: dict[int, Any] = {}  # an aliased node is one value; None while it is being built

    def _mark(self, node: yaml.Node) -> Mark:
        start = node.start_mark
        return Mark(self.name, start.line + 1, start.column + 1)

    def value(self, node: yaml.Node, path: str) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        key = id(node)
        if key in self._shared:
            if self._shared[key] is None:
                self.faults.append((self._mark(node), path, "an alias cannot stand inside its own anchor"))
            return self._shared[key]
        self._shared[key] = None
        built = self._map(node, path) if isinstance(node, yaml.MappingNode) else self._seq(node, path)
        self._shared[key] = built
        return built

    def _scalar(self, node: yaml.ScalarNode, path: str) -> Any:
        text: str = node.value
        if node.tag is not None and node.tag not in ("tag:yaml.org,2002:str", "!"):
            self.faults.append((self._mark(node), path, f"the tag {node.tag} is not supported here"))
        if node.style in ("'", '"', "|", ">"):
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if text[0] in "+-.0123456789":
            if _INT.fullmatch(text):
                return int(text) if len(text) < 4000 else text  # int() refuses longer ones
            if text[-1] != "." and any(c.isdigit() for c in text) and _FLOAT.fullmatch(text):
                return float(text)
        return text

    def _map(self, node: yaml.MappingNode, path: str) -> Map:
        result = Map(self._mark(node))
        merged: list[Map] = []
        for key_node, value_node in node.value:
            key_mark, value_mark = self._mark(key_node), self._mark(value_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self.faults.append((key_mark, path, "a key must be plain text"))
                continue
            key = key_node.value
            below = f"{path}.{key}" if path else key
            value = self.value(value_node, below)
            if key == "<<" and not key_node.style:
                sources = value if isinstance(value, Seq) else [value]
                merged += [source for source in sources if isinstance(source, Map)]
                continue
            if key in result:
                first = result.keys_at[key]
                self.faults.append((key_mark, below, f"key given twice (first on line {first.line})"))
                continue
            result.put(key, value, key_mark, value_mark)
            if type(value) is str and "$" in value:
                self.references.append((result, key, value_mark))
        for source in merged:
            for key in source.keys() - result.keys():
                result.copy_entry(key, source)
        return result

    def _seq(self, node: yaml.Node, path: str) -> Seq:
        result = Seq(self._mark(node))
        for index, item in enumerate(node.value):
            mark = self._mark(item)
            value = self.value(item, f"{path}[{index}]")
            result.append(value)
            result.items_at.append(mark)
            if type(value) is str and "$" in value:
                self.references.append((result, index, mark))
        return result
