"""A domain whose probe hands in what earlier runs saw: what the core's tests ask `Batch.earlier` with.

PYTEST_DONT_REWRITE: as tests.toy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from preflight.inventory import Ground
from preflight.kind import Batch, Domain, Expectation, Kind, Section, Sink
from preflight.model import CheckSpec, Several


class Word(CheckSpec):
    name: str
    says: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    says: str
    before: tuple[str, ...]


def probe(batch: Batch[Word], sink: Sink) -> None:
    runs = list(batch.earlier())
    for key, word in batch.checks:
        sink(key, Heard(word.says, tuple(run[key].observation.says for run in runs if key in run)))


def judge(_: Word, __: Heard) -> list[Any]:
    return []


def target(word: Word) -> str:
    return word.name


def contacts(word: Word, _: Any) -> str:
    return word.name


WORD = Kind("recalls.word", Word, Heard, target, probe, judge, contacts)


def expectations(words: tuple[Word, ...], _: Ground) -> Iterator[Expectation[Word]]:
    for word in words:
        yield Expectation(WORD, word)


def load() -> Section:
    return Section(Several[Word], (WORD,), expectations)


@pytest.hookimpl(optionalhook=True)
def pytest_preflight_domain() -> Domain:
    return Domain("recalls", "recalls", load)
