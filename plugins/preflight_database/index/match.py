"""Is this index the one that is meant? By definition, never by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from preflight_database import sql
from preflight_database.catalogue.model import Engine, Index, Part, same_name
from preflight_database.catalogue.words import key_words
from preflight_database.index.keys import KeyPart
from preflight_database.index.spec import IndexSpec


@dataclass(frozen=True, slots=True)
class Comparison:
    """How an index differs from an entry.

    Attributes:
        differs: in what, for certain; in words.
        spelled: expressions and predicates that are written in another way, and may still mean the same: as
            (wanted, of the index).
        same_keys: it sorts by the same columns in the same order.
    """

    index: Index
    differs: tuple[str, ...]
    spelled: tuple[tuple[str, str], ...]
    same_keys: bool

    @property
    def matches(self) -> bool:
        return not self.differs and not self.spelled


def compare(spec: IndexSpec, index: Index, engine: Engine, canonical: Mapping[str, str]) -> Comparison:
    """What a forbidden index leaves open may be anything; what a required one leaves open is the engine's default."""
    matching = _Matching(engine, canonical, forgiving=spec.forbidden)
    same_keys = matching.keys(spec.columns or (), index)
    matching.properties(spec, index)
    return Comparison(index, tuple(matching.differs), tuple(matching.spelled), same_keys)


class _Matching:
    def __init__(self, engine: Engine, canonical: Mapping[str, str], forgiving: bool) -> None:
        self.engine = engine
        self.canonical = canonical
        self.forgiving = forgiving
        self.differs: list[str] = []
        self.spelled: list[tuple[str, str]] = []

    def keys(self, wanted: tuple[KeyPart, ...], index: Index) -> bool:
        if len(wanted) != len(index.parts) or not all(map(self._same_thing, wanted, index.parts)):
            self.differs.append(f"it sorts by ({', '.join(map(key_words, index.parts))})")
            return False
        for want, part in zip(wanted, index.parts, strict=True):
            self._key(want, part, index)
        return True

    def _same_thing(self, want: KeyPart, part: Part) -> bool:
        if want.expression or part.expression:
            return bool(want.expression) and bool(part.expression)
        return same_name(want.column, part.column, self.engine)

    def _key(self, want: KeyPart, part: Part, index: Index) -> None:
        if want.expression:
            self.text(want.expression, part.expression)
        what, descending = want.column or want.expression, bool(want.descending)
        if part.descending != descending and not (self.forgiving and want.descending is None):
            self.differs.append(f"{what} is {'descending' if part.descending else 'ascending'}")
        first = want.nulls == "first" if want.nulls else descending
        if self.engine == "postgresql" and part.nulls_first != first and (
            want.nulls or not (self.forgiving or part.descending != descending)
        ):  # fmt: skip
            self.differs.append(f"{what} has NULLs {'first' if part.nulls_first else 'last'}")
        other = want.opclass.rpartition(".")[2] != part.opclass if want.opclass else not part.usual_opclass
        if other and (want.opclass or not self.forgiving):
            self.differs.append(f"{what} has the operator class {part.opclass}")
        said = want.collation.lower()
        other = said != part.effective_collation.lower() if said else bool(part.collation)
        if other and (said or not self.forgiving):
            self.differs.append(f"{what} has the collation {part.effective_collation or 'of the database'}")
        # MySQL gives every key part of a spatial index a prefix that nobody wrote.
        if want.prefix != part.prefix and index.method != "spatial" and (want.prefix or not self.forgiving):
            length = f"only the first {part.prefix} characters of {what}" if part.prefix else f"all of {what}"
            self.differs.append(f"it has {length}")

    def properties(self, spec: IndexSpec, index: Index) -> None:
        self._flag(spec.unique, index.unique, "it is unique", "it is not unique")
        self._flag(spec.nulls_not_distinct, index.nulls_not_distinct, "NULL equals NULL in it", "NULLs are distinct")
        self._flag(spec.deferrable, index.deferrable, "its constraint is deferrable", "it is not deferrable")
        method = (spec.method or ("" if self.forgiving else "btree")).lower()
        if method and method != index.method:
            self.differs.append(f"its method is {index.method}")
        if spec.include is not None or not self.forgiving:
            include = {name.lower() for name in spec.include or ()}
            if include != {name.lower() for name in index.include}:
                self.differs.append(f"it includes {', '.join(index.include) or 'nothing'}")
        if spec.where is None and index.where and not self.forgiving:
            self.differs.append(f"it has only rows where {index.where}")
        elif spec.where is not None and not index.where:
            self.differs.append("it has all rows")
        elif spec.where is not None:
            self.text(spec.where, index.where)

    def _flag(self, wanted: bool | None, has: bool, yes: str, no: str) -> None:
        if (wanted is not None or not self.forgiving) and bool(wanted) != has:
            self.differs.append(yes if has else no)

    def text(self, wanted: str, has: str) -> None:
        """The server's own spelling of both, where it could be asked; else our sense of brackets and capitals."""
        ours, theirs = self.canonical.get(wanted), self.canonical.get(has)
        if ours and ours == theirs:
            return
        any_case = self.engine != "postgresql"
        if sql.plain(wanted, any_case) != sql.plain(has, any_case):
            self.spelled.append((wanted, has))
