"""sequence-overflow: numbers that run out, of the sequence or of the column that it numbers."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_database import ddl
from preflight_database.catalogue.model import Engine, Table
from preflight_database.health.case import Case, Counter, Flaw
from preflight_database.health.check import HealthCheck, Limits
from preflight_database.health.facts.base import Facts
from preflight_database.health.numbers import range_of


def candidates(facts: Facts) -> Iterator[Case]:
    for one in facts.counters:
        yield facts.case(Table(*one.place), counter=one.counter, figures={"lacking": one.unknown})


def flaws(case: Case, engine: Engine, limits: Limits) -> Iterator[Flaw]:
    counter = case.counter
    if counter is None:
        return
    what = f"{counter.name or 'AUTO_INCREMENT'} for {case.name}.{counter.column}"
    names = (*case.of_columns((counter.column,)), *((counter.name,) if counter.name else ()))
    if counter.next is None:
        why = "the sequence may not be read"
        yield Flaw(names, "", f"GRANT {case.text('lacking')} TO the user of `url`", why)
        return
    left, end, whose = _left(counter)
    if left > limits.sequence_left:
        return
    observed = (
        f"{what}: the next number is {counter.next:,}, and {whose} ends at {end:,}: {max(left, 0.0):.1f} % are left"
    )
    yield Flaw(names, observed, _step(case, counter, engine))


def _left(counter: Counter) -> tuple[float, int, str]:
    """Percent of the numbers that are left, where they end, and who says so."""
    ends = []
    if counter.maximum is not None:
        ends.append((counter.maximum, f"the sequence ({counter.type})"))
    if bounds := range_of(counter.column_type):
        ends.append((bounds[1] if counter.increment > 0 else bounds[0], f"the column ({counter.column_type})"))
    # A sequence that starts anew never ends; its column may, before that.
    ends = [one for one in ends if not counter.cycles or abs(one[0]) < abs(counter.maximum or 0)]
    if not ends:
        return 100.0, 0, ""
    end, whose = min(ends, key=lambda pair: pair[0] if counter.increment > 0 else -pair[0])
    after = counter.next or 0
    numbers = abs(end - counter.minimum) + 1
    left = (end - after if counter.increment > 0 else after - end) + 1
    return 100.0 * left / numbers, end, whose


def _step(case: Case, counter: Counter, engine: Engine) -> str:
    table, column = ddl.place(engine, case.table), ddl.quoted(engine, counter.column)
    wide = "writes the table anew and locks it for as long: in the window, or by a new column that is filled meanwhile"
    if engine != "postgresql":
        return f"ALTER TABLE {table} MODIFY {column} bigint unsigned NOT NULL AUTO_INCREMENT; it {wide}"
    sequence = f"ALTER SEQUENCE {counter.name} AS bigint MAXVALUE 9223372036854775807"
    if "int" not in counter.column_type or counter.column_type == "bigint":
        return f"{sequence};"
    return f"{sequence}; ALTER TABLE {table} ALTER COLUMN {column} TYPE bigint; that {wide}"


CHECK = HealthCheck(
    "sequence-overflow",
    "every sequence has numbers left",
    "sequences that run out",
    "once they have run out, no row can be inserted",
    "blocker",
    candidates,
    flaws,
    ("postgresql", "mysql"),
    "its row numbers have 64 bits",
)
