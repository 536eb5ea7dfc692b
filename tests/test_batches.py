"""Which checks are looked at together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from preflight.kind import Batch, Check, Kind, Sink
from preflight.model import CheckSpec
from preflight.schedule import Schedule
from preflight.source import Mark


@dataclass(frozen=True)
class Together:
    """How many checks were in the batch."""

    number: int


def probe(batch: Batch[CheckSpec], sink: Sink) -> None:
    for key, _ in batch.checks:
        sink(key, Together(len(batch.checks)))


def another_probe(batch: Batch[CheckSpec], sink: Sink) -> None:
    probe(batch, sink)


def check(kind: str, target: str, shared: str, by: Any = probe) -> Check:
    made: Kind[CheckSpec, Together] = Kind(kind, CheckSpec, Together, str, by, lambda *_: [], lambda *_: "")
    return Check("toy", f"{kind}[{target}]", made, CheckSpec(), shared, Mark("f", 1, 1), Path("f"))


@pytest.mark.parametrize(
    ("other", "together"),
    [
        (check("toy.a", "2", "here"), 2),
        (check("toy.b", "2", "here"), 2),  # kinds with one probe look at their host, or database, once
        (check("toy.a", "2", "there"), 1),
        (check("toy.b", "2", "here", another_probe), 1),
    ],
)
def test_checks_with_one_probe_and_one_thing_shared_are_a_batch(other: Check, together: int) -> None:
    first = check("toy.a", "1", "here")
    schedule = Schedule([first, other])
    schedule.start()
    assert {schedule.result(one.key).observation.number for one in (first, other)} == {together}
    schedule.stop()
