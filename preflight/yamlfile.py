"""YAML text to plain values that know where they were written.

Scalars follow the YAML 1.2 core schema, minus its surprises: `no`, `on`, `0644`, `22:22`, `1_000` and dates stay text.
Values are built straight from libyaml's events: a tree of nodes in between would double the time of a load, and
libyaml recurses without a limit when it builds one.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from yaml._yaml import CParser
from yaml.reader import ReaderError

from preflight.source import Map, Mark, Seq

DEEPEST = 100  # levels; nothing a person writes comes near it
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]+|\.)?([eE][-+]?[0-9]+)?")
_CONSTANTS = {word: value for value, words in {
    None: ("", "~", "null", "Null", "NULL"),
    True: ("true", "True", "TRUE"),
    False: ("false", "False", "FALSE"),
}.items() for word in words}  # fmt: skip
# By what libyaml says, which is of its own state, and not of what a person did.
_HINTS = {"flow": "close its bracket, or put a text with any of []{}, in quotes", "start any token": "put it in quotes",
          "block": "is it indented as the lines before it, and is no dash missing?",
          "mapping values": 'indent it as the key before it, or put a text with ": " in quotes'}  # fmt: skip
_TEXT_TAGS = {"!", "tag:yaml.org,2002:str"}
_PLAIN_TAGS = {None, *_TEXT_TAGS, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


class Document(NamedTuple):
    """One file's content, the places in it that hold a `$`, and what is wrong with its text."""

    file: Path
    root: Map
    references: list[tuple[Map | Seq, Any, Mark]]
    faults: list[tuple[Mark, str, str]]


class _TooDeepError(Exception):
    """Nested deeper than anything a person writes, at `mark`."""

    def __init__(self, mark: Mark) -> None:
        self.mark = mark


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
        construction = _Construction(name, text)
        root = construction.document()
    except UnicodeDecodeError as error:
        return Document(file, Map(top), [], [(_mark_at(name, text, error.start), "", "not UTF-8 text")])
    except yaml.YAMLError as error:
        return Document(file, Map(top), [], [_syntax_fault(name, text, error)])
    except _TooDeepError as error:
        return Document(file, Map(top), [], [(error.mark, "", f"nested deeper than {DEEPEST} levels")])
    if root is None:
        root = Map(top)
    if not isinstance(root, Map):
        construction.faults.append((top, "", "an inventory is a mapping of sections, such as `dns:`"))
        root = Map(top)
    return Document(file, root, construction.references, construction.faults)


def _mark_at(name: str, text: bytes, position: int) -> Mark:
    return Mark(name, text.count(b"\n", 0, position) + 1, position - text.rfind(b"\n", 0, position))


def _syntax_fault(name: str, text: bytes, error: yaml.YAMLError) -> tuple[Mark, str, str]:
    if isinstance(error, ReaderError):
        return _mark_at(name, text, error.position), "", f"not YAML: {error.reason}"
    where = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if where is None:
        return Mark(name, 1, 1), "", f"not YAML: {' '.join(str(error).split())}"
    mark = Mark(name, where.line + 1, where.column + 1)
    lines = text.decode("utf-8-sig").splitlines()
    line = lines[where.line] if where.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())] or line[where.column : where.column + 1] == "\t":
        return mark, "", "a tab: YAML is indented with spaces only"
    if "${" in line or "${" in "".join(lines[max(0, where.line - 1) : where.line]):
        return mark, "", 'not YAML: inside { } or [ ], put "${...}" in quotes'
    message = getattr(error, "problem", None) or str(error)
    context = f" ({of})" if (of := getattr(error, "context", None)) else ""
    hint = next((f"; {hint}" for word, hint in _HINTS.items() if word in message + context), "")
    return mark, "", f"not YAML: {message}{context}{hint}"


class _Construction:
    """Turns the events of one file into values; collects faults instead of stopping at the first."""

    def __init__(self, name: str, text: bytes) -> None:
        self.name = name
        self.references: list[tuple[Map | Seq, Any, Mark]] = []
        self.faults: list[tuple[Mark, str, str]] = []
        self._next = CParser(text).get_event
        self._anchors: dict[str, Any] = {}  # None while the value is being built
        self._depth = 0

    def document(self) -> Any:
        """The file's only document; None if there is none."""
        self._next()  # the start of the stream
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        root = self._value(self._next(), "")
        self._next()  # the end of the document
        following = self._next()
        if not isinstance(following, yaml.StreamEndEvent):
            message = "a second document: an inventory's file holds one (a line `---` starts another)"
            self.faults.append((self._mark(following), "", message))
        return root

    def _mark(self, event: Any) -> Mark:
        start = event.start_mark
        return Mark(self.name, start.line + 1, start.column + 1)

    def _value(self, event: Any, path: str) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path)
        if event.tag not in _PLAIN_TAGS:
            self.faults.append((self._mark(event), path, f"the tag {event.tag} is not supported here"))
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            value = event.value if event.style or event.tag in _TEXT_TAGS else _plain(event.value)
        else:
            self._depth += 1
            if self._depth > DEEPEST:
                raise _TooDeepError(self._mark(event))
            value = self._map(event, path) if isinstance(event, yaml.MappingStartEvent) else self._seq(event, path)
            self._depth -= 1
        if event.anchor is not None:
            self._anchors[event.anchor] = (value,)
        return value

    def _alias(self, event: Any, path: str) -> Any:
        anchored = self._anchors.get(event.anchor, ())
        if anchored:
            return anchored[0]
        problem = (
            "an alias cannot stand inside its own anchor"
            if anchored is None
            else f"no anchor &{event.anchor} before it"
        )
        self.faults.append((self._mark(event), path, problem))
        return None

    def _map(self, start: Any, path: str) -> Map:
        result = Map(self._mark(start))
        merged: list[Map] = []
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._value(event, path) if not isinstance(event, yaml.ScalarEvent) else self._key(event, path)
            below = f"{path}.{key}" if path else str(key)
            following = self._next()
            value, mark = self._value(following, below), self._mark(following)
            if not isinstance(event, yaml.ScalarEvent):
                self.faults.append((self._mark(event), path, "a key must be plain text"))
            elif key == "<<" and not event.style:
                merged += self._sources(value, mark, below)
            elif key in result:
                message = f"key given twice (first on line {result.keys_at[key].line})"
                self.faults.append((self._mark(event), below, message))
            else:
                result.put(key, value, self._mark(event), mark)
                self._note_reference(result, key, value, mark)
        for source in merged:
            for key in source:
                if key not in result:
                    result.copy_entry(key, source)
                    self._note_reference(result, key, source[key], source.values_at[key])
        return result

    def _key(self, event: yaml.ScalarEvent, path: str) -> str:
        """Keys are texts, whatever they look like."""
        if event.tag not in _PLAIN_TAGS:
            self.faults.append((self._mark(event), path, f"the tag {event.tag} is not supported here"))
        key: str = event.value
        if event.anchor is not None:
            self._anchors[event.anchor] = (key,)
        return key

    def _sources(self, value: Any, mark: Mark, path: str) -> list[Map]:
        """What `<<` merges in: a mapping or a list of them."""
        sources = value if isinstance(value, Seq) else [value]
        if not all(isinstance(source, Map) for source in sources):
            self.faults.append((mark, path, "only mappings can be merged with <<"))
        return [source for source in sources if isinstance(source, Map)]

    def _seq(self, start: Any, path: str) -> Seq:
        result = Seq(self._mark(start))
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            index, mark = len(result), self._mark(event)
            value = self._value(event, f"{path}[{index}]")
            result.append(value)
            result.items_at.append(mark)
            self._note_reference(result, index, value, mark)
        return result

    def _note_reference(self, holder: Map | Seq, key: Any, value: Any, mark: Mark) -> None:
        if type(value) is str and "$" in value:
            self.references.append((holder, key, mark))


def _plain(text: str) -> Any:
    """What a scalar without quotes stands for."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] in "+-.0123456789":
        if _INT.fullmatch(text):
            return int(text) if len(text) < 4000 else text  # int() refuses longer ones
        if text[-1] != "." and any(c.isdigit() for c in text) and _FLOAT.fullmatch(text):
            return float(text)
    return text
