"""What a comparison comes to: plain data, which judge and advice go by."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from preflight_drift.model import Document, HostFacts, Value
from preflight_drift.rules import Rule

State = Literal["differs", "only here", "only there", "breaks its rule", "outlier"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A fact, or a whole document, and who has it (or `lacks` it). Its line is that on the first of the hosts."""

    value: Value
    secret: bool
    hosts: tuple[str, ...]
    document: Document
    line: int = 0
    lacks: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """Where environments differ; or do not, and should.

    Attributes:
        path: as a rule's `at` would name it: `files./etc/phoenix/app.yaml.database.host`.
        document: what it is part of: `/etc/phoenix/app.yaml`, `packages`.
        whole: all of the document is there, or is not.
        here, there: None where there is none. Of an outlier: what it has, and what most of its own group have.
        rule: which one it breaks, if any.
        environment: of an outlier, whose.
    """

    state: State
    path: str
    subject: str
    document: str
    whole: bool
    here: Seen | None
    there: Seen | None
    rule: Rule | None = None
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """What could not be compared, and why. `document` is empty where nothing of a host could be."""

    hosts: tuple[str, ...]
    document: str
    why: str
    cause: str = ""
    next_step: str = ""


@dataclass(slots=True)
class Comparison:
    """What came of it.

    Attributes:
        same: how many facts are the same, or keep to a rule that lets them differ in a certain way.
        hidden: by rule (its `at`), how many differences it hid.
        matched: by rule, how many facts it was about.
    """

    same: int = 0
    documents: int = 0
    differences: list[Difference] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    hidden: Counter[str] = field(default_factory=Counter)
    matched: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Side:
    """An environment's hosts of a pair, and its words for what is called otherwise in the other: (name, word)."""

    environment: str
    hosts: tuple[HostFacts, ...]
    words: tuple[tuple[str, str], ...] = ()
