"""What a host has, as plain data: documents (a file, the packages, ...) that are lists of facts.

A fact is a value at a path within its document:

    /etc/phoenix/app.yaml, line 7      ("database", "pool", "size")     20
    packages                           ("nginx",)                       "1.22.1-9+deb12u1"

Lists are paths with numbers: ("upstreams", 0, "host"). An empty mapping or list is a fact with the value "{}" or "[]".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Value = str | int | float | bool | None
Subject = Literal[
    "files", "packages", "sysctl", "services", "users", "mounts", "env", "effective", "commands", "surveys"
]


class Fact(NamedTuple):
    """A value at a path of a document.

    Attributes:
        line: where it stands in its file, from 1; 0 if it has no line.
        secret: the value is a keyed digest of what must not be shown: good for comparing, and for nothing else.
    """

    path: tuple[str | int, ...]
    value: Value
    line: int = 0
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A file, or what a command said.

    Attributes:
        name: the path of the file; `packages`; `sysctl`; the unit whose environment it is; the daemon; the command; of
            a survey, whose it is: `databases.orders`.
        format: by which it was read: `yaml`, `nginx`, ...; `text` for what no parser knows.
        facts: empty where `trouble` says why nothing is known.
        lines: of a `text`, secrets masked, to show where two differ; its only fact is ("sha256",).
        trouble: why it could not be read or parsed, in one line; never the same as anything.
        missing: there is no such file: known for certain.
        attributes: of a file: `mode`, `owner`, `group`, `target` (of a link), ...
        closed: a directory of which nothing below is known: neither what is there nor that something is missing.
    """

    subject: Subject
    name: str
    format: str = ""
    facts: tuple[Fact, ...] = ()
    lines: tuple[str, ...] = ()
    trouble: str = ""
    missing: bool = False
    attributes: tuple[tuple[str, str], ...] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True)
class HostFacts:
    """All documents of a host that one check compares; or why there are none.

    Attributes:
        trouble: why nothing is known of it; empty if something is.
        cause, next_step: of that, as in `preflight.finding.NotChecked`.
    """

    host: str
    documents: tuple[Document, ...] = ()
    trouble: str = ""
    cause: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """What a host's collector sent back of one thing, as it came.

    Attributes:
        name: as `Document.name`.
        data: the bytes, up to the cap.
        status: how its command ended; 0 for a file that was read whole.
        trouble: why there are no data, or not all: `permission denied`, `100 MB, more than the cap of 1 MB`, ...
        missing: there is no such file.
        attributes, closed: as those of `Document`.
    """

    subject: Subject
    name: str
    data: bytes = b""
    status: int = 0
    trouble: str = ""
    missing: bool = False
    attributes: tuple[tuple[str, str], ...] = ()
    closed: bool = False
