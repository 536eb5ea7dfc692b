"""What a judge says to an operator: what was expected, what is there, and the statement that puts it right."""

from __future__ import annotations

from collections.abc import Sequence

from preflight.finding import Finding, NotChecked
from preflight.nearest import did_you_mean
from preflight_database import ddl
from preflight_database.catalogue.model import Index, Table
from preflight_database.catalogue.model import names as names_of
from preflight_database.catalogue.words import index_words
from preflight_database.index import statement
from preflight_database.index.match import Comparison
from preflight_database.index.observation import Canonical, IndexObservation
from preflight_database.index.spec import IndexSpec

DENIED = "42501"  # insufficient_privilege
SLOW_LOAD = "every row that is loaded has to be put into it as well: a bulk load takes many times as long"
_MISSING = "queries that count on it read the whole table"


def no_table(spec: IndexSpec, seen: IndexObservation) -> Finding:
    hint = did_you_mean(spec.table, seen.tables)
    grants = {
        "postgresql": "see to the name, and to the schema: a table outside the search path is written schema.table",
        "sqlite": "see to the name, and whether it is the right file",
    }
    rights = f"see to the name; a table is hidden from {seen.server.user} without a right to it: GRANT SELECT"
    where = seen.server.where(spec.database)
    return Finding(
        f"a table {spec.table} in {where}",
        f"there is none{hint}",
        grants.get(seen.server.engine, rights),
        cause=f"there is no table {spec.table} in database {spec.database}",
    )


def no_column(spec: IndexSpec, seen: IndexObservation, table: Table, name: str) -> Finding:
    hint = did_you_mean(name, names_of(table.columns))
    where = seen.server.where(spec.database)
    return Finding(f"a column {name} of {table.name} in {where}", f"there is none{hint}", "see to the name")


def no_expression(spec: IndexSpec, seen: IndexObservation, one: Canonical) -> Finding:
    where = seen.server.where(spec.database)
    return Finding(
        f"{one.written} means something for {spec.table} in {where}",
        f"the server says: {one.error}",
        "see to what is written in `columns:` or `where:`",
    )


def missing(spec: IndexSpec, seen: IndexObservation, table: Table, compared: list[Comparison]) -> Finding:
    close = [one for one in compared if one.same_keys]
    if close:
        observed = "; ".join(f"{one.index.name} is close, but {' and '.join(one.differs)}" for one in close)
    else:
        there = [index_words(index) for index in table.indexes]
        listed = "; ".join(there[:5]) + (f"; and {len(there) - 5} more" if len(there) > 5 else "")
        observed = f"there is none such; the table has {listed or 'no index'}"
    return Finding(
        _expected(spec, seen), observed, f"{statement.create(seen.server.engine, table, spec)};", spec.why or _MISSING
    )


def other_definition(spec: IndexSpec, seen: IndexObservation, table: Table, named: Comparison | None) -> Finding:
    expected = f"{spec.name} is {_what(spec)} on {table.name} in {seen.server.where(spec.database)}"
    hides = f"CREATE INDEX IF NOT EXISTS {spec.name} would do nothing and say nothing"
    if named is None:
        observed = f"an index of that name is on {seen.elsewhere}"
        return Finding(expected, observed, "give one of them another name", hides)
    step = (
        f"{ddl.drop(seen.server.engine, table, named.index)}; then {statement.create(seen.server.engine, table, spec)};"
    )
    return Finding(expected, f"{spec.name} is another index: {' and '.join(named.differs)}", step, hides)


def not_working(spec: IndexSpec, seen: IndexObservation, table: Table, index: Index) -> Finding:
    hides = "no query uses it, and CREATE INDEX IF NOT EXISTS takes it for the real one"
    if not index.visible:
        word = "ignored" if seen.server.engine == "mariadb" else "invisible"
        step = f"{ddl.show(seen.server.engine, table, index)};"
        return Finding(_expected(spec, seen), f"{index.name} is {word}", step, "no query uses it")
    if index.partitioned:
        observed = f"{index.name} is invalid: a partition of {table.name} has no such index"
        step = (
            f"make it on each partition that lacks it, then ALTER INDEX {index.name} ATTACH PARTITION ...; the last "
            "one makes it valid"
        )
        return Finding(_expected(spec, seen), observed, step, "queries of that partition read all of it")
    if not index.live:
        observed = f"{index.name} is being dropped"
        again = statement.create(seen.server.engine, table, spec, index.name)
        step = f"{ddl.drop(seen.server.engine, table, index)}; then {again};"
        return Finding(_expected(spec, seen), observed, step, hides)
    state = "invalid" + ("" if index.ready else " and not ready: it does not take new rows")
    observed = f"{index.name} is {state}; it is still being built, or CREATE INDEX CONCURRENTLY failed"
    drop, again = ddl.drop(seen.server.engine, table, index), ddl.reindex(seen.server.engine, table, index)
    step = f"look into pg_stat_progress_create_index; where nobody builds it: {again}; or {drop}; and make it anew"
    return Finding(_expected(spec, seen), observed, step, hides)


def spelled_differently(spec: IndexSpec, seen: IndexObservation, table: Table, one: Comparison) -> NotChecked:
    """Whether two texts mean the same, nobody can tell in general: neither a pass nor a finding."""
    pairs = "; ".join(f"{has} (in the inventory: {wanted})" for wanted, has in one.spelled)
    denied = any(each.sqlstate == DENIED for each in seen.canonical)
    step = "write it as the server does, if that is what is meant"
    if denied:
        grant = f"GRANT SELECT ON {ddl.place(seen.server.engine, table)} TO {seen.server.user}"
        step += f"; with {grant} the server itself is asked"
    return NotChecked(
        f"{one.index.name} on {table.name} in {seen.server.where(spec.database)} is {_what(spec)} but for the spelling "
        f"of {pairs}: whether both mean the same cannot be told",
        next_step=step,
    )


def extra(spec: IndexSpec, seen: IndexObservation, table: Table, indexes: Sequence[Index]) -> Finding:
    allowed = ", ".join([*(spec.only or ()), "those of constraints"])
    expected = f"no indexes on {table.name} in {seen.server.where(spec.database)} but {allowed}"
    return _unwanted(spec, seen, table, indexes, expected)


def forbidden(spec: IndexSpec, seen: IndexObservation, table: Table, indexes: Sequence[Index]) -> Finding:
    expected = f"no index {spec.definition()} on {table.name} in {seen.server.where(spec.database)}"
    return _unwanted(spec, seen, table, indexes, expected)


def _unwanted(
    spec: IndexSpec, seen: IndexObservation, table: Table, indexes: Sequence[Index], expected: str
) -> Finding:
    """All in one, so that one paste drops them, and another brings them back."""
    engine = seen.server.engine
    drop = " ".join(f"{ddl.drop(engine, table, index)};" for index in indexes)
    back = " ".join(f"{ddl.bring_back(engine, table, index)};" for index in indexes)
    observed = "; ".join(index_words(index) + _stands_on(seen, table, index) for index in indexes)
    cause = f"indexes that should not be on {table.name} in database {spec.database}"
    step = f"{drop} once the load is done: {back}"
    return Finding(expected, observed, step, spec.why or SLOW_LOAD, cause)


def _stands_on(seen: IndexObservation, table: Table, index: Index) -> str:
    """MySQL drops no index that a foreign key needs."""
    if seen.server.engine not in ("mysql", "mariadb"):
        return ""
    keys = (
        key for key in table.foreign_keys if key.columns == tuple(p.column for p in index.parts[: len(key.columns)])
    )
    key = next(keys, None)
    return f" (foreign key {key.name} stands on it)" if key else ""


def _expected(spec: IndexSpec, seen: IndexObservation) -> str:
    return f"{_what(spec)} on {spec.table} in {seen.server.where(spec.database)}"


def _what(spec: IndexSpec) -> str:
    return f"an index {spec.definition()}"
