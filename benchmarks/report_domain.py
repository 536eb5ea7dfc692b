"""A domain whose checks come with reasons and a table, one in five of them wrong. Loaded with `-p report_domain`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from preflight.finding import Finding
from preflight.kind import Batch, Cell, Domain, Expectation, Kind, Section, Sink, Table
from preflight.model import CheckSpec, Several

SERVERS = 4


class Record(CheckSpec):
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Answers:
    values: tuple[str, ...]


def probe(batch: Batch[Record], sink: Sink) -> None:
    for number, (key, spec) in enumerate(batch.checks):
        stale = "192.0.2.99" if number % 5 == 0 else spec.value
        sink(key, Answers((*(spec.value,) * (SERVERS - 1), stale)))


def judge(spec: Record, seen: Answers) -> Sequence[Finding]:
    wrong = [value for value in seen.values if value != spec.value]
    if not wrong:
        return []
    expected = f"A {spec.value}, on each of {SERVERS} servers"
    observed = f"ns4.example.com 192.0.2.4: {wrong[0]} (missing {spec.value}; extra {wrong[0]})"
    step = "bring ns4.example.com up to date: compare its SOA serial with that of ns1.example.com, and reload"
    return [Finding(expected, observed, step, "whoever asks this server is sent to the machine that is switched off")]


def table(spec: Record, seen: Answers) -> Table:
    rows = tuple((f"ns{number}.example.com 192.0.2.{number}", value) for number, value in enumerate(seen.values, 1))
    wrong = tuple(number for number, value in enumerate(seen.values) if value != spec.value)
    return Table(f"A of {spec.name}, server by server", ("server", "answer"), rows, wrong)


def cell(spec: Record, seen: Answers | None) -> Cell:
    host, _, zone = spec.name.partition(".")
    return Cell(host, zone, ", ".join(sorted(set(seen.values))) if seen else "")


def target(spec: Record) -> str:
    return f"{spec.name}/A"


def contacts(spec: Record, shared: Any) -> str:  # noqa: ARG001  a kind's signature
    return "nobody"


RECORD = Kind("record.a", Record, Answers, target, probe, judge, contacts, cell, table=table)


def expectations(records: tuple[Record, ...], ground: Any) -> Iterator[Expectation[Record]]:  # noqa: ARG001
    return (Expectation(RECORD, record) for record in records)


@pytest.hookimpl(optionalhook=True)
def pytest_preflight_domain() -> Domain:
    return Domain("record", "records", lambda: Section(Several[Record], (RECORD,), expectations))


def write_inventory(path: Path, number: int) -> None:
    entries = (
        f"- {{name: host-{n % 50}.zone-{n // 50}.example, value: 198.51.100.{n % 250}, owner: team-{n % 20}}}\n"
        for n in range(number)
    )
    path.write_text("environment: benchmark\nrecords:\n" + "".join(entries))
