"""The lines around the causes in the summary of a run: the deadline and the counts first, the evidence last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from preflight.finding import Outcome
from preflight.ledger.keeping import Keeping
from preflight.ledger.replay import RECORDED
from preflight.ledger.since import Since, previous, since
from preflight.report.conditions import conditions
from preflight.report.phrases import away, count, in_utc, listed, spoken
from preflight.report.tally import Tally
from preflight.selection import runs_folder
from preflight.source import shown

if TYPE_CHECKING:
    from preflight.inventory import Inventory

MOST_NAMED = 3
SEAL_SHOWN = 16  # digits: 64 bits are more than anybody can make match


class Overview:
    """Says what a run is about and what came of it as a whole."""

    def __init__(
        self, config: pytest.Config, names: Sequence[str], inventories: list[Inventory], tally: Tally, keeping: Keeping
    ) -> None:
        self.config = config
        self.names = names
        self.inventories = inventories
        self.tally = tally
        self.keeping = keeping

    def head(self) -> Iterator[str]:
        """How much time there is, how many of what, and what this verdict does not say."""
        for inventory in self.inventories:
            cutover = inventory.ground.cutover
            if cutover.point_of_no_return is not None:
                at = cutover.point_of_no_return.isoformat(sep=" ", timespec="minutes")
                when = away((cutover.point_of_no_return - datetime.now(UTC)).total_seconds())
                yield f"{inventory.masker(cutover.name) or inventory.name}: point of no return {at}, {when}"
        counts = self.tally.counts()
        parts = [f"{counts[outcome]} {spoken(outcome)}" for outcome in Outcome if counts[outcome]]
        phase = self.config.option.phase
        outcomes = ", ".join(reversed(parts)) or "nothing was selected"
        yield f"inventory {', '.join(self.names)}, phase {phase}: {outcomes}"
        checks = [check for inventory in self.inventories for check in inventory.checks.values()]
        now = [check.id for check in checks if check.counts_in(phase)]
        if len(now) < len(checks):
            yield f"{count(len(checks) - len(now), 'check')} of other phases: not part of this verdict"
        if left_out := self._left_out(now):
            yield f"{left_out} left out by an option (-k, -m, --lf, --only, a path): this verdict says nothing of them"
        if self.config.option.replay:
            yield "judged again from a recorded run (--replay): nothing has been looked at now"
        yield from (warning for inventory in self.inventories for warning in inventory.warnings)
        yield from self._since()

    def _left_out(self, now: Sequence[str]) -> str:
        """How many of this phase's checks, and of the tests, are not part of this run, whatever left them out."""
        known = set(now)
        checks = len(now) - sum(nodeid.partition("::")[2] in known for nodeid in self.tally.planned)
        numbers = ((checks, "check"), (self.tally.tests_left_out, "test"))
        return " and ".join(count(number, noun) for number, noun in numbers if number)

    def _since(self) -> Iterator[str]:
        run = self.keeping.run
        if run is None:
            return
        damaged: list[str] = []
        earlier = self.config.stash.get(RECORDED, None) or previous(run, runs_folder(self.config), damaged)
        yield from (f"passed over as the run before this one, it is not as it was written: {each}" for each in damaged)
        if earlier is not None:
            yield f"since {in_utc(earlier.started)}: {_changes(since(run, earlier))}"

    def foot(self) -> Iterator[str]:
        """Who has to act, what is to be known of the waivers, and where the evidence is."""
        to_act = Counter(
            record["owner"] or "nobody named"
            for record in self.tally.records()
            if record["outcome"] in (Outcome.FAILED, Outcome.NOT_CHECKED)
        )
        if to_act.keys() - {"nobody named"}:
            yield f"to act: {', '.join(f'{owner} {number}' for owner, number in to_act.most_common())}"
        run = self.keeping.run
        if run is None:
            return
        for inventory in self.inventories:
            yield from conditions(inventory, run.outcomes(inventory.name), datetime.now(UTC))
        if self.keeping.ledger is not None:
            yield f"evidence {shown(run.folder)}, last seal {run.head[:SEAL_SHOWN]}"


def _changes(change: Since) -> str:
    named = f" ({listed(change.newly_failing, MOST_NAMED)})" if change.newly_failing else ""
    parts = [f"newly failing {len(change.newly_failing)}{named}"] if change.newly_failing else []
    parts += [f"newly passing {len(change.newly_passing)}"] if change.newly_passing else []
    parts = parts or ["nothing has changed"]
    parts += [f"still failing {len(change.still_failing)}"] if change.still_failing else []
    parts += [f"{len(change.new)} not part of it then"] if change.new else []
    parts += [f"{len(change.gone)} not part of it now"] if change.gone else []
    return ", ".join(parts)
