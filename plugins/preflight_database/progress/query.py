"""A question that is asked of a database again and again: one SELECT that gives one number."""

from __future__ import annotations

from preflight_database import sql

_ONE = "one SELECT that gives one number"


def one_select(text: str) -> str:
    """The statement, without a semicolon at its end. Raises ValueError."""
    text = text.strip().removesuffix(";").rstrip()
    sql.check(text, _ONE)
    if not text or sql.tokens(text)[0].lower() not in ("select", "with"):
        raise ValueError(f"should be {_ONE}, such as select count(*) from orders_new")
    return text


def table_of(select: str) -> str:
    """The only table that it reads from, as far as that can be told; else empty: a join, a sub-select, no table."""
    found = sql.tokens(select)
    words = [token.lower() for token in found]
    if words.count("from") != 1 or "join" in words:
        return ""
    rest = found[words.index("from") + 1 :]
    if not rest or "," in rest or not sql.is_name(rest[0]):
        return ""
    named = rest[:3:2] if rest[1:2] == ["."] else rest[:1]
    return ".".join(map(sql.name, named))


def counts_rows(select: str) -> bool:
    """Whether it counts all rows of its table, and nothing else."""
    words = [token.lower() for token in sql.tokens(select)]
    return words[:6] == ["select", "count", "(", "*", ")", "from"] and len(words) <= (9 if "." in words else 7)
