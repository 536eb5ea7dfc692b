"""not-validated: a constraint that not all rows are held to."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Constraint, Engine, ForeignKey
from preflight_database.health.case import Case, Flaw, part_of
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.checks.fk_not_enforced import SERVER
from preflight_database.health.facts.base import Facts


def candidates(facts: Facts) -> Iterator[Case]:
    """Check constraints and foreign keys in another state than usual; a partition's is told with that of its table."""
    for state in facts.unenforced_checks:
        if state.place is None:
            yield Case(SERVER, "", figures={"setting": state.name, "state": state.state})
    off = {(state.place, state.name) for state in facts.unenforced_checks}
    for place, table in facts.tables.items():
        above = facts.tables.get(facts.parents.get(place, ("", "")))
        inherited = {one.name for one in above.constraints} if above else set()
        for one in table.constraints:
            enforced = one.enforced and (place, one.name) not in off
            if one.kind == "check" and one.name not in inherited and not (one.validated and enforced):
                made = Constraint(one.name, one.kind, one.columns, one.expression, one.validated, enforced)
                yield facts.case(part_of(table, constraints=(made,)))
        for key in facts.own_foreign_keys(table):
            if not key.validated:
                yield facts.case(part_of(table, foreign_keys=(key,)))


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    if setting := case.text("setting"):
        observed = f"{setting}: {case.text('state')}, so that rows are held to no check constraint in them"
        yield Flaw((setting,), observed, f"SET GLOBAL {setting} = ON; and in the configuration file")
    table = ddl.place(engine, case.table)
    of_table: tuple[Constraint | ForeignKey, ...] = (*case.table.constraints, *case.table.foreign_keys)
    for one in of_table:
        name = ddl.quoted(engine, one.name)
        if isinstance(one, Constraint) and not one.enforced:
            word = "CHECK" if engine == "mysql" else "CONSTRAINT"
            step = f"ALTER TABLE {table} ALTER {word} {name} ENFORCED;"
            yield Flaw(case.of_constraint(one.name), f"{one.name} on {case.name} is NOT ENFORCED", step)
        elif not one.validated:
            step = f"ALTER TABLE {table} VALIDATE CONSTRAINT {name};"
            observed = f"{one.name} on {case.name} is NOT VALID: rows from before it were never looked at"
            yield Flaw(case.of_constraint(one.name), observed, step)


CHECK = HealthCheck(
    "not-validated",
    "every row satisfies every constraint",
    "constraints that are not validated",
    "rows that break it are there or get in; and the next restore or VALIDATE stops at them",
    "blocker",
    candidates,
    flaws,
    ("postgresql", "mysql"),
    "a constraint there is always in force",
)
