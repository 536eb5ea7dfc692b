"""Each health check on a real MariaDB: a schema that has it, and schemas that nearly have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from preflight_database.tests.diagnosed import found, only_finding, only_unknown
from preflight_database.tests.said import execute
from tests.lab.databases import USER
from tests.lab.mariadb import MariaDB

Fresh = Callable[[str], str]
SCHEMA = (
    "create table c (id int primary key, code varchar(40) unique, x int, y int, unique (x, y))",
    "create table o (id int primary key, a int, b int, n int not null, t varchar(100), flag boolean, "
    "index o_a (a), constraint o_c foreign key (a) references c (id))",
)


@pytest.fixture
def url(fresh: Fresh) -> str:
    url = fresh("mariadb")
    execute(url, *SCHEMA)
    return url


def test_the_schema_itself_is_sound(url: str) -> None:
    for check in ("ignored-index", "duplicate-index", "redundant-index", "fk-without-index", "fk-duplicate",
                  "fk-overlapping", "fk-type-mismatch", "fk-not-enforced", "not-validated", "no-primary-key",
                  "boolean-index", "sequence-overflow", "missing-statistics"):  # fmt: skip
        assert found(url, check) == [], check


CASES = [
    ("alter table o alter index o_a ignored", "ignored-index", "o_a on o is ignored"),

    ("create index o_a2 on o (a)", "duplicate-index", "o_a2 (a) on o is the same as o_a"),
    ("create unique index u on o (b); create unique index u2 on o (b)", "duplicate-index",
     "u2 (b), unique on o is the"),
    ("create unique index u on c (id)", "duplicate-index", "u (id), unique on c is the same as PRIMARY"),
    ("create index i on o (t(10)); create index j on o (t(20))", "duplicate-index", ""),
    ("create index i on o (b); create index j on o (b desc)", "duplicate-index", ""),
    ("create index i on o (t); create fulltext index j on o (t)", "duplicate-index", ""),

    ("create index o_ab on o (a, b)", "redundant-index", "o_a (a) on o does nothing that o_ab (a, b) does not do"),
    ("create index i on o (b); create index j on o (b desc)", "redundant-index",
     "j (b desc) on o does nothing that i (b) does not do"),
    ("create index i on o (t(10)); create index j on o (t(20))", "redundant-index",
     "i (t(10)) on o does nothing that j (t(20)) does not do"),
    ("create index i on o (t(10)); create index j on o (t, b)", "redundant-index",
     "i (t(10)) on o does nothing that j (t, b) does not do"),
    ("create index i on o (t(10), b); create index j on o (t, b)", "redundant-index", ""),
    ("create index i on o (t(10)); create index j on o (t(5), b)", "redundant-index", ""),
    # InnoDB has the primary key behind every other index.
    ("create index i on o (b); create index j on o (b, id)", "redundant-index",
     "j (b, id) on o does nothing that i (b) does not do"),
    ("create index i on o (b); create index j on o (b, n, id)", "redundant-index",
     "i (b) on o does nothing that j (b, n, id) does not do"),
    ("create index i on o (b, n); create index j on o (b, n, id); drop index i on o", "redundant-index", ""),
    ("create index i on o (id)", "redundant-index", "i (id) on o does nothing that PRIMARY (id), unique does not do"),
    ("create index i on c (code)", "redundant-index", "i (code) on c does nothing that code (code), unique does not"),
    ("create unique index i on o (b); create index j on o (b, n)", "redundant-index", ""),
    ("create index i on o (b); create index j on o (b, n) ignored", "redundant-index", ""),
    ("create index i on o (t); create fulltext index j on o (t)", "redundant-index", ""),

    ("set foreign_key_checks = 0; alter table o drop index o_a", "fk-without-index",
     "o: no index finds the rows of o_c (a) to c (id)"),
    ("alter table o alter index o_a ignored", "fk-without-index", ""),

    ("alter table o add constraint f foreign key (a) references c (id)", "fk-duplicate",
     "o: o_c (a) to c (id) says the same as f"),
    ("alter table o add constraint f foreign key (b) references c (id)", "fk-duplicate", ""),
    ("create unique index u on c (id, x); alter table o add constraint f foreign key (a, b) references c (id, x)",
     "fk-overlapping", "o: o_c (a) to c (id) is part of f (a, b) to c (id, x)"),
    ("alter table o add constraint f foreign key (a, b) references c (x, y), "
     "add constraint g foreign key (a, n) references c (x, y)", "fk-overlapping", ""),
    ("alter table o add constraint f foreign key (t) references c (code)", "fk-type-mismatch",
     "o.t is varchar(100), and c.code, to which it refers, is varchar(40)"),
    ("alter table o add z int(4), add constraint f foreign key (z) references c (id)", "fk-type-mismatch", ""),

    ("create table k (a int)", "no-primary-key", "k has no primary key"),
    ("create table k (a int not null, unique u (a))", "no-primary-key",
     "k has no primary key; u (a), unique could be it"),
    ("create view v as select * from o", "no-primary-key", ""),
    ("create index i on o (flag)", "boolean-index", "i (flag) on o tells two values apart"),
    ("create index i on o (flag, b)", "boolean-index", ""),

    ("create table s (id tinyint auto_increment primary key) auto_increment = 125", "sequence-overflow",
     "AUTO_INCREMENT for s.id: the next number is 125, and the column (tinyint(4)) ends at 127: 2.4 % are left"),
    ("create table s (id tinyint unsigned auto_increment primary key) auto_increment = 125", "sequence-overflow", ""),
    ("create table s (id int unsigned auto_increment primary key) auto_increment = 4294967290", "sequence-overflow",
     "AUTO_INCREMENT for s.id: the next number is 4,294,967,290, and the column (int(10) unsigned) ends at"),
    ("create table s (id mediumint auto_increment primary key) auto_increment = 8388600", "sequence-overflow",
     "AUTO_INCREMENT for s.id: the next number is 8,388,600"),
    ("create table s (id bigint auto_increment primary key) auto_increment = 4294967290", "sequence-overflow", ""),

    ("create table s (id int primary key) stats_auto_recalc = 0; insert into s select seq from seq_1_to_1000",
     "missing-statistics", "s: 998 rows were changed since its statistics were made, of 2"),
    ("create table s (id int primary key) stats_auto_recalc = 0; insert into s select seq from seq_1_to_1000; "
     "analyze table s", "missing-statistics", ""),
    ("create table s (id int primary key) stats_auto_recalc = 0; insert into s select seq from seq_1_to_99",
     "missing-statistics", ""),
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
    execute(url, "create index o_a2 on o (a)", "create index o_ab on o (a, b)", "create index j on o (n, b) ignored",
            "create table k (a int not null, unique u (a))",
            "create table s (id tinyint auto_increment primary key) auto_increment = 126",
            "create table r (id int primary key) stats_auto_recalc = 0",
            "insert into r select seq from seq_1_to_1000")  # fmt: skip
    for check in ("ignored-index", "duplicate-index", "redundant-index", "no-primary-key", "sequence-overflow",
                  "missing-statistics"):  # fmt: skip
        execute(url, only_finding(url, check).next_step.partition(";")[0])
        assert found(url, check) == [], check


def test_sessions_that_enforce_no_check(url: str, mariadb: MariaDB) -> None:
    mariadb.execute("set global check_constraint_checks = off")
    try:
        reason = only_finding(url, "not-validated")
    finally:
        mariadb.execute("set global check_constraint_checks = on")
    assert reason.observed.startswith("check_constraint_checks: it is OFF for new sessions")


def test_sessions_that_enforce_no_foreign_key(url: str, mariadb: MariaDB) -> None:
    mariadb.execute("set global foreign_key_checks = off")
    try:
        reason = only_finding(url, "fk-not-enforced")
    finally:
        mariadb.execute("set global foreign_key_checks = on")
    assert reason.observed.startswith("foreign_key_checks: it is OFF for new sessions")
    assert reason.next_step.startswith("SET GLOBAL foreign_key_checks = ON;")


def test_use_that_nobody_counts(url: str) -> None:
    execute(url, "create index j on o (t)")
    unknown = only_unknown(url, "unused-index")
    assert "of j: the server does not count it: performance_schema is OFF" in unknown.reason


def test_indexes_that_nobody_uses(
    start_mariadb: Callable[[Mapping[str, str]], MariaDB], fresh_database: Callable[[MariaDB], str]
) -> None:
    server = start_mariadb({"performance_schema": "ON"})
    url = fresh_database(server)
    execute(url, *SCHEMA, "create index i on o (b)", "create index j on o (t)",
            "insert into o (id, b, n) values (1, 1, 1)",
            "select * from o force index (i) where b = 1")  # fmt: skip
    assert "denied" in only_unknown(url, "unused-index").reason
    server.execute(f"grant select on performance_schema.* to {USER}")
    server.execute("select sleep(1)")  # it counts its uptime in whole seconds
    (observed,) = found(url, "unused-index", "statistics_age: 0.001s")
    assert observed.startswith("j (t) on o: no query has used it in")
    assert "counted for" in only_unknown(url, "unused-index").reason
