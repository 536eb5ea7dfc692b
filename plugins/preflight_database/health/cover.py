"""What one index can do for another or for a foreign key. Pure: what a server does with an index of this definition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from preflight_database import sql
from preflight_database.catalogue.model import Engine, Index, Part

# SQLite's INTEGER PRIMARY KEY is the number by which a table itself is sorted: as good as an index, and none.
ROWID_KEY = "the primary key itself"


def works(index: Index) -> bool:
    """Queries use it, and rows are put into it."""
    return index.valid and index.ready and index.live and index.visible


def covers(index: Index, columns: Sequence[str], engine: Engine) -> bool:
    """Whether rows can be found in it by the values of all these columns, as a foreign key's check does.

    The columns may lead the index in any order. What finds only some of the rows, or not by equality, does not cover:
    an index of other rows, BRIN, an expression, a prefix, another collation than the column's.
    """
    # InnoDB checks foreign keys by an index that its planner does not see.
    if not (index.valid and index.ready and index.live) or not (index.visible or engine in ("mysql", "mariadb")):
        return False
    # A hash index holds one column.
    if index.method not in ("btree", "hash") or len(index.parts) < len(columns):
        return False
    leading = index.parts[: len(columns)]
    if any(not part.column or part.prefix or part.collation or not _finds_equals(part) for part in leading):
        return False
    if {_folded(part.column, engine) for part in leading} != {_folded(name, engine) for name in columns}:
        return False
    return not index.where or _only_without_nulls(index.where, columns, engine)


def _finds_equals(part: Part) -> bool:
    """`text_pattern_ops` and its like sort otherwise, and find by = all the same (PostgreSQL 11.10)."""
    return part.usual_opclass or part.opclass.endswith("_pattern_ops")


def _only_without_nulls(where: str, columns: Sequence[str], engine: Engine) -> bool:
    """A foreign key that is NULL refers to nothing: nobody looks for it."""
    without = not_null_columns(where, engine)
    return without is not None and without <= {_folded(name, engine) for name in columns}


def not_null_columns(where: str, engine: Engine) -> frozenset[str] | None:
    """The columns of `a is not null and b is not null`; None for any other predicate."""
    found = set()
    for one in conjuncts(where, engine):
        if len(one) != 4 or one[1:] != ("is", "not", "null"):
            return None
        found.add(sql.name(one[0]))
    return frozenset(found)


def conjuncts(where: str, engine: Engine) -> list[tuple[str, ...]]:
    """What stands between the ANDs of a predicate, each without the brackets around it."""
    words = sql.plain(where, engine != "postgresql")
    pieces: list[list[str]] = [[]]
    depth, between = 0, False
    for word in words:
        depth += {"(": 1, ")": -1}.get(word, 0)
        between = between or (word == "between" and depth == 0)
        if word == "and" and depth == 0 and not between:
            pieces.append([])
            continue
        between = between and not (word == "and" and depth == 0)
        pieces[-1].append(word)
    if len(pieces) == 1:
        return [words]
    return [one for piece in pieces for one in conjuncts(" ".join(piece), engine)]


def _folded(name: str, engine: Engine) -> str:
    return name if engine == "postgresql" else name.lower()


def identical(one: Index, other: Index, engine: Engine) -> bool:
    """The same definition but for the name and for what constraint it carries."""
    same = one.method == other.method and one.unique == other.unique and one.deferrable == other.deferrable
    same = same and one.nulls_not_distinct == other.nulls_not_distinct and len(one.parts) == len(other.parts)
    same = same and _set(one.include) == _set(other.include) and _same_rows(one, other, engine)
    return same and all(_same(a, b, engine) for a, b in zip(one.parts, other.parts, strict=True))


def needless(narrow: Index, wide: Index, primary: Index | None, engine: Engine) -> bool:
    """Whether `wide` does all that `narrow` does, by being longer or by being unique besides.

    Args:
        primary: the table's primary key: InnoDB puts its columns behind those of every other index, and SQLite the
            number of the row.
    """
    if narrow.unique or narrow.constraint or not works(narrow) or not works(wide) or narrow.method != wide.method:
        return False
    # Only B-trees are sorted by their first column first.
    if wide.method != "btree" or identical(narrow, wide, engine):
        return False
    if not _same_rows(narrow, wide, engine):
        return False
    if not _set(narrow.include) <= _set(wide.include) | {part.column for part in wide.parts}:
        return False
    behind = _behind(wide, primary, engine)
    for direction in (narrow.parts, tuple(_backward(part) for part in narrow.parts)):
        if _starts_with((*wide.parts, *behind), direction, engine):
            return True
    return False


def preferred(one: Index, other: Index, primary: Index | None, engine: Engine) -> bool:
    """Of two of which each can stand for the other, whether `one` is to be kept."""
    if not needless(one, other, primary, engine):
        return True
    # Neither is unique: the shorter one is smaller; else the one that is sorted upward, which is the usual one.
    return _rank(one) < _rank(other)


def _rank(index: Index) -> tuple[int, int, str]:
    return len(index.parts) + len(index.include), sum(part.descending for part in index.parts), index.name


def _behind(index: Index, primary: Index | None, engine: Engine) -> tuple[Part, ...]:
    """What an index is sorted by in the end, though nobody wrote it.

    https://dev.mysql.com/doc/refman/8.0/en/index-extensions.html, https://www.sqlite.org/fileformat2.html#record_sort_order
    """
    if engine == "postgresql" or index.unique:
        return ()
    own = {part.column.lower() for part in index.parts if not part.prefix}
    behind = () if primary is None or (engine == "sqlite" and primary.name != ROWID_KEY) else primary.parts
    return tuple(part for part in behind if part.column.lower() not in own)


def _backward(part: Part) -> Part:
    """As it is when the index is read from its end."""
    return Part(
        part.column, part.expression, not part.descending, not part.nulls_first, part.opclass, part.usual_opclass,
        part.collation, part.effective_collation, part.prefix,
    )  # fmt: skip


def _starts_with(wide: Sequence[Part], narrow: Sequence[Part], engine: Engine) -> bool:
    if len(narrow) > len(wide) or not all(_same(a, b, engine) for a, b in zip(narrow[:-1], wide, strict=False)):
        return False
    last, there = narrow[-1], wide[len(narrow) - 1]
    # The first 10 characters can be had from the first 20, or from all: of the last column only.
    longer = bool(last.prefix) and (not there.prefix or there.prefix >= last.prefix)
    return _same(last, there, engine, any_prefix=longer)


def _same(one: Part, other: Part, engine: Engine, any_prefix: bool = False) -> bool:
    same = _folded(one.column, engine) == _folded(other.column, engine) and one.descending == other.descending
    same = (
        same
        and (one.prefix == other.prefix or any_prefix)
        and one.nulls_first == other.nulls_first
        and one.opclass == other.opclass
    )
    same = same and one.effective_collation.lower() == other.effective_collation.lower()
    return same and _plain(one.expression, engine) == _plain(other.expression, engine)


def _same_rows(one: Index, other: Index, engine: Engine) -> bool:
    return _plain(one.where, engine) == _plain(other.where, engine)


def _plain(text: str, engine: Engine) -> tuple[str, ...]:
    return sql.plain(text, engine != "postgresql") if text else ()


def _set(names: Iterable[str]) -> set[str]:
    return set(names)
