"""Is a database as the other one?"""

from __future__ import annotations

from fnmatch import fnmatchcase

from preflight.finding import Finding, NotChecked
from preflight_database.parity import advice
from preflight_database.parity.compare import Difference
from preflight_database.parity.observation import ParityObservation
from preflight_database.parity.spec import SameAsSpec

SHOWN = 20  # findings of one check


def judge_parity(spec: SameAsSpec, seen: ParityObservation) -> list[Finding | NotChecked]:
    if seen.here.engine != seen.there.engine:
        return [advice.other_engine(spec, seen)]
    if not all(seen.tables):
        return [advice.no_tables(spec, seen)]
    left = [each for each in seen.differences if _counts(spec, each)]
    # A table that is missing is worse than one that differs.
    left.sort(key=lambda each: each.what != "table")
    shown = left if len(left) <= SHOWN else left[: SHOWN - 1]
    findings: list[Finding | NotChecked] = [advice.differs(spec, seen, each) for each in shown]
    return findings + ([advice.more(spec, seen, left[len(shown) :])] if len(left) > len(shown) else [])


def _counts(spec: SameAsSpec, each: Difference) -> bool:
    if each.what == "column order" and not spec.column_order:
        return False
    if spec.only and _KEYS[each.what] not in spec.only:
        return False
    return not any(fnmatchcase(name, pattern) for pattern in spec.ignore for name in each.known_as())


_KEYS = {
    "table": "tables",
    "column": "columns",
    "column order": "columns",
    "index": "indexes",
    "invalid index": "indexes",
    "constraint": "constraints",
    "foreign key": "foreign_keys",
    "trigger": "triggers",
    "sequence": "sequences",
}
