"""A domain that compares: what the core's tests ask `--against` with, beside tests.toy.

PYTEST_DONT_REWRITE: as tests.toy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from preflight.errors import InventoryError, Problem
from preflight.finding import Finding
from preflight.inventory import Ground
from preflight.kind import Batch, Domain, Expectation, Kind, Section, Sink, Survey, Taken
from preflight.model import CheckSpec, Several
from preflight.secret import Secret
from tests.toy import Seen


class Peers(CheckSpec):
    against: str = ""
    names: Several[str] = ()


class Peer(CheckSpec):
    says: str


def probe(batch: Batch[Peer], sink: Sink) -> None:
    for key, spec in batch.checks:
        sink(key, Seen(spec.says, 1))


def judge(_: Peer, seen: Seen) -> Sequence[Finding]:
    return [Finding("nothing", seen.says)]


def contacts(spec: Peer, _: Any) -> str:
    return spec.says


def target(_: Peer) -> str:
    return "all"


PEER = Kind("peers.same", Peer, Seen, target, probe, judge, contacts)


def expectations(section: Peers, ground: Ground) -> Iterator[Expectation[Peer] | Problem]:
    name, at = ground.against or section.against, section.place("against")
    try:
        if name.startswith("ledger:"):
            run = ground.recorded(name.removeprefix("ledger:"))
            seen = ", ".join(f"{check_id}: {what}" for check_id, what in run.seen.items())
            yield Expectation(PEER, Peer(says=f"{run.run} {run.inventory} {run.environment} {seen}"))
            return
        there = ground.elsewhere(name)
    except LookupError as error:
        yield Problem(at, "peers.against", str(error.args[0]))
    except InventoryError as error:
        yield Problem(at, "peers.against", f"{name} cannot be used: {error.problems[0]}")
    else:
        says = f"{_said(ground)} | {_said(there.ground)} checks {', '.join(there.checks)}"
        yield Expectation(PEER, Peer(says=says))


def _said(ground: Ground) -> str:
    word = ground.vars.get("word")
    seen = word.reveal() if isinstance(word, Secret) else word  # as a system would show it
    return f"{ground.environment} {seen} surveys {', '.join(ground.surveys)}"


def take(_deadline: float | None, _stopped: Callable[[], bool]) -> Taken:
    return [(("a",), 1)]


def surveys(section: Peers, _: Ground) -> Iterator[Survey]:
    for name in section.names:
        yield Survey(name, f"asks {name}", take)


def load() -> Section:
    return Section(Peers, (PEER,), expectations, surveys, compares=True)


@pytest.hookimpl(optionalhook=True)
def pytest_preflight_domain() -> Domain:
    return Domain("peers", "peers", load)
