"""What is looked at: the file of attestations beside the inventory, once for all of its steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from preflight.finding import NotChecked
from preflight.kind import Batch, Sink
from preflight.nearest import did_you_mean
from preflight.source import shown
from preflight_manual.attested import Attestation, Unreadable, beside, read
from preflight_manual.observation import Attested, Observation, Stranger
from preflight_manual.spec import StepSpec

MOST_KEPT = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """What the steps of an inventory share: its path, and what all of them are called, in whatever phase."""

    inventory: Path
    steps: tuple[str, ...]


def probe(batch: Batch[StepSpec], sink: Sink) -> None:
    plan: Plan = batch.shared
    file = beside(plan.inventory)
    try:
        said = read(file)
    except Unreadable as error:
        cause = f"{shown(file)} cannot be read as attestations"
        for key, _ in batch.checks:
            sink(key, NotChecked(str(error), cause, "put that line right: see `preflight attest --help`"))
        return
    now = datetime.now(UTC)
    strangers = tuple(_strangers(said, plan.steps, now))
    for key, spec in batch.checks:
        mine = [each for each in said if each.step == spec.called]
        # Of the same moment, the one further down was written later.
        newest = sorted(mine, key=lambda each: (each.at, each.mark.line), reverse=True)[:MOST_KEPT]
        seen = tuple(map(_seen, newest))
        sink(key, Observation(now, shown(file), shown(plan.inventory), seen, strangers))


def _seen(said: Attestation) -> Attested:
    return Attested(said.by, said.at, said.until, said.result, said.note, _place(said))


def _place(said: Attestation) -> str:
    return str(said.mark).rpartition(":")[0]


def _strangers(said: Sequence[Attestation], steps: Sequence[str], now: datetime) -> Iterator[Stranger]:
    """Those that are over may be of a step that was there in another cutover."""
    for each in said:
        if each.step not in steps and each.until > now:
            yield Stranger(each.step, each.by, _place(each), did_you_mean(each.step, steps))
