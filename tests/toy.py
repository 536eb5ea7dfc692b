"""The core's tests check things of this domain: they are right, wrong or broken on demand.

Registered with `-p tests.toy`, as a team's own plugin may be. Every observation adds a line with the
thing's name to the file that TOY_LOG names.

PYTEST_DONT_REWRITE: it has no asserts, and the tests have imported it before a run inside their process does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from preflight.finding import Finding, NotChecked
from preflight.inventory import Ground
from preflight.kind import Batch, Cell, Domain, Expectation, Kind, Section, Sink
from preflight.model import CheckSpec, Several
from preflight.secret import Secret


class Thing(CheckSpec):
    name: str
    mode: Literal[
        "ok",
        "wrong",
        "heals",
        "dead",
        "forgets",
        "raises",
        "exits",
        "crashes",
        "deaf",
        "judge-raises",
        "judge-mumbles",
        "half",
    ] = "ok"
    expect: str = "1"
    says: str = "1"
    delay: float = 0.0
    box: str = ""
    tells: str = ""
    password: Secret = Secret("")
    row: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    says: str
    times: int


def target(thing: Thing) -> str:
    return thing.name


def probe(batch: Batch[Thing], sink: Sink) -> None:
    for key, thing in batch.checks:
        times = _log(thing.name)
        if thing.tells:
            sink.progress(key, 0.4, thing.tells)
        _wait(thing, sink)
        if thing.mode == "raises":
            raise RuntimeError(f"{thing.name} fell apart: {thing.says}")
        if thing.mode == "exits":
            raise SystemExit(f"{thing.name} left")
        if thing.mode == "crashes" and times < 2:
            os._exit(1)  # the first time, it takes its process along
        if thing.mode == "dead":
            sink(key, NotChecked("no answer in 3 tries", f"box {batch.shared} is off", "switch it on"))
        elif thing.mode != "forgets":
            sink(key, Seen(thing.says, times))


def _log(name: str) -> int:
    """How often the thing has been observed."""
    if "TOY_LOG" not in os.environ:
        return 1
    log = Path(os.environ["TOY_LOG"])
    with log.open("a") as file:
        file.write(f"{name}\n")
    return log.read_text().splitlines().count(name)


def _wait(thing: Thing, sink: Sink) -> None:
    if thing.mode == "deaf":
        time.sleep(thing.delay)
        return
    end = time.monotonic() + thing.delay
    while time.monotonic() < end and not sink.stopped:
        time.sleep(0.01)


def judge(thing: Thing, seen: Seen) -> list[Any]:
    if thing.mode == "judge-raises":
        raise ZeroDivisionError("division by zero")
    if thing.mode == "judge-mumbles":
        return ["not a finding"]
    if thing.mode == "half":
        return [NotChecked("one half is dark", "the light is off", "light it"), Finding(thing.expect, "2, by its half")]
    says = _what_it_says(thing, seen)
    return [] if says == thing.expect else [Finding(thing.expect, f"{says}, by the toy", "turn it off and on again")]


def _what_it_says(thing: Thing, seen: Seen) -> str:
    wrong = thing.mode == "wrong" or (thing.mode == "heals" and seen.times < 2)
    return "2" if wrong else seen.says


def contacts(thing: Thing, box: str) -> str:
    return f"box {box or 'none'} saying {thing.says}, from here, as yourself"


def cell(thing: Thing, seen: Seen | None) -> Cell:
    if thing.row == "nowhere":
        raise LookupError(f"no place for {thing.name}")
    return Cell(thing.row, thing.column, _what_it_says(thing, seen) if seen else "")


THING = Kind("toy.thing", Thing, Seen, target, probe, judge, contacts, cell)


def expectations(things: tuple[Thing, ...], _: Ground) -> Iterator[Expectation[Thing]]:
    for thing in things:
        yield Expectation(THING, thing, thing.box)


SECTION = Section(Several[Thing], (THING,), expectations)


def load() -> Section:
    return SECTION


@pytest.hookimpl(optionalhook=True)
def pytest_preflight_domain() -> Domain:
    return Domain("toy", "toy", load)
