"""Which checks are looked at together."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from preflight.finding import Finding
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


def slow_probe(batch: Batch[CheckSpec], sink: Sink) -> None:
    for key, _ in batch.checks:
        sink(key, Together(len(batch.checks)))
        time.sleep(0.02)


def check(kind: str, target: str, shared: str, by: Any = probe, judge: Any = lambda *_: [], retry: int = 0) -> Check:
    made: Kind[CheckSpec, Together] = Kind(kind, CheckSpec, Together, str, by, judge, lambda *_: "")
    return Check("toy", f"{kind}[{target}]", made, CheckSpec(retry=retry), shared, Mark("f", 1, 1), Path("f"))


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


def test_what_failed_of_a_batch_is_a_batch_again() -> None:
    finding = Finding("right", "wrong", "mend it")
    several = [check("toy.a", str(n), "here", slow_probe, lambda *_: [finding], retry=1) for n in range(4)]
    fine = check("toy.b", "5", "here", slow_probe)
    schedule = Schedule([*several, fine])
    schedule.start()
    assert schedule.result(fine.key).observation.number == 5
    assert [schedule.result(one.key).observation.number for one in several] == [4, 4, 4, 4]
    schedule.stop()
