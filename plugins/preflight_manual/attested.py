"""The file of attestations: `inventories/prod.attested`, beside the file or folder of its inventory.

Its ending is its own, so that it is neither taken for an inventory (`inventories/*.yaml`) nor for a part of one (a
folder is all its `*.yaml`). Inside, it is YAML that grows at its end, by a person's hand or by `preflight attest`.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from preflight.errors import Problem
from preflight.model import Marked, Moment, Several, Strictly
from preflight.source import Mark, shown
from preflight.validation import validate
from preflight.yamlfile import parse
from preflight_manual.spec import Line

SUFFIX = ".attested"
HEAD = """\
# What people attest for the manual steps of this inventory; `preflight attest` adds to it. Nothing here needs to be
# changed: what is said later of a step takes the place of what was said before.
attested:
"""


class Unreadable(Exception):  # noqa: N818  it is what the file is
    """It cannot be read; the message says where and why, in one line."""


class Attestation(Marked):
    """What one person says of one step."""

    step: Line
    by: Line
    at: Moment
    until: Moment = Field(description="from then on it counts no more")
    result: Literal["passed", "failed"] = "passed"
    note: str = ""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.until <= self.at:
            raise ValueError(f"`until` ({self.until}) is not after `at` ({self.at})")
        return self

    @property
    def line(self) -> str:
        """As it is written: JSON, which is YAML as well, so that no name or note can be read as anything else."""
        said = {
            "step": self.step,
            "by": self.by,
            "at": self.at.isoformat(timespec="seconds"),
            "until": self.until.isoformat(timespec="seconds"),
        }
        said |= {"result": self.result} if self.result != "passed" else {}
        said |= {"note": self.note} if self.note else {}
        return f"- {json.dumps(said, ensure_ascii=False)}"


class File(Strictly):
    attested: Several[Attestation] = ()


def beside(inventory: Path) -> Path:
    """The file of an inventory's file or folder."""
    name = inventory.stem if inventory.is_file() else inventory.name
    return inventory.parent / f"{name}{SUFFIX}"


def read(file: Path) -> tuple[Attestation, ...]:
    """All that was attested; nothing if there is no such file.

    Raises:
        Unreadable: it is not what it should be.
    """
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise Unreadable(f"{shown(file)} cannot be read: {error.strerror}") from None
    document = parse(file, text)
    if document.faults:
        _refuse([Problem(*fault) for fault in document.faults])
    if document.root.get("attested", ()) is None:  # nobody has said anything yet
        document.root.pop("attested")
    found, problems = validate(File, document.root, "", Mark(os.fspath(file), 1, 1))
    if problems:
        _refuse(problems)
    attested: tuple[Attestation, ...] = found.attested
    return attested


def _refuse(problems: Sequence[Problem]) -> None:
    first, *others = sorted(problems)
    raise Unreadable(f"{first}" + (f" (and {len(others)} more)" if others else ""))


def add(file: Path, attestation: Attestation) -> None:
    """Append a line; the file is made if it is not there.

    Raises:
        OSError: it cannot be written.
        Unreadable: what is there is not what it should be.
    """
    with file.open("a+", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # two people may attest at once
        read(file)
        held.seek(0)
        before = held.read()
        held.write(_after(before, attestation.line))
        held.flush()
        try:
            read(file)
        except Unreadable:
            held.truncate(len(before.encode()))
            message = (
                f"{shown(file)} does not end in a list of `attested:`: write it there yourself: {attestation.line}"
            )
            raise Unreadable(message) from None
        os.fsync(held.fileno())


def _after(text: str, line: str) -> str:
    """What a line has to be preceded by, at the end of a file of this text; with the line."""
    end = "\n" if text and not text.endswith("\n") else ""
    if not re.search(r"^attested:", text, re.M):
        return f"{end}{HEAD}  {line}\n"
    (*_, indent) = re.findall(r"^( *)-", text, re.M) or ["  "]
    return f"{end}{indent}{line}\n"


def moment(at: datetime) -> str:
    """As findings show it."""
    return at.isoformat(" ", "minutes")
