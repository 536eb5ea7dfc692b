"""Things of a catalogue as one would write them."""

from __future__ import annotations

from preflight_database.catalogue.model import Index, Part


def key_words(part: Part) -> str:
    """One of the things an index sorts by: `created_at desc`, `lower(email)`."""
    text = part.column or part.expression
    text += f"({part.prefix})" if part.prefix else ""
    text += f" collate {part.collation}" if part.collation else ""
    text += f" {part.opclass}" if part.opclass and not part.usual_opclass else ""
    return text + (" desc" if part.descending else "")


def index_words(index: Index) -> str:
    """`orders_customer_idx (customer_id, created_at desc), unique`."""
    text = f"{index.name} ({', '.join(map(key_words, index.parts))})"
    text += f", {index.method}" if index.method != "btree" else ""
    text += f", including {', '.join(index.include)}" if index.include else ""
    text += ", unique" if index.unique else ""
    return text + (f", where {index.where}" if index.where else "")
