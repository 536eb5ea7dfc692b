"""Each health check on SQLite: a schema that has it, and schemas that nearly have it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from preflight_database.tests.diagnosed import found, only_finding
from preflight_database.tests.said import execute

Fresh = Callable[[str], str]
SCHEMA = (
    "create table c (id integer primary key, code text unique, x int, y int, unique (x, y))",
    "create table o (id integer primary key, a int references c (id), b int, n int not null, t text, flag boolean)",
    "create index o_a on o (a)",
)


@pytest.fixture
def url(fresh: Fresh) -> str:
    url = fresh("sqlite")
    execute(url, *SCHEMA)
    return url


def test_the_schema_itself_is_sound(url: str) -> None:
    for check in ("duplicate-index", "redundant-index", "fk-without-index", "fk-duplicate", "fk-overlapping",
                  "fk-type-mismatch", "fk-not-enforced", "no-primary-key", "boolean-index", "index-needless-where",
                  "missing-statistics"):  # fmt: skip
        assert found(url, check) == [], check


CASES = [
    ("create index o_a2 on o (A)", "duplicate-index", "o_a2 (a) on o is the same as o_a"),
    ("create unique index u on c (code)", "duplicate-index",
     "u (code), unique on c is the same as sqlite_autoindex_c_1"),
    ("create index o_a2 on o (a desc)", "duplicate-index", ""),
    ("create index i on o (t); create index j on o (t collate nocase)", "duplicate-index", ""),
    ("create index i on o (t); create index j on o (t collate binary)", "duplicate-index",
     "j (t collate binary) on o is the same as i"),
    ("create index i on o (lower(t)); create index j on o (LOWER(t))", "duplicate-index",
     "j (LOWER(t)) on o is the same as i"),
    ("create index o_a2 on o (a) where b > 0", "duplicate-index", ""),

    ("create index o_ab on o (a, b)", "redundant-index", "o_a (a) on o does nothing that o_ab (a, b) does not do"),
    ("create index i on o (a desc)", "redundant-index", "i (a desc) on o does nothing that o_a (a) does not do"),
    ("create index i on o (b); create index j on o (b, id)", "redundant-index",
     "j (b, id) on o does nothing that i (b) does not do"),
    ("create index i on o (id)", "redundant-index",
     "i (id) on o does nothing that the primary key itself (id), unique does not do"),
    ("create index i on o (b, a)", "redundant-index", ""),
    ("create index i on o (t); create index j on o (t collate nocase, b)", "redundant-index", ""),
    ("create unique index i on o (b); create index j on o (b, n)", "redundant-index", ""),
    ("create index i on c (x)", "redundant-index", "i (x) on c does nothing that sqlite_autoindex_c_2 (x, y), unique"),

    ("create table k (id integer primary key, c int references c (id))", "fk-without-index",
     "k: no index finds the rows of (c) to c (id)"),
    ("create table k (id integer primary key, c int references c); create index i on k (id, c)", "fk-without-index",
     "k: no index finds the rows of (c) to c; i (id, c) does not"),
    ("create table k (a int, b int, foreign key (a, b) references c (x, y)); create index i on k (b, a)",
     "fk-without-index", ""),
    ("create table k (c int references c (id)); create index i on k (c) where c is not null", "fk-without-index", ""),
    ("create table k (c int references c (id)); create index i on k (c) where c > 9", "fk-without-index",
     "k: no index"),
    ("create table k (t text references c (code)); create index i on k (t collate nocase)", "fk-without-index",
     "k: no index"),

    ("create table k (c int references c (id) references c (id))", "fk-duplicate", "k: (c) to c (id) says the same as"),
    ("create table k (c int references c (id), d int references c (id))", "fk-duplicate", ""),
    ("create unique index u on c (id, x); create table k (c int references c (id), d int, foreign key (c, d) "
     "references c (id, x))", "fk-overlapping", "k: (c) to c (id) is part of (c, d) to c (id, x)"),
    ("create table k (t varchar(9) references c (id))", "fk-type-mismatch",
     "k.t is varchar(9), and c.id, to which it refers, is INTEGER"),
    ("create table k (c bigint references c (id), t varchar(9) references c (code))", "fk-type-mismatch", ""),
    ("create table k (t text references c)", "fk-type-mismatch",
     "k.t is TEXT, and c.id, to which it refers, is INTEGER"),

    ("insert into o (id, a, n) values (1, 7, 1), (2, 8, 1)", "fk-not-enforced", "2 rows of o to c refer to nothing"),
    ("insert into c (id) values (7); insert into o (id, a, n) values (1, 7, 1), (2, null, 1)", "fk-not-enforced", ""),

    ("create table k (a int)", "no-primary-key", "k has no primary key"),
    ("create table k (a int not null unique)", "no-primary-key", "k has no primary key; sqlite_autoindex_k_1 (a)"),
    ("create table k (a int, b int, primary key (a, b)) without rowid", "no-primary-key", ""),
    ("create table k (a text primary key)", "no-primary-key", ""),

    ("create index i on o (flag)", "boolean-index", "i (flag) on o tells two values apart"),
    ("create index i on o (flag) where flag", "boolean-index", ""),
    ("create index i on o (b) where n is not null", "index-needless-where",
     "i (b), where n is not null on o: n is never"),
    ("create index i on o (b) where [n] is not null and b > 1", "index-needless-where", "i (b), where [n] is"),
    ("create index i on o (b) where b is not null", "index-needless-where", ""),

    ("insert into c (id) values (1)", "missing-statistics", "c has rows and no statistics"),
    ("insert into c (id) values (1); analyze", "missing-statistics", ""),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "check", "observed"), CASES)
def test_each_check(url: str, statements: str, check: str, observed: str) -> None:
    execute(url, *statements.split("; "))
    seen = found(url, check)
    if not observed:
        assert seen == []
    else:
        (one,) = seen
        assert one.startswith(observed)


def test_what_is_advised_puts_it_right(url: str) -> None:
    execute(url, "create index o_a2 on o (a)", "create index o_ab on o (a, b)", "insert into c (id) values (1)",
            "create table k (id integer primary key, c int references c (id))")  # fmt: skip
    for check in ("duplicate-index", "redundant-index", "missing-statistics", "fk-without-index"):
        execute(url, only_finding(url, check).next_step.partition(";")[0])
        assert found(url, check) == [], check


def test_more_tables_than_one_statement_can_join(url: str) -> None:
    execute(url, *(f"create table k{number} (a)" for number in range(1000)), "insert into k999 values (1)")
    assert found(url, "missing-statistics") == ["k999 has rows and no statistics"]
