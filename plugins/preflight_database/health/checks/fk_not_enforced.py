"""fk-not-enforced: a foreign key that rows are not held to, as after a load that turned it off."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Engine, Table
from preflight_database.health.case import Case, Flaw, part_of
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.facts.base import Facts, NamedState

SERVER = Table("", "")


def candidates(facts: Facts) -> Iterator[Case]:
    """A setting of the server, or a foreign key, in whose state rows are not held to it."""
    states: dict[tuple[str, str], list[NamedState]] = {}
    for state in facts.unenforced:
        if state.place is None:
            yield Case(SERVER, "", figures={"setting": state.name, "state": state.state})
        else:
            states.setdefault(state.place, []).append(state)
    for place, several in states.items():
        for state in several:
            # A partition's own is told with that of its table.
            if facts.parents.get(place) not in states or (*place, state.name) not in facts.inherited:
                figures = {"key": state.name, "state": state.state, **state.figures}
                yield facts.case(part_of(facts.tables[place]), figures=figures)


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    if setting := case.text("setting"):
        off = "origin" if engine == "postgresql" else "ON"
        where = f"ALTER SYSTEM SET {setting} = {off}; and see to ALTER ROLE and ALTER DATABASE ... SET (\\drds)"
        step = where if engine == "postgresql" else f"SET GLOBAL {setting} = {off}; and in the configuration file"
        yield Flaw((setting,), f"{setting}: {case.text('state')}, so that no foreign key is enforced in them", step)
        return
    key, table = case.text("key"), ddl.place(engine, case.table)
    if engine == "sqlite":
        number = int(case.number("rows"))
        rows = f"{number} row{'s' if number > 1 else ''} of {key} refer{'' if number > 1 else 's'} to nothing"
        step = f"list them with PRAGMA foreign_key_check({ddl.quoted(engine, case.table.name)}); mend or delete them; "
        step += "and let the application say PRAGMA foreign_keys = ON in each connection"
        yield Flaw((f"{case.name} to {key.partition(' to ')[2]}", *case.of_table()), rows, step)
        return
    again = f"then drop {key} and add it again, or the rows from meanwhile are never looked at"
    tables = case.text("tables")
    step = "; ".join(f"ALTER TABLE {one} ENABLE TRIGGER ALL" for one in tables.split(", ")) if tables else (
        f"ALTER TABLE {table} ALTER CONSTRAINT {ddl.quoted(engine, key)} ENFORCED")  # fmt: skip
    observed = f"{key} on {case.name} is there and not enforced: {case.text('state')}"
    yield Flaw(case.of_constraint(key), observed, f"{step}; {again}" if tables else f"{step};")


CHECK = HealthCheck(
    "fk-not-enforced",
    "every foreign key is enforced",
    "foreign keys that are not enforced",
    "rows that refer to nothing get in, and nobody is told",
    "blocker",
    candidates,
    flaws,
)
