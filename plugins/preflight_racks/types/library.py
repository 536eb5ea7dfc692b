"""Finds types in files and folders, in the format of the community's devicetype-library.

That library has 5,000 files, named by model and not by slug, and YAML takes its time. So all files are searched for
what could be the name of a type, by a pattern, and only those that a name leads to are read as YAML.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

from preflight.errors import Problem
from preflight.source import Mark
from preflight.validation import validate
from preflight.yamlfile import parse
from preflight_racks.fields import origin_of
from preflight_racks.types.spec import DeviceFile, ModuleFile, RackFile

SUFFIXES = (".yaml", ".yml")
# A key, and what stands behind it, wherever that may be: it finds too much rather than too little.
_NAMES = re.compile(
    rb"""(?:^|[{,])[ \t]*["']?(slug|model|part_number)["']?[ \t]*:[ \t]+(?=["']?([^"'\n]+))""", re.MULTILINE
)
F = TypeVar("F", DeviceFile, ModuleFile, RackFile)


class FlawedError(ValueError):
    """The file of a type cannot be used: what is wrong, and where in it."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Library(Generic[F]):
    """The types of one sort that are in these files and folders. Reads nothing before it is asked for a type."""

    def __init__(self, sort: type[F], paths: Iterable[Path] = ()) -> None:
        self._sort: type[F] = sort
        self._paths = tuple(paths)
        self._known: dict[str, tuple[F, str] | None] = {}

    def find(self, name: str) -> tuple[F, str] | None:
        """What the type's file says, and that file with its line; None if no file has it.

        Raises:
            FlawedError: its file cannot be used, or several have it.
        """
        if name not in self._known:
            self._known[name] = self._search(name)
        return self._known[name]

    @property
    def names(self) -> Iterable[str]:
        """What types could be asked for by."""
        return self._files.keys()

    def unfit(self) -> Iterator[Problem]:
        """What is wrong with the files that were named one by one: each of them is meant to be a type."""
        for path in self._paths:
            try:
                if not path.is_dir():
                    self._read(path)
            except FlawedError as error:
                yield from error.problems

    @cached_property
    def _files(self) -> dict[str, list[Path]]:
        """By name, the files in which that could be the name of a type."""
        files: dict[str, list[Path]] = {}
        for file in dict.fromkeys(file for path in self._paths for file in yaml_files(path)):
            for name in dict.fromkeys(self._names(file)):
                files.setdefault(name, []).append(file)
        return files

    def _names(self, file: Path) -> Iterator[str]:
        wanted = (b"model", b"part_number") if self._sort is ModuleFile else (b"slug",)
        for key, value in _NAMES.findall(_content(file)):
            if key in wanted:
                text = value.decode("utf-8", "replace")
                yield text.strip()
                yield re.split(r"[,}]|\s#", text)[0].strip()

    def _search(self, name: str) -> tuple[F, str] | None:
        # manufacturer/model: and a model may have a slash of its own.
        parts = [name, *(name.split("/", number)[-1] for number in range(1, name.count("/") + 1))]
        candidates = dict.fromkeys(file for part in parts for file in self._files.get(part, ()))
        found = [(one, mark) for one, mark in map(self._read, candidates) if name in one.names]
        if not found:
            return None
        one, mark = found[0]
        if len(found) > 1:
            others = " and ".join(origin_of(other) for _, other in found[1:])
            raise FlawedError(Problem(mark, "", f'"{name}" stands here and in {others}: which one is meant?'))
        return one, origin_of(mark)

    def _read(self, file: Path) -> tuple[F, Mark]:
        document = parse(file, _content(file))
        if document.faults:
            raise FlawedError(*(Problem(*fault) for fault in document.faults))
        mark = document.root.mark
        one, problems = validate(self._sort, document.root, "", mark)
        if problems:
            what = f"is no {self._sort.what}"
            raise FlawedError(*(Problem(each.mark, each.path or what, each.message) for each in problems))
        return one, mark


def yaml_files(path: Path) -> Iterator[Path]:
    """The file itself, or every YAML file below the folder; no hidden ones, and no folder that is a link."""
    if not path.is_dir():
        yield path
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(files) if name.endswith(SUFFIXES) and name[0] != ".")


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        problem = Problem(Mark(os.fspath(file), 1, 1), "", f"cannot be read: {error.strerror or error}")
        raise FlawedError(problem) from None
