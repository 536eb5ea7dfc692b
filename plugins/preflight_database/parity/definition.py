"""What makes two things of a catalogue the same: all that the server does by them, whatever they are called."""

from __future__ import annotations

from collections.abc import Hashable

from preflight_database import sql
from preflight_database.catalogue import words
from preflight_database.catalogue.model import Column, Constraint, Engine, ForeignKey, Index, Sequence


def column(one: Column, engine: Engine) -> str:
    """`character varying(40) not null default 'none'::text collate C`."""
    # SQLite has a type as it was written, but for some that it writes in capitals.
    text = (one.type.lower() if engine == "sqlite" else one.type) + ("" if one.nullable else " not null")
    text += f" default {one.default}" if one.default else ""
    text += f" generated {one.identity} as identity" if one.identity in ("always", "by default") else ""
    text += f" {one.identity}" if one.identity == "auto_increment" else ""
    text += f" generated as ({one.generated})" if one.generated else ""
    return text + (f" collate {one.collation}" if one.collation else "")


def index(one: Index) -> Hashable:
    """Its state is no part of it."""
    parts = tuple(
        (part.column, _plain(part.expression), part.descending, part.nulls_first, part.opclass,
         part.effective_collation, part.prefix)
        for part in one.parts
    )  # fmt: skip
    flags = one.unique, one.nulls_not_distinct, one.deferrable, one.constraint
    return parts, one.method, one.include, _plain(one.where), flags


def _plain(text: str) -> tuple[str, ...]:
    try:
        return sql.plain(text)
    except ValueError:  # quotes in a way of the engine's own
        return (text,)


def index_words(one: Index, engine: Engine) -> str:
    """`(email), unique constraint, invalid`."""
    text = words.index_words(one).removeprefix(f"{one.name} ")
    # Elsewhere, NULLs are the smallest value.
    unusual = [part for part in one.parts if part.nulls_first != part.descending and engine == "postgresql"]
    text += "".join(f", NULLs {'first' if p.nulls_first else 'last'} in {p.column or p.expression}" for p in unusual)
    text += ", NULL equals NULL" if one.nulls_not_distinct else ""
    text += {"": "", "unique": " constraint"}.get(one.constraint, f", {one.constraint}")
    text += ", deferrable" if one.deferrable else ""
    text += "" if one.visible else ", ignored" if engine == "mariadb" else ", invisible"
    return text + ("" if one.valid and one.ready and one.live else ", invalid")


def works(one: Index) -> bool:
    return one.valid and one.ready and one.live and one.visible


def constraint(one: Constraint) -> str:
    text = f"check {one.expression}" + ("" if one.validated else ", not validated")
    return text + ("" if one.enforced else ", not enforced")


def foreign_key(one: ForeignKey, schema: str, engine: Engine) -> str:
    """`(customer_id) references customer (id) on delete cascade`; `schema` is that of its own table."""
    place = one.table if one.schema == schema else f"{one.schema}.{one.table}"
    text = f"({', '.join(one.columns)}) references {place}"
    text += f" ({', '.join(one.referenced)})" if one.referenced else ""
    for event, action in (("update", one.on_update), ("delete", one.on_delete)):
        # In MySQL and MariaDB, both are one: Reference Manual 13.1.20.5, "FOREIGN KEY Constraints".
        usual = action == "no action" or (action == "restrict" and engine in ("mysql", "mariadb"))
        text += "" if usual else f" on {event} {action}"
    text += ", deferrable" if one.deferrable else ""
    return text + ("" if one.validated else ", not validated")


def sequence(one: Sequence) -> str:
    """Without where it stands."""
    text = f"{one.type}, by {one.increment}, to {one.maximum}" + (", and over again" if one.cycles else "")
    return text + (f", of {one.owner[1]}.{one.owner[2]}" if one.owner else "")
