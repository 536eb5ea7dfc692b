"""One tree of values from an inventory's files: `extends`, `vars`, `${...}` and the merge of a folder.

- A folder is all its `*.yaml` files. They are peers: what two of them both define is an error;
  lists of mappings (checks) add up.
- `extends: ../common` (a file or a folder, or a list of them) comes first; the inventory that
  extends it wins, and lists of mappings add up.
- `${vars.x}` takes a value from `vars:`, `${env:NAME}` and `${file:path}` bring in secrets.
  `$${` is a plain `${`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from preflight.errors import Problem
from preflight.nearest import did_you_mean
from preflight.phases import write_out
from preflight.secret import MASK, SHORTEST_MASKED, Masker, Secret
from preflight.source import SUFFIXES, Map, Mark, Seq, shown
from preflight.yamlfile import Document, read

_REFERENCE = re.compile(r"\$(?P<escaped>\$\{)|\$\{(?P<what>[^}]*)\}")


@dataclass(slots=True)
class Composition:
    """What an inventory's files say together.

    `homes` maps each file to the file of the inventory itself it was read for: a check inherited by
    `extends` is collected under the file that extends. `as_written` has the texts with references in them.
    With `as_recorded`, secrets are what a record has of them.
    """

    root: Map
    vars: Map
    homes: dict[str, Path]
    problems: list[Problem]
    masker: Masker
    unresolved: set[Mark] = field(default_factory=set)
    as_written: dict[Mark, str] = field(default_factory=dict)
    as_recorded: bool = False


def files_of(path: Path) -> list[Path]:
    """The YAML files of an inventory: the file itself, or those of the folder, by name."""
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.suffix in SUFFIXES and file.is_file())
    return [path]


def compose(path: Path, given_vars: Mapping[str, Any], *, as_recorded: bool = False) -> Composition:
    """Read, resolve and merge; all problems are collected, nothing is raised.

    Args:
        path: the inventory's file or folder.
        given_vars: vars that code brings at run time; they win over those in the files.
        as_recorded: what a run has seen is judged again: where it saw a secret, its record has a mask.
    """
    layers = _Layers()
    layers.add(path, home=None, chain=())
    root, given = Map(Mark(os.fspath(path), 1, 1)), Map(Mark("", 1, 1))
    whole = Composition(root, given, layers.homes, layers.problems, Masker(), as_recorded=as_recorded)
    for documents in layers.layers:
        merged_vars = Map(whole.vars.mark)
        for document in documents:
            _merge(merged_vars, _vars_of(document, whole.problems), "vars", whole.problems, peers=True)
        _merge(whole.vars, merged_vars, "vars", whole.problems, peers=False)
    for name, value in given_vars.items():
        whole.vars.put(name, value, whole.vars.mark, whole.vars.mark)
        if isinstance(value, Secret):
            whole.masker.learn(value)
    resolver = _Resolver(whole)
    for documents in layers.layers:
        layer = Map(whole.root.mark)
        for document in documents:
            for holder, key, mark in document.references:
                before = len(whole.problems)
                whole.as_written[mark] = holder[key]
                holder[key] = resolver.expand(holder[key], mark, ())
                if len(whole.problems) > before:
                    whole.unresolved.add(mark)
            document.root.pop("vars", None)
            _merge(layer, document.root, "", whole.problems, peers=True)
        _merge(whole.root, layer, "", whole.problems, peers=False)
    write_out(whole.root)
    whole.vars.update(resolver.vars())
    return whole


class _Layers:
    """The files in the order in which they count: what is extended comes before what extends it."""

    def __init__(self) -> None:
        self.layers: list[list[Document]] = []
        self.homes: dict[str, Path] = {}
        self.problems: list[Problem] = []
        self._added: set[Path] = set()

    def add(self, path: Path, home: Path | None, chain: tuple[Path, ...]) -> None:
        self._added.add(path.resolve())
        documents = [read(file) for file in files_of(path)]
        for document in documents:
            self.homes[os.fspath(document.file)] = home or document.file
            self.problems += [Problem(*fault) for fault in document.faults]
            for parent, mark in self._parents(document):
                self._extend(parent, mark, home or document.file, (*chain, path.resolve()))
        self.layers.append(documents)

    def _parents(self, document: Document) -> list[tuple[str, Mark]]:
        root = document.root
        if "extends" not in root:
            return []
        value, mark = root["extends"], root.values_at["extends"]
        pairs = list(zip(value, value.items_at, strict=True)) if isinstance(value, Seq) else [(value, mark)]
        root.pop("extends")
        for parent, at in pairs:
            if not isinstance(parent, str) or "${" in parent:
                self.problems.append(Problem(at, "extends", "should be the path of a file or folder, without ${...}"))
        return [(parent, at) for parent, at in pairs if isinstance(parent, str) and "${" not in parent]

    def _extend(self, parent: str, mark: Mark, home: Path, chain: tuple[Path, ...]) -> None:
        written = Path(mark.file).parent / parent
        found = next((path for path in (written, *(Path(f"{written}{s}") for s in SUFFIXES)) if _exists(path)), None)
        if found is None:
            self.problems.append(Problem(mark, "extends", f"there is no file or folder {shown(written)}"))
        elif not files_of(found):
            self.problems.append(Problem(mark, "extends", f"the folder {shown(found)} holds no YAML file"))
        elif found.resolve() in chain:
            self.problems.append(Problem(mark, "extends", f"{shown(found)} extends this inventory in turn: a circle"))
        elif found.resolve() not in self._added:  # a common ground reached twice counts once
            self.add(Path(os.path.normpath(found)), home, chain)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # longer than a name can be
        return False


def _vars_of(document: Document, problems: list[Problem]) -> Map:
    value = document.root.get("vars")
    if isinstance(value, Map):
        return deepcopy(value)  # as written: the references in the document are replaced in place
    if value is not None:
        problems.append(Problem(document.root.values_at["vars"], "vars", "should be a mapping of names to values"))
    return Map(document.root.mark)


def _merge(into: Map, other: Map, path: str, problems: list[Problem], *, peers: bool) -> None:
    """Merge `other` into `into`. Peers must not contradict each other; otherwise `other` wins."""
    for key, value in other.items():
        below = f"{path}.{key}" if path else key
        here = into.get(key)
        if key not in into:
            into.copy_entry(key, other)
        elif isinstance(here, Map) and isinstance(value, Map):
            merged = Map(here.mark)
            for old in here:
                merged.copy_entry(old, here)
            _merge(merged, value, below, problems, peers=peers)
            into[key] = merged
        elif isinstance(here, Seq) and isinstance(value, Seq) and _all_maps(here) and _all_maps(value):
            both = Seq(here.mark)
            both += [*here, *value]
            both.items_at = [*here.items_at, *value.items_at]
            into[key] = both
        elif peers:
            first = into.keys_at[key]
            message = f"also defined at {first}; two files of one inventory cannot both define it"
            problems.append(Problem(other.keys_at[key], below, message))
        else:
            into.copy_entry(key, other)


def _all_maps(items: Seq) -> bool:
    return bool(items) and all(isinstance(item, Map) for item in items)


class _Resolver:
    """Replaces `${...}`. A text that is nothing but one reference takes the value's own type."""

    def __init__(self, whole: Composition) -> None:
        self._whole = whole

    def vars(self) -> dict[str, Any]:
        """The vars of the files, with their references replaced."""
        given = self._whole.vars
        at = given.values_at
        return {name: self.expand(value, at[name], (f"vars.{name}",)) for name, value in given.items() if at[name].file}

    def expand(self, value: Any, mark: Mark, chain: tuple[str, ...]) -> Any:
        if isinstance(value, Seq | Map):
            return self._expand_inside(value, mark, chain)
        if not isinstance(value, str) or isinstance(value, Secret) or "$" not in value:
            return value
        matches = list(_REFERENCE.finditer(value))
        if len(matches) == 1 and matches[0].group() == value and matches[0]["what"] is not None:
            return self._look_up(matches[0]["what"], mark, chain)
        parts: list[str] = []
        secret, end = False, 0
        for match in matches:
            before = len(self._whole.problems)
            part = "${" if match["escaped"] else self._look_up(match["what"], mark, chain)
            if part is None and len(self._whole.problems) > before:
                part = ""  # and why has been told
            elif isinstance(part, float):  # 1.10 is 1.1 by now
                self._problem(
                    mark, f"{match.group()} is a number with a point: put its value in quotes to use it in a text"
                )
            elif isinstance(part, Map | Seq | None):
                self._problem(mark, f"{match.group()} is not a plain value: it cannot stand inside a text")
                part = ""
            secret = secret or isinstance(part, Secret)
            parts += [value[end : match.start()], part.reveal() if isinstance(part, Secret) else _as_text(part)]
            end = match.end()
        text = "".join(parts) + value[end:]
        return Secret(text) if secret else text

    def _expand_inside(self, value: Map | Seq, mark: Mark, chain: tuple[str, ...]) -> Map | Seq:
        """A value of `vars:` that holds references in turn, copied so that `vars` stay as written."""
        if isinstance(value, Seq):
            items = Seq(value.mark)
            items += [self.expand(item, mark, chain) for item in value]
            items.items_at = list(value.items_at)
            return items
        entries = Map(value.mark)
        for key, item in value.items():
            entries.put(key, self.expand(item, mark, chain), value.keys_at[key], value.values_at[key])
        return entries

    def _look_up(self, what: str, mark: Mark, chain: tuple[str, ...]) -> Any:
        if what.startswith("vars."):
            return self._var(what, mark, chain)
        source, _, name = what.partition(":")
        if self._whole.as_recorded and source in ("env", "file") and name:
            return self._recorded(source, name, mark)
        if source == "env" and name:
            if name in os.environ:
                return self._secret(os.environ[name])
            return self._problem(mark, f"the environment variable {name} is not set")
        if source == "file" and name:
            try:
                file = Path(mark.file).parent / Path(name).expanduser()
                return self._secret(file.read_text("utf-8").rstrip("\r\n"))
            except OSError as error:
                return self._problem(mark, f"{shown(file)} cannot be read: {error.strerror}")
            except UnicodeDecodeError:
                return self._problem(mark, f"{shown(file)} cannot be read: not UTF-8 text")
            except (RuntimeError, ValueError) as error:  # no such home directory; a NUL in the name
                return self._problem(mark, f"{name!r} is not the path of a file: {error}")
        return self._problem(mark, f"${{{what}}} is not one of ${{vars.NAME}}, ${{env:NAME}}, ${{file:PATH}}")

    def _recorded(self, source: str, name: str, mark: Mark) -> Secret:
        """A mask, whether or not the secret is at hand; what is too short to be masked, and a number, as it is.

        Where it is at hand, a team's own tests may show it.
        """
        value = os.environ.get(name, "")
        if source == "file":
            with suppress(OSError, ValueError, RuntimeError):
                value = (Path(mark.file).parent / Path(name).expanduser()).read_text("utf-8").rstrip("\r\n")
        secret = self._secret(value)
        return secret if 0 < len(value) < SHORTEST_MASKED or value.isdecimal() else Secret(MASK)

    def _var(self, what: str, mark: Mark, chain: tuple[str, ...]) -> Any:
        if what in chain:
            return self._problem(mark, f"${{{what}}} refers to itself: {' -> '.join([*chain, what])}")
        value: Any = self._whole.vars
        at = mark
        for name in what.split(".")[1:]:
            if not isinstance(value, Mapping) or name not in value:
                known = value if isinstance(value, Mapping) else ()
                return self._problem(mark, f"${{{what}}}: there is no such var{did_you_mean(name, known)}")
            at = value.values_at[name] if isinstance(value, Map) else at
            value = value[name]
        return self.expand(value, at if at.file else mark, (*chain, what))

    def _secret(self, value: str) -> Secret:
        secret = Secret(value)
        self._whole.masker.learn(secret)
        return secret

    def _problem(self, mark: Mark, message: str) -> None:
        self._whole.problems.append(Problem(mark, "", message))


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
