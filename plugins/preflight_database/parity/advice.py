"""What the judge of two databases says to an operator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from preflight.finding import Finding, NotChecked
from preflight_database.parity.compare import Difference
from preflight_database.parity.observation import ParityObservation
from preflight_database.parity.spec import SameAsSpec

_CONSEQUENCES = {
    "table": "what was tried on one is not what runs on the other",
    "invalid index": "no query uses it, and a copy made by pg_dump has none",
    "index": "a query that is fast on one may read the whole table on the other",
    "constraint": "rows that one refuses, the other takes",
    "foreign key": "rows that one refuses, the other takes",
    "trigger": "what happens by itself on one does not on the other",
}
_SCHEMAS = {
    "postgresql": "pg_dump --schema-only --table={table}",
    "mysql": "SHOW CREATE TABLE {table};",
    "mariadb": "SHOW CREATE TABLE {table};",
    "sqlite": "SELECT sql FROM sqlite_master WHERE tbl_name = '{table}';",
}


def other_engine(spec: SameAsSpec, seen: ParityObservation) -> NotChecked:
    both = f"{_where(spec, seen, 0)} and {_where(spec, seen, 1)}"
    return NotChecked(
        f"{both} are of two engines: their types, defaults and constraints cannot be compared word by word",
        next_step="compare two of one engine",
    )


def no_tables(spec: SameAsSpec, seen: ParityObservation) -> NotChecked:
    empty = [_where(spec, seen, side) for side in (0, 1) if not seen.tables[side]]
    user = (seen.here if not seen.tables[0] else seen.there).user or "this user"
    step = f"see to `url:`; a table is hidden from {user} without a right to it: GRANT SELECT"
    return NotChecked(f"there is no table to be seen in {' nor in '.join(empty)}", next_step=step)


def differs(spec: SameAsSpec, seen: ParityObservation, each: Difference) -> Finding:
    here, there = _where(spec, seen, 0), _where(spec, seen, 1)
    ours, theirs = _subject(each, each.names[0]), _subject(each, each.names[1])
    if each.what == "invalid index":
        expected = f"{theirs} works in both databases"
        observed = f"{each.names[0]} {each.here}, in {here}; {each.names[1]} {each.there}, in {there}"
    elif not each.there:
        expected, observed = f"no {ours}, as in {there}", f"{ours}: {each.here}, in {here}"
    else:
        expected = f"{theirs}: {each.there}, as in {there}"
        observed = f"{ours} is {each.here} in {here}" if each.here else f"there is none in {here}"
    return Finding(expected, observed, _step(spec, seen, each), _CONSEQUENCES.get(each.what, ""), _cause(spec))


def more(spec: SameAsSpec, seen: ParityObservation, left: Sequence[Difference]) -> Finding:
    tables = Counter(each.table for each in left)
    listed = ", ".join(f"{table} ({number})" for table, number in tables.most_common(10))
    listed += f", and {len(tables) - 10} more tables" if len(tables) > 10 else ""
    return Finding(
        f"nothing else differs from {_where(spec, seen, 1)}",
        f"and {len(left)} more differences: {listed}",
        "see to those above first; `only:` and `ignore:` say what may differ",
        cause=_cause(spec),
    )


def _where(spec: SameAsSpec, seen: ParityObservation, side: int) -> str:
    return seen.there.where(spec.other) if side else seen.here.where(spec.database)


def _cause(spec: SameAsSpec) -> str:
    return f"database {spec.database} is not as {spec.other}"


def _subject(each: Difference, name: str) -> str:
    """`column orders.email`, `foreign key orders_customer of orders`."""
    if each.what in ("table", "sequence"):
        return f"{each.what} {each.table}"
    if each.what == "column":
        return f"column {each.table}.{name}"
    if each.what == "column order":
        return f"order of the columns of {each.table}"
    if each.what in ("index", "invalid index"):
        return f"index {name} on {each.table}"
    return f"{each.what} {name} of {each.table}" if name else f"{each.what} of {each.table}"


def _step(spec: SameAsSpec, seen: ParityObservation, each: Difference) -> str:
    changes = ((spec.database, each.change_here), (spec.other, each.change_there))
    steps = [f"in {database}: {change};" for database, change in changes if change]
    if each.what == "trigger" and "disabled" in (each.here, each.there):
        database = spec.database if each.here == "disabled" else spec.other
        steps = [f"in {database}: ALTER TABLE {each.table} ENABLE TRIGGER {each.names[0]};"]
    if each.what == "invalid index":
        mend = " ".join(steps) or "make the index that a partition lacks, and ATTACH PARTITION it"
        return f"{mend} (pg_dump leaves an invalid index out: first mend it, then copy)"
    if steps:
        return " or ".join(steps)
    look = _SCHEMAS[seen.here.engine].format(table=each.table)
    rights = "" if each.what != "table" or not seen.here.user else f"; may {seen.here.user} see it (GRANT SELECT)?"
    return f"compare `{look}` of both, and which migrations each has had{rights if not each.here else ''}"
