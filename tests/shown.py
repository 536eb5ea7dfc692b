"""A domain whose checks show whatever they are told to, in every way there is. Registered with `-p tests.shown`.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from xml.etree.ElementTree import Element, tostring

import pytest

from preflight.finding import Finding, NotChecked
from preflight.inventory import Ground
from preflight.kind import Batch, Cell, Deadline, Domain, Expectation, Kind, Section, Sink, Table
from preflight.model import CheckSpec, Several
from preflight.secret import Secret


class Show(CheckSpec):
    name: str
    says: str = "fine"
    is_: Literal["ok", "wrong", "unseen"] = "ok"
    cause: str = ""
    password: Secret = Secret("")
    svg: str = ""  # instead of its own figure
    row: str = ""
    rows: int = 1
    due: str = ""  # by when something is to be decided


@dataclass(frozen=True, slots=True)
class Seen:
    says: str


def probe(batch: Batch[Show], sink: Sink) -> None:
    for key, show in batch.checks:
        said = f"{show.says}{show.password.reveal()}"
        unseen = NotChecked(f"no answer: {said}", show.cause or said, f"ask again: {said}")
        sink(key, unseen if show.is_ == "unseen" else Seen(said))


def judge(show: Show, seen: Seen) -> list[Finding | NotChecked]:
    if show.is_ == "ok":
        return []
    return [Finding(f"not {seen.says}", seen.says, f"mend {seen.says}", f"{seen.says} would be lost", show.cause)]


def figure(show: Show, seen: Seen) -> str:
    if show.svg:
        return show.svg
    svg = Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox="0 0 400 30", role="img")
    title, text = Element("title"), Element("text", x="10", y="20", fill="currentColor")
    title.text = text.text = "".join(
        c for c in seen.says[:500] if c == "\n" or (c >= " " and not 0xD800 <= ord(c) < 0xE000)
    )
    svg.extend((title, text))
    return tostring(svg, encoding="unicode")


def table(show: Show, seen: Seen) -> Table:
    rows = tuple((f"{number}", seen.says) for number in range(show.rows))
    wrong = () if show.is_ == "ok" else (show.rows - 1,)
    return Table(f"what {show.name} says: {seen.says}", ("number", seen.says), rows, wrong)


def sketch(show: Show, seen: Seen, columns: int, whole: bool) -> list[str]:  # noqa: ARG001  a kind's signature
    return [seen.says]


def cell(show: Show, seen: Seen | None) -> Cell:
    return Cell(show.row, show.name, seen.says if seen else "")


def deadline(show: Show, seen: Seen) -> Deadline | None:
    return Deadline(datetime.fromisoformat(show.due), f"whether to {seen.says}") if show.due else None


def target(show: Show) -> str:
    return show.name


def contacts(show: Show, shared: Any) -> str:  # noqa: ARG001  a kind's signature
    return "nobody"


DRAWN = Kind("shown.drawn", Show, Seen, target, probe, judge, contacts, cell, figure, sketch, table, deadline)


def expectations(shows: tuple[Show, ...], _: Ground) -> Iterator[Expectation[Show]]:
    return (Expectation(DRAWN, show) for show in shows)


@pytest.hookimpl(optionalhook=True)
def pytest_preflight_domain() -> Domain:
    return Domain("shown", "shown", lambda: Section(Several[Show], (DRAWN,), expectations))
