"""A report of a run, made from its record; the inventories only lend their kinds, to draw what was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from preflight.finding import Outcome
from preflight.kind import Check
from preflight.ledger.reading import Run
from preflight.ledger.since import Since, since
from preflight.report.deadlines import Deadlines
from preflight.report.document import (
    FORMAT,
    CheckPart,
    Counts,
    Decided,
    Document,
    Evidence,
    InventoryPart,
    MatrixPart,
    Moment,
    Origin,
    Owner,
    Reason,
    SinceLast,
)
from preflight.report.exhibits import NOTHING, Exhibit, Exhibits, entries
from preflight.report.grid import grid
from preflight.report.listing import Listed, listed
from preflight.report.meaning import meaning
from preflight.report.obstacles import causes as obstacles
from preflight.report.phrases import count
from preflight.report.wording import MOST_CHARACTERS, safe
from preflight.verdict import Verdict, verdict_of

if TYPE_CHECKING:
    from preflight.inventory import Inventory

MOST_REASONS = 20
# Bytes of all reasons together, as of a mail; and how much is told of what was seen when they are used up.
ROOM, SHORTEST = 350_000, 80
SOON = timedelta(days=7)
_MOMENTS = (("opens", "opens"), ("point of no return", "point_of_no_return"), ("closes", "closes"))
_SEEN = ("observed", "reason")
_FIELDS = ("expected", "observed", "reason", "cause", "consequence", "next_step", "trace")


def document_of(
    run: Run,
    inventories: Sequence[Inventory],
    now: datetime,
    *,
    earlier: Run | None = None,
    replayed: Run | None = None,
    tests_left_out: int = 0,
) -> Document:
    """Say what a run has come to.

    Args:
        run: as it was recorded, whether or not it came to its end.
        inventories: those of the run, as loaded for it, or for a replay of it.
        earlier: the run before it.
        replayed: the one whose observations it has judged again.
        tests_left_out: how many of a team's own tests an option left out: a ledger does not say.
    """
    return _Making(run, inventories, now, earlier, replayed, tests_left_out).document()


class _Making:
    def __init__(
        self,
        run: Run,
        inventories: Sequence[Inventory],
        now: datetime,
        earlier: Run | None,
        replayed: Run | None,
        tests_left_out: int,
    ) -> None:
        self.run = run
        self.now = now
        self.earlier = earlier
        self.replayed = replayed
        self.tests_left_out = tests_left_out
        self.maskers = {inventory.name: inventory.masker for inventory in inventories}
        self.warned = [warning for inventory in inventories for warning in inventory.warnings]
        self.checks = {inventory.name: inventory.checks for inventory in inventories}
        self.listed = listed(run)
        self.room = ROOM
        self.exhibits = Exhibits()
        self.deadlines = Deadlines(now)
        self.since = since(run, earlier) if earlier is not None else None

    def document(self) -> Document:
        counts = Counter(one.outcome for one in self.listed)
        verdict = self._verdict(counts)
        left_out = tuple(self._left_out())
        parts = tuple(self._parts())
        return Document(
            format=FORMAT,
            made=self.now.isoformat(timespec="seconds"),
            verdict=verdict.value,
            meaning=meaning(verdict, counts, left_out=bool(left_out)),
            counts=Counts(**{str(outcome).replace("-", "_"): counts[outcome] for outcome in Outcome}),
            inventories=tuple(self._inventory(each) for each in self.run.inventories.values()),
            origin=self._origin(),
            replay_of=safe(self.replayed.folder.name) if self.replayed is not None else "",
            warnings=tuple(safe(warning) for warning in self._warnings()),
            left_out=left_out,
            causes=tuple(obstacles(self.listed)),
            owners=tuple(self._owners()),
            decided=tuple(self._decided()),
            deadlines=tuple(self.deadlines.parts()),
            since=self._since(),
            matrices=tuple(self._matrices()),
            checks=parts,
            not_drawn=self.exhibits.left_out,
            evidence=self._evidence(),
        )

    def _verdict(self, counts: Mapping[Outcome, int]) -> Verdict:
        if self.run.verdict is not None:
            return Verdict(self.run.verdict["verdict"])
        return verdict_of([*(outcome for outcome, number in counts.items() if number), Outcome.NOT_CHECKED])

    def _inventory(self, plan: Mapping[str, Any]) -> InventoryPart:
        cutover, git = plan.get("cutover", {}), plan.get("git", {})
        moments = ((name, cutover[key]) for name, key in _MOMENTS if key in cutover)
        return InventoryPart(
            name=safe(plan["name"]),
            path=safe(plan.get("path", "")),
            environment=safe(plan.get("environment", "")),
            cutover=safe(cutover.get("name", "")),
            moments=tuple(
                Moment(cast(Any, name), at, (datetime.fromisoformat(at) - self.now).total_seconds())
                for name, at in moments
            ),
            commit=safe(git.get("commit", "")),
            changed=bool(git.get("changed")),
        )

    def _origin(self) -> Origin:
        """Of what was observed: for a replay, the run that it has judged again."""
        run = self.replayed or self.run
        plan, last = run.plan, run.verdict or next(reversed(run.checks.values()), run.plan)
        return Origin(
            began=plan.get("at", ""),
            ended=last.get("at", ""),
            operator=safe(plan.get("operator", "")),
            vantage=safe(plan.get("vantage", "")),
            phase=safe(self.run.plan.get("phase", "")),
            arguments=tuple(map(safe, self.run.plan.get("arguments", ()))),
            versions={safe(name): safe(version) for name, version in plan.get("versions", {}).items()},
        )

    def _warnings(self) -> Iterator[str]:
        if self.run.faults:
            yield f"the record of this run is not as it was written: {self.run.faults[0]}"
        if not self.run.finished:
            yield "the run was ended before it had come to a verdict: what it did not report is not checked"
        yield from self.warned
        for one in self.listed:
            check = self._check(one)
            if check is not None and check.waiver is not None and one.outcome is Outcome.PASSED:
                yield f"the waiver of {one.id} is not needed any more: it passes ({check.waiver.mark})"

    def _left_out(self) -> Iterator[str]:
        phase = self.run.plan.get("phase")
        planned = [check for each in self.run.inventories.values() for check in each.get("checks", ())]
        now = [check for check in planned if not check.get("phase") or phase in check["phase"]]
        if len(now) < len(planned):
            yield f"{count(len(planned) - len(now), 'check')} of other phases"
        checks = len(now) - sum(bool(one.inventory) for one in self.listed)
        parts = [count(n, noun) for n, noun in ((checks, "check"), (self.tests_left_out, "test")) if n > 0]
        if parts:
            yield f"{' and '.join(parts)} left out by an option (-k, -m, --lf, --only, a path)"

    def _owners(self) -> Iterator[Owner]:
        numbers: dict[str, Counter[Outcome]] = {}
        for one in self.listed:
            if one.outcome is not Outcome.PASSED:
                numbers.setdefault(safe(one.owner), Counter())[one.outcome] += 1
        order = (Outcome.FAILED, Outcome.NOT_CHECKED, Outcome.WARNED, Outcome.WAIVED)
        ranked = sorted(numbers.items(), key=lambda owner: [-owner[1][outcome] for outcome in order])
        return (Owner(name, *(counts[outcome] for outcome in order)) for name, counts in ranked)

    def _decided(self) -> Iterator[Decided]:
        decisions: dict[Decided, list[str]] = {}
        for one in self.listed:
            if (waiver := self._waiver(one)) is not None:
                decisions.setdefault(waiver, []).append(safe(one.id))
        for decision, ids in decisions.items():
            yield replace(decision, checks=tuple(ids))

    def _waiver(self, one: Listed) -> Decided | None:
        waiver = one.record.get("waiver")
        if waiver is None:
            return None
        told = {name: safe(waiver.get(name, "")) for name in ("reason", "approver", "ticket", "expires")}
        return Decided((), **told, soon=datetime.fromisoformat(waiver["expires"]) - self.now < SOON)

    def _since(self) -> SinceLast | None:
        if self.since is None or self.earlier is None:
            return None
        changes = (self.since.newly_failing, self.since.newly_passing, self.since.still_failing)
        return SinceLast(
            self.earlier.folder.name, self.earlier.plan.get("at", ""), *(tuple(map(safe, ids)) for ids in changes)
        )

    def _matrices(self) -> Iterator[MatrixPart]:
        for name, mask in self.maskers.items():
            known = ((self.checks[name].get(one.id), one.record) for one in self.listed if one.inventory == name)
            pairs = [(check, record) for check, record in known if check is not None]
            for kind, several in entries(pairs, mask).items():
                matrix = grid(f"{name}: {kind}" if len(self.maskers) > 1 else kind, several)
                if matrix is not None:
                    yield matrix

    def _parts(self) -> Iterator[CheckPart]:
        """In the order of the inventories; but what is not green is first to be drawn, while there is room."""
        green = (one for one in self.listed if one.outcome is Outcome.PASSED)
        others = (one for one in self.listed if one.outcome is not Outcome.PASSED)
        drawn = {one.number: self._exhibit(one) for one in chain(others, green)}
        newly = _newly(self.since)
        return (self._part(one, drawn[one.number], newly.get(one.id, "")) for one in self.listed)

    def _check(self, one: Listed) -> Check | None:
        """Its kind and spec, for those that are in the inventory as it is loaded."""
        return self.checks.get(one.inventory, {}).get(one.id)

    def _exhibit(self, one: Listed) -> Exhibit:
        check = self._check(one)
        if check is None:
            return NOTHING
        exhibit = self.exhibits.of(check, one.record, self.maskers[one.inventory])
        if exhibit.deadline is not None:
            self.deadlines.add(one, *exhibit.deadline)
        if waiver := self._waiver(one):
            ends = f"a waiver ends, and with it the GO: {waiver.reason}"
            self.deadlines.add(one, datetime.fromisoformat(waiver.expires), ends)
        return exhibit

    def _part(self, one: Listed, exhibit: Exhibit, newly: str) -> CheckPart:
        reasons, left_out = self._reasons(one)
        return CheckPart(
            number=one.number,
            id=safe(one.id),
            inventory=safe(one.inventory),
            outcome=one.outcome.value,
            severity=one.severity,
            owner=safe(one.owner),
            ticket=safe(one.record.get("ticket", "")),
            place=safe(one.place),
            why=safe(one.record.get("why", "")),
            newly=cast(Any, newly),
            reasons=reasons,
            reasons_left_out=left_out,
            waiver=self._waiver(one),
            figure=exhibit.figure,
            table=exhibit.table,
            sketch=exhibit.sketch,
            notes=exhibit.notes,
        )

    def _reasons(self, one: Listed) -> tuple[tuple[Reason, ...], int]:
        """In full, while there is room; and how many there are besides."""
        reasons: list[Mapping[str, str]] = one.record.get("reasons", [])
        if not reasons:
            return (), 0
        full = self.room > 0
        most, fields, longest = (MOST_REASONS, _FIELDS, MOST_CHARACTERS) if full else (1, _SEEN, SHORTEST)
        told = [{name: safe(each[name], longest) for name in fields if name in each} for each in reasons[:most]]
        self.room -= sum(len(text.encode()) for each in told for text in each.values())
        return tuple(Reason(**each) for each in told), len(reasons) - len(told)

    def _evidence(self) -> Evidence:
        files = {
            safe(name): safe(digest)
            for each in self.run.inventories.values()
            for name, digest in each.get("files", {}).items()
        }
        faults = tuple(safe(str(fault)) for fault in self.run.faults[:MOST_REASONS])
        folder = safe(str(self.run.folder))
        return Evidence(safe(self.run.folder.name), folder, self.run.head, self.run.finished, faults, files)


def _newly(changes: Since | None) -> dict[str, str]:
    if changes is None:
        return {}
    failing, passing = (dict.fromkeys(ids, word) for ids, word in (
        (changes.newly_failing, "failing"), (changes.newly_passing, "passing")))  # fmt: skip
    return failing | passing
