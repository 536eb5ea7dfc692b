"""A domain whose probe is instant: what is left is the cost of preflight itself. Loaded with `-p toy_domain`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from preflight.finding import Finding
from preflight.kind import Batch, Domain, Expectation, Kind, Section, Sink
from preflight.model import CheckSpec, Several, Strictly


class Thing(CheckSpec):
    """Four keys an entry, as many as a DNS record has."""

    name: str
    value: int


class Toy(Strictly):
    """The section `toy:`."""

    things: Several[Thing] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    value: int


def target(spec: Thing) -> str:
    return spec.name


def probe(batch: Batch[Thing], sink: Sink) -> None:
    for key, spec in batch.checks:
        sink(key, Seen(spec.value))


def judge(spec: Thing, seen: Seen) -> Sequence[Finding]:
    return [] if seen.value == spec.value else [Finding(str(spec.value), str(seen.value))]


def contacts(spec: Thing, shared: Any) -> str:  # noqa: ARG001  a kind's signature
    return "nothing"


THING = Kind("toy.thing", Thing, Seen, target, probe, judge, contacts)


def expectations(section: Toy, ground: Any) -> Iterator[Expectation[Thing]]:  # noqa: ARG001  a section's signature
    return (Expectation(THING, thing) for thing in section.things)


@pytest.hookimpl(optionalhook=True)
def pytest_preflight_domain() -> Domain:
    return Domain("toy", "toy", lambda: Section(Toy, (THING,), expectations))


def write_inventory(path: Path, number: int) -> None:
    """An inventory of `number` things, every one of which is as it should be."""
    entries = (
        f"    - name: host-{n:06}.example.com\n"
        f"      value: {n}\n"
        f"      owner: team-{n % 20}\n"
        f"      why: nobody can log in\n"
        for n in range(number)
    )
    path.write_text("environment: benchmark\ntoy:\n  things:\n" + "".join(entries))
