"""sequence-behind: a sequence that will hand out a number that a row has already, as after a copy of the rows alone."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Engine, Table
from preflight_database.health.case import Case, Counter, Flaw
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.facts.base import NO_INDEX, Facts


def candidates(facts: Facts) -> Iterator[Case]:
    for one in facts.numbered:
        yield facts.case(Table(*one.place), counter=one.counter, figures={"lacking": one.unknown})


def flaws(case: Case, engine: Engine, _: Limits) -> Iterator[Flaw]:
    counter, lacking = case.counter, case.text("lacking")
    if counter is None:
        return
    names = (*case.of_columns((counter.column,)), counter.name)
    if lacking == NO_INDEX:
        step = (
            f"SELECT max({ddl.quoted(engine, counter.column)}) FROM {ddl.place(engine, case.table)}; compare, and allow"
        )
        yield Flaw(names, "", step, "no index tells the highest number of a large table")
    elif lacking:
        yield Flaw(names, "", f"GRANT {lacking} TO the user of `url`", "the table or its sequence may not be read")
    elif counter.next is not None and counter.highest is not None and _behind(counter, counter.next, counter.highest):
        what = "highest" if counter.increment > 0 else "lowest"
        observed = f"{case.name}.{counter.column}: the {what} number is {counter.highest:,}, and {counter.name} hands "
        yield Flaw(names, f"{observed}out {counter.next:,} next", _step(case, counter, engine))


def _behind(counter: Counter, after: int, highest: int) -> bool:
    return after <= highest if counter.increment > 0 else after >= highest


def _step(case: Case, counter: Counter, engine: Engine) -> str:
    table, column = ddl.place(engine, case.table), ddl.quoted(engine, counter.column)
    name = counter.name.replace("'", "''")
    return f"SELECT setval('{name}', (SELECT {'max' if counter.increment > 0 else 'min'}({column}) FROM {table}));"


CHECK = HealthCheck(
    "sequence-behind",
    "every sequence is past the numbers that rows have",
    "sequences behind their columns",
    "the next rows are refused as duplicates; without a unique index, two rows get one number",
    "blocker",
    candidates,
    flaws,
    ("postgresql",),
    "it takes the number after the highest there is",
)
