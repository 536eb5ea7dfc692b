"""Where two catalogues of one engine differ: a pure function of both.

Indexes, checks and foreign keys are the same if their definitions are, whatever their names. One that is left over on
each side under one name is one difference. What is said of a table that only one side has is that, and no more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

from preflight_database import ddl
from preflight_database.catalogue.model import Catalogue, Engine, Index, Table
from preflight_database.parity import definition

What = Literal[
    "table", "column", "column order", "index", "invalid index", "constraint", "foreign key", "trigger", "sequence"
]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same in both.

    Attributes:
        table: as `schema.name`, or the bare name where the search path leads there; of a sequence its own name.
        names: of the column, index, ... here and there; empty on the side that has none.
        here, there: how it is on either side; empty where it is not.
        change_here: the statement that makes it here as it is there; empty where that takes more than a statement.
        change_there: the other way round.
    """

    what: What
    table: str
    names: tuple[str, str] = ("", "")
    here: str = ""
    there: str = ""
    change_here: str = ""
    change_there: str = ""

    def known_as(self) -> frozenset[str]:
        """All by which one may name it: `orders`, `sales.orders`, `orders.email`, `orders_email_idx`."""
        tables = {self.table, self.table.rpartition(".")[2]}
        parts = {name for name in self.names if name}
        return frozenset(tables | parts | {f"{table}.{part}" for table in tables for part in parts})


def differences(here: Catalogue, there: Catalogue) -> list[Difference]:
    """In the order of their tables; both are of one engine."""
    ours, theirs = _tables(here), _tables(there)
    engine = here.server.engine
    found: list[Difference] = []
    for name in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(name), theirs.get(name)
        if one is None or other is None:
            found.append(Difference("table", name, here=_said_of(one), there=_said_of(other)))
        else:
            found += _of_table(name, one, other, engine)
    # SQLite has no sequences: it tells of those it numbers rows by, once they have been used.
    return found + list(_sequences(here, there, ours.keys() & theirs.keys())) if engine != "sqlite" else found


def _tables(catalogue: Catalogue) -> dict[str, Table]:
    """By what they are called in `Difference.table`. A database of MySQL's is its own schema: its name is no matter."""
    usual = catalogue.search_path[0] if catalogue.search_path else ""
    return {_named(table.schema, table.name, usual): table for table in catalogue.tables}


def _named(schema: str, name: str, usual: str) -> str:
    return name if schema == usual else f"{schema}.{name}"


def _said_of(table: Table | None) -> str:
    return "" if table is None else f"{len(table.columns)} columns{', partitioned' if table.partitioned else ''}"


def _of_table(name: str, here: Table, there: Table, engine: Engine) -> Iterator[Difference]:
    if here.partitioned != there.partitioned:
        yield Difference("table", name, here=_said_of(here), there=_said_of(there))
    yield from _named_things(
        "column",
        name,
        {column.name: definition.column(column, engine) for column in here.columns},
        {column.name: definition.column(column, engine) for column in there.columns},
    )
    yield from _column_order(name, here, there)
    yield from _indexes(name, here, there, engine)
    yield from _defined_things(
        "constraint",
        name,
        [(one.name, definition.constraint(one)) for one in here.constraints if one.kind == "check"],
        [(one.name, definition.constraint(one)) for one in there.constraints if one.kind == "check"],
    )
    yield from _defined_things(
        "foreign key",
        name,
        [(one.name, definition.foreign_key(one, here.schema, engine)) for one in here.foreign_keys],
        [(one.name, definition.foreign_key(one, there.schema, engine)) for one in there.foreign_keys],
    )
    yield from _named_things(
        "trigger",
        name,
        {trigger.name: "enabled" if trigger.enabled else "disabled" for trigger in here.triggers},
        {trigger.name: "enabled" if trigger.enabled else "disabled" for trigger in there.triggers},
    )


def _column_order(name: str, here: Table, there: Table) -> Iterator[Difference]:
    both = {column.name for column in here.columns} & {column.name for column in there.columns}
    ours, theirs = (
        ", ".join(column.name for column in table.columns if column.name in both) for table in (here, there)
    )
    if ours != theirs:
        yield Difference("column order", name, here=ours, there=theirs)


def _named_things(what: What, table: str, here: dict[str, str], there: dict[str, str]) -> Iterator[Difference]:
    """What is known by its name, with how it is in words."""
    for name in sorted(here.keys() | there.keys()):
        if here.get(name) != there.get(name):
            names = name if name in here else "", name if name in there else ""
            yield Difference(what, table, names, here.get(name, ""), there.get(name, ""))


def _defined_things(
    what: What, table: str, here: list[tuple[str, str]], there: list[tuple[str, str]]
) -> Iterator[Difference]:
    """What is known by its definition, as pairs of a name and a definition in words."""
    _, left = _matched(here, there, lambda each: each[1], lambda each: each[0])
    for one, other in left:
        names = one[0] if one else "", other[0] if other else ""
        yield Difference(what, table, names, one[1] if one else "", other[1] if other else "")


def _indexes(name: str, here: Table, there: Table, engine: Engine) -> Iterator[Difference]:
    """With those that do not work, on one side or on both: pg_dump leaves an invalid one out."""
    pairs, left = _matched(here.indexes, there.indexes, definition.index, lambda index: index.name)
    for one, other in pairs:
        if not (definition.works(one) and definition.works(other)):
            said = definition.index_words(one, engine), definition.index_words(other, engine)
            mended = _mend(engine, here, one), _mend(engine, there, other)
            yield Difference("invalid index", name, (one.name, other.name), *said, *mended)
    for has, wanted in left:
        names = has.name if has else "", wanted.name if wanted else ""
        words = tuple(definition.index_words(each, engine) if each else "" for each in (has, wanted))
        changes = _change(engine, here, has, wanted), _change(engine, there, wanted, has)
        yield Difference("index", name, names, words[0], words[1], *changes)


def _mend(engine: Engine, table: Table, index: Index) -> str:
    if definition.works(index) or index.partitioned:
        return ""
    return ddl.reindex(engine, table, index) if engine == "postgresql" else ddl.show(engine, table, index)


def _change(engine: Engine, table: Table, has: Index | None, wanted: Index | None) -> str:
    """Drop what it has, and make what is wanted. What belongs to a constraint is made and dropped with that."""
    theirs = ("primary key", "exclude") if engine in ("mysql", "mariadb") else ("primary key", "exclude", "unique")
    if any(index is not None and index.constraint in theirs for index in (has, wanted)):
        return ""
    steps = [ddl.drop(engine, table, has)] if has else []
    steps += [ddl.bring_back(engine, table, wanted)] if wanted else []
    return "; ".join(steps)


def _sequences(here: Catalogue, there: Catalogue, tables: Iterable[str]) -> Iterator[Difference]:
    """But those of a table that only one side has."""
    both = set(tables)

    def of(catalogue: Catalogue) -> dict[str, str]:
        usual = catalogue.search_path[0] if catalogue.search_path else ""
        return {
            _named(each.schema, each.name, usual): definition.sequence(each)
            for each in catalogue.sequences
            if each.owner is None or _named(each.owner[0], each.owner[1], usual) in both
        }

    ours, theirs = of(here), of(there)
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            yield Difference("sequence", name, ("", ""), ours.get(name, ""), theirs.get(name, ""))


T = TypeVar("T")


def _matched(
    here: Iterable[T], there: Iterable[T], defined: Callable[[T], Hashable], named: Callable[[T], str]
) -> tuple[list[tuple[T, T]], list[tuple[T | None, T | None]]]:
    """Pairs of one definition, those of one name first; and what is left, as a pair where the names are the same."""
    ours, theirs = list(here), list(there)
    pairs: list[tuple[T, T]] = []
    for key in (lambda each: (named(each), defined(each)), defined):
        waiting: dict[Hashable, list[T]] = defaultdict(list)
        for each in reversed(theirs):
            waiting[key(each)].append(each)
        alone = []
        for each in ours:
            if same := waiting[key(each)]:
                pairs.append((each, same.pop()))
            else:
                alone.append(each)
        ours, theirs = alone, [each for same in waiting.values() for each in same]
    by_name = {named(each): each for each in theirs if named(each)}
    left: list[tuple[T | None, T | None]] = [(each, by_name.pop(named(each), None)) for each in ours]
    return pairs, left + [(None, each) for each in theirs if not named(each) or named(each) in by_name]
