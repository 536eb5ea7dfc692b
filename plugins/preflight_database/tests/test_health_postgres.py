"""Each health check on a real PostgreSQL: a schema that has it, and schemas that nearly have it."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy.exc import DBAPIError

from preflight.finding import NotChecked
from preflight_database.tests.diagnosed import diagnosed, found, only_finding, only_unknown
from preflight_database.tests.said import execute
from tests.lab.databases import USER, own_folder, prepare, serving
from tests.lab.postgres import HBA, Postgres

Fresh = Callable[[str], str]
SCHEMA = (
    "create table c (id int primary key, code text unique, x int, y int, unique (x, y))",
    "create table o (id int primary key, a int, b int, n int not null, t text, flag boolean, tags int[], "
    "foreign key (a) references c (id))",
    "create index o_a on o (a)",
)


@dataclass(frozen=True, slots=True)
class Standby:
    """What follows a server; PGPASSWORD is the superuser's."""

    primary: Postgres

    @contextmanager
    def receiving(self) -> Iterator[None]:
        """A client that receives the primary's log."""
        with TemporaryDirectory() as folder:
            argv = [_binary("pg_receivewal"), "--directory", folder, "--no-loop", *self._where()]
            with subprocess.Popen(argv) as client:
                self._wait_for(1)
                yield
                client.terminate()
        self._wait_for(0)

    @contextmanager
    def standby(self) -> Iterator[Postgres]:
        """A copy of the primary, in recovery."""
        with TemporaryDirectory(prefix="standby-") as name:
            server = Postgres(Path(name), passwords=self.primary.passwords)
            data = own_folder(server.folder)
            prepare([_binary("pg_basebackup"), "--pgdata", str(data), "--checkpoint=fast", *self._where()])
            (server.data / "standby.signal").touch()
            (server.data / "pg_hba.conf").write_text(HBA)
            quick = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]
            with serving(server, lambda it: [_binary("postgres"), "-D", str(data), "-p", str(it.port), *quick]) as it:
                yield it

    def _wait_for(self, clients: int) -> None:
        deadline = time.monotonic() + 30
        while len(self.primary.execute("select pid from pg_stat_replication")) != clients:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def _where(self) -> list[str]:
        return ["--host", self.primary.address, "--port", str(self.primary.port), "--username", self.primary.superuser]


def _binary(name: str) -> str:
    return str(max(Path("/usr/lib/postgresql").glob(f"[0-9]*/bin/{name}"), key=lambda path: int(path.parts[4])))


@pytest.fixture
def site(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Standby:
    monkeypatch.setenv("PGPASSWORD", postgres.passwords[postgres.superuser])
    return Standby(postgres)


@pytest.fixture
def url(fresh: Fresh) -> str:
    url = fresh("postgres")
    execute(url, *SCHEMA)
    return url


def superuser(postgres: Postgres, url: str) -> str:
    return postgres.url(url.rpartition("/")[2], postgres.superuser)


def test_the_schema_itself_is_sound(url: str) -> None:
    for check in ("invalid-index", "duplicate-index", "redundant-index", "fk-without-index", "fk-duplicate",
                  "fk-overlapping", "fk-type-mismatch", "fk-not-enforced", "not-validated", "no-primary-key",
                  "index-on-nullable", "boolean-index", "btree-on-array", "index-needless-where", "sequence-overflow",
                  "sequence-type-mismatch", "sequence-behind", "missing-statistics", "disabled-trigger",
                  "collation-version", "bloat"):  # fmt: skip
        assert found(url, check) == [], check


# A statement, the check, and what it finds: nothing, where it nearly has it.
CASES = [
    ("create index o_a2 on o (a)", "duplicate-index", "o_a2 (a) on o is the same as o_a"),
    ("create unique index c2 on c (id)", "duplicate-index", "c2 (id), unique on c is the same as c_pkey"),
    ("create index o_a2 on o (a desc)", "duplicate-index", ""),
    ("create index o_a2 on o (a nulls first)", "duplicate-index", ""),
    ("create unique index o_a2 on o (a)", "duplicate-index", ""),
    ("create index o_a2 on o using hash (a)", "duplicate-index", ""),
    ("create index o_a2 on o (a) include (b)", "duplicate-index", ""),
    ("create index o_a2 on o (a) where b > 0", "duplicate-index", ""),
    ("create index o_t on o (t); create index o_t2 on o (t)", "duplicate-index", "o_t2 (t) on o is the same as o_t"),
    ("create index o_t on o (t); create index o_t2 on o (t text_pattern_ops)", "duplicate-index", ""),
    ("create index o_t on o (t); create index o_t2 on o (t collate \"POSIX\")", "duplicate-index", ""),
    ("create index o_t on o (lower(t)); create index o_t2 on o (lower( t ))", "duplicate-index",
     "o_t2 (lower(t)) on o is the same as o_t"),
    ("create index o_t on o (lower(t)); create index o_t2 on o (upper(t))", "duplicate-index", ""),
    ("create unique index u on o (b); create unique index u2 on o (b) nulls not distinct", "duplicate-index", ""),
    ("alter table o add constraint u unique (b) deferrable; create unique index u2 on o (b)", "duplicate-index", ""),

    ("create index o_ab on o (a, b)", "redundant-index", "o_a (a) on o does nothing that o_ab (a, b) does not do"),
    ("create index i on o (a desc)", "redundant-index", "i (a desc) on o does nothing that o_a (a) does not do"),
    ("create index i on o (a desc, b)", "redundant-index", "o_a (a) on o does nothing that i (a desc, b) does not do"),
    ("create index i on c (code)", "redundant-index", "i (code) on c does nothing that c_code_key (code), unique does"),
    ("create index i on c (x)", "redundant-index", "i (x) on c does nothing that c_x_y_key (x, y), unique does not do"),
    ("create index i on o (a) include (n)", "redundant-index",
     "o_a (a) on o does nothing that i (a), including n does"),
    ("create index i on o (b, a)", "redundant-index", ""),
    ("create index i on o (a nulls first, b)", "redundant-index", ""),
    ("create index i on o (a, b) where b > 0", "redundant-index", ""),
    ("create index i on o (a) where b > 0; create index j on o (b); create index k on o (b, n) where b > 0",
     "redundant-index", ""),
    ("create unique index i on o (b); create index j on o (b, n)", "redundant-index", ""),
    ("alter table o add constraint u unique (b); create unique index j on o (b, n)", "redundant-index", ""),
    ("create index i on o using brin (a, b)", "redundant-index", ""),
    ("create index i on o (b) include (t); create index j on o (b, n)", "redundant-index", ""),
    ("create index i on o (t); create index j on o (t text_pattern_ops, b)", "redundant-index", ""),
    ("create index i on o (t); create index j on o (t collate \"POSIX\", b)", "redundant-index", ""),
    ("create index o_a2 on o (a)", "redundant-index", ""),

    ("alter table o add constraint f foreign key (b) references c (id)", "fk-without-index",
     "o: no index finds the rows of f (b) to c (id)"),
    ("alter table o add constraint f foreign key (b) references c (id); create index i on o (a, b)", "fk-without-index",
     "o: no index finds the rows of f (b) to c (id); i (a, b) does not"),
    ("alter table o add constraint f foreign key (b) references c (id); create index i on o (b) where a > 0",
     "fk-without-index", "o: no index finds the rows of f (b) to c (id); i (b), where (a > 0) does not"),
    ("alter table o add constraint f foreign key (b) references c (id); create index i on o using brin (b)",
     "fk-without-index", "o: no index finds the rows of f (b) to c (id); i (b), brin does not"),
    ("alter table o add constraint f foreign key (b) references c (id); create index i on o ((b + 0))",
     "fk-without-index", "o: no index finds the rows of f (b) to c (id)"),
    ("alter table o add constraint f foreign key (t) references c (code); create index i on o (t collate \"POSIX\")",
     "fk-without-index", "o: no index finds the rows of f (t) to c (code); i (t collate POSIX) does not"),
    ("alter table o add constraint f foreign key (a, b) references c (x, y)", "fk-without-index",
     "o: no index finds the rows of f (a, b) to c (x, y); o_a (a) does not"),
    ("alter table o add constraint f foreign key (a, b) references c (x, y); create index i on o (b, a)",
     "fk-without-index", ""),
    ("alter table o add constraint f foreign key (a, b) references c (x, y); create index i on o (b, n, a)",
     "fk-without-index", "o: no index finds"),
    ("alter table o add constraint f foreign key (a, b) references c (x, y); create index i on o (b, a, n)",
     "fk-without-index", ""),
    ("alter table o add constraint f foreign key (b) references c (id); create index i on o (b) where b is not null",
     "fk-without-index", ""),
    ("alter table o add constraint f foreign key (b) references c (id); "
     "create index i on o (b) where b is not null and t is not null", "fk-without-index", "o: no index finds"),
    ("alter table o add constraint f foreign key (b) references c (id); create index i on o using hash (b)",
     "fk-without-index", ""),
    ("alter table o add constraint f foreign key (b) references c (id); create index i on o (b desc) include (n)",
     "fk-without-index", ""),
    ("alter table o add constraint f foreign key (t) references c (code); create index i on o (t text_pattern_ops)",
     "fk-without-index", ""),

    ("alter table o add constraint f foreign key (a) references c (id) on delete cascade", "fk-duplicate",
     "o: o_a_fkey (a) to c (id) says the same as f; they differ in what they do: on delete cascade"),
    ("alter table o add constraint f foreign key (b) references c (id)", "fk-duplicate", ""),
    ("alter table o add constraint f foreign key (a, b) references c (x, y), "
     "add constraint g foreign key (b, a) references c (y, x)", "fk-duplicate", "o: g (b, a) to c (y, x) says"),

    ("alter table c add unique (id, x); alter table o add constraint f foreign key (a, b) references c (id, x)",
     "fk-overlapping", "o: o_a_fkey (a) to c (id) is part of f (a, b) to c (id, x)"),
    ("alter table o add constraint f foreign key (a, b) references c (x, y), "
     "add constraint g foreign key (a, n) references c (x, y)", "fk-overlapping", ""),

    ("alter table o add big bigint references c (id)", "fk-type-mismatch",
     "o.big is bigint, and c.id, to which it refers, is integer"),
    ("alter table o add small varchar(9) references c (code)", "fk-type-mismatch",
     "o.small is character varying(9), and c.code, to which it refers, is text"),

    ("alter table o add constraint k check (a > 0) not valid", "not-validated",
     "k on o is NOT VALID: rows from before it were never looked at"),
    ("alter table o add constraint k foreign key (b) references c (id) not valid", "not-validated",
     "k on o is NOT VALID"),
    ("alter table o add constraint k check (a > 0)", "not-validated", ""),

    ("create table k (a int)", "no-primary-key", "k has no primary key"),
    ("create table k (a int not null); create unique index u on k (a)", "no-primary-key",
     "k has no primary key; u (a), unique could be it"),
    ("create table k (a int); create unique index u on k (a)", "no-primary-key", "k has no primary key"),
    ("create materialized view v as select * from o; create view w as select * from o", "no-primary-key", ""),
    ("create table p (a int primary key) partition by range (a); create table p1 partition of p default",
     "no-primary-key", ""),
    ("create table p (a int) partition by range (a); create table p1 partition of p default", "no-primary-key",
     "p has no primary key"),

    ("create index i on o (flag)", "boolean-index", "i (flag) on o tells two values apart"),
    ("create index i on o (a, flag)", "boolean-index", ""),
    ("create index i on o (flag) where flag", "boolean-index", ""),
    ("create unique index i on o (flag)", "boolean-index", ""),

    ("create index i on o (tags)", "btree-on-array", "i (tags) on o is a B-tree of arrays"),
    ("create index i on o using gin (tags)", "btree-on-array", ""),

    ("create index i on o (a) where n is not null", "index-needless-where",
     "i (a), where (n IS NOT NULL) on o: n is never NULL anyway"),
    ("create index i on o (a) where (b > 0 and n is not null)", "index-needless-where",
     "i (a), where ((b > 0) AND (n IS NOT NULL)) on o: n is never NULL anyway"),
    ("create index i on o (a) where a is not null", "index-needless-where", ""),
    ("create index i on o (a) where b > 0 or n is not null", "index-needless-where", ""),
    ("create index i on o (a) where b between 1 and 2", "index-needless-where", ""),

    ("create table s (id int generated always as identity); select setval('s_id_seq', 2000000000)",
     "sequence-overflow", "s_id_seq for s.id: the next number is 2,000,000,001, and the sequence (integer) ends at "
     "2,147,483,647: 6.9 % are left"),
    ("create table s (id int generated always as identity); select setval('s_id_seq', 1900000000)",
     "sequence-overflow", ""),
    ("create sequence q; create table s (id int default nextval('q')); select setval('q', 2147483647)",
     "sequence-overflow",
     "q for s.id: the next number is 2,147,483,648, and the column (integer) ends at 2,147,483,647: 0.0 % are left"),
    ("create sequence q; create table s (id bigint default nextval('q')); select setval('q', 2147483647)",
     "sequence-overflow", ""),
    ("create sequence q maxvalue 9 cycle; create table s (id int default nextval('q')); select setval('q', 9)",
     "sequence-overflow", ""),
    ("create sequence q maxvalue 99999 cycle; create table s (id smallint default nextval('q')); "
     "select setval('q', 32767)",
     "sequence-overflow",
     "q for s.id: the next number is 32,768, and the column (smallint) ends at 32,767: 0.0 % are left"),
    ("create sequence q increment -1 minvalue -10 maxvalue -1; create table s (id int default nextval('q')); "
     "select setval('q', -10)", "sequence-overflow",
     "q for s.id: the next number is -11, and the sequence (bigint) ends at -10: 0.0 % are left"),
    ("create domain d as smallint; create sequence q; create table s (id d default nextval('q')); "
     "select setval('q', 32000)", "sequence-overflow",
     "q for s.id: the next number is 32,001, and the column (smallint)"),

    ("create sequence q; create table s (id int default nextval('q'))", "sequence-type-mismatch",
     "q is bigint and goes to 9,223,372,036,854,775,807; s.id is integer"),
    ("create sequence q maxvalue 1000; create table s (id int default nextval('q'), n serial, m bigserial)",
     "sequence-type-mismatch", ""),

    ("create table s (id serial primary key); insert into s values (7)", "sequence-behind",
     "s.id: the highest number is 7, and s_id_seq hands out 1 next"),
    ("create table s (id serial primary key); insert into s values (7); select setval('s_id_seq', 6)",
     "sequence-behind", "s.id: the highest number is 7, and s_id_seq hands out 7 next"),
    ("create table s (id serial primary key); insert into s values (7); select setval('s_id_seq', 7)",
     "sequence-behind", ""),
    ("create table s (id serial primary key); insert into s values (7); select setval('s_id_seq', 8, false)",
     "sequence-behind", ""),
    ("create table s (id serial primary key); insert into s values (7); select setval('s_id_seq', 7, false)",
     "sequence-behind", "s.id: the highest number is 7, and s_id_seq hands out 7 next"),
    ("create table s (id serial primary key)", "sequence-behind", ""),
    ("create table s (id int generated by default as identity); insert into s values (7)", "sequence-behind",
     "s.id: the highest number is 7, and s_id_seq hands out 1 next"),
    ("create sequence q increment -1; create table s (id int default nextval('q')); insert into s values (-7)",
     "sequence-behind", "s.id: the lowest number is -7, and q hands out -1 next"),
    ("create sequence q; create table s (id int default nextval('q')); create table r (id int default nextval('q')); "
     "insert into r values (7); select nextval('q')", "sequence-behind",
     "r.id: the highest number is 7, and q hands out 2 next"),
    ("create table p (id serial, a int) partition by range (a); create table p1 partition of p default; "
     "create index on p (id); insert into p values (7, 1)", "sequence-behind",
     "p.id: the highest number is 7, and p_id_seq hands out 1 next"),

    ("insert into c select n from generate_series(1, 9) n", "missing-statistics",
     "c (0.0 MB) has rows and no statistics"),
    ("insert into c select n from generate_series(1, 9) n; analyze c", "missing-statistics", ""),
    ("insert into c values (1); analyze c; insert into c select n from generate_series(2, 999) n", "missing-statistics",
     "c (0.0 MB): 999 rows were changed since its statistics were made, of 1"),
    ("insert into c select n from generate_series(1, 999) n; analyze c; delete from c where id < 100",
     "missing-statistics", ""),
    ("create table p (a int) partition by range (a); create table p1 partition of p default; insert into p values (1); "
     "analyze p1", "missing-statistics", "p (0.0 MB) has rows and no statistics"),
    ("create table p (a int) partition by range (a); create table p1 partition of p default; insert into p values (1); "
     "analyze p", "missing-statistics", ""),
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


def test_an_index_that_was_not_finished(url: str) -> None:
    execute(url, "insert into o (id, n, b) values (1, 1, 1), (2, 1, 1)")
    with pytest.raises(DBAPIError):
        execute(url, "create unique index concurrently i on o (b)")
    reason = only_finding(url, "invalid-index")
    assert reason.observed == (
        "i on o is invalid, and does not take new rows: it is still being built, or CREATE INDEX CONCURRENTLY failed"
    )
    assert "REINDEX INDEX CONCURRENTLY public.i" in reason.next_step
    # What does not work does nothing that another one could do.
    assert found(url, "duplicate-index") == found(url, "redundant-index") == []
    execute(url, "alter table o add constraint f foreign key (b) references c (id) not valid")
    assert len(found(url, "fk-without-index")) == 1
    execute(url, "delete from o", "reindex index concurrently public.i")
    assert found(url, "invalid-index") == found(url, "fk-without-index") == []


def test_a_partitioned_index_of_which_a_partition_has_none(url: str) -> None:
    execute(url, "create table p (a int) partition by range (a)", "create table p1 partition of p default",
            "create index i on only p (a)")  # fmt: skip
    assert found(url, "invalid-index") == ["i on p is invalid: not every partition has it"]
    execute(url, "create index i1 on p1 (a)", "alter index i attach partition i1")
    assert found(url, "invalid-index") == []


def test_a_foreign_key_of_a_partitioned_table(url: str) -> None:
    execute(url, "create table p (a int, b int references c (id)) partition by range (a)",
            "create table p1 partition of p for values from (0) to (9) partition by range (a)",
            "create table p1a partition of p1 default", "create table p2 partition of p default",
            "create index on p1a (b)")  # fmt: skip
    (observed,) = found(url, "fk-without-index")
    assert observed == "p: no index finds the rows of p_b_fkey (b) to c (id) in 1 of 2 partitions: p2"
    # Each partition may have its own.
    execute(url, "create index on p2 (b)")
    assert found(url, "fk-without-index") == []


def test_a_foreign_key_to_a_partitioned_table_is_one(url: str) -> None:
    execute(url, "create table p (a int primary key) partition by range (a)",
            "create table p1 partition of p for values from (0) to (9)", "create table p2 partition of p default",
            "create table q (a bigint references p (a), b int references p (a))", "create index on q (b)")  # fmt: skip
    assert found(url, "fk-without-index") == ["q: no index finds the rows of q_a_fkey (a) to p (a)"]
    assert found(url, "fk-type-mismatch") == ["q.a is bigint, and p.a, to which it refers, is integer"]
    assert found(url, "fk-duplicate") == found(url, "fk-overlapping") == []


def test_what_partitions_have_from_their_table_is_told_once(url: str) -> None:
    execute(url, "create table p (a int, b int, flag boolean) partition by range (a)",
            "create table p1 partition of p default", "create index i on p (a)", "create index j on p (a, b)",
            "create index k on p (a)", "create index f on p (flag)")  # fmt: skip
    assert found(url, "duplicate-index") == ["k (a) on p is the same as i"]
    assert found(url, "redundant-index") == ["i (a) on p does nothing that j (a, b) does not do"]
    assert found(url, "boolean-index") == ["f (flag) on p tells two values apart"]


def test_a_load_that_left_triggers_disabled(url: str, postgres: Postgres) -> None:
    execute(url, "create function f() returns trigger language plpgsql as 'begin return new; end'",
            "create trigger tr before insert on o for each row execute function f()",
            "create trigger ts before insert on o for each row execute function f()")  # fmt: skip
    assert found(url, "disabled-trigger") == []
    execute(superuser(postgres, url), "alter table o disable trigger all", "alter table o enable always trigger ts")
    assert found(url, "disabled-trigger") == ["tr on o is disabled"]
    reason = only_finding(url, "fk-not-enforced")
    assert reason.observed == "o_a_fkey on o is there and not enforced: its triggers are disabled"
    assert "the rows from meanwhile" in reason.next_step
    execute(superuser(postgres, url), reason.next_step.partition(";")[0], "alter table o enable replica trigger tr")
    assert found(url, "fk-not-enforced") == []
    assert found(url, "disabled-trigger") == ["tr on o fires in replica sessions only"]
    execute(url, only_finding(url, "disabled-trigger").next_step.partition(";")[0])
    assert found(url, "disabled-trigger") == []


def test_sessions_that_enforce_no_foreign_key(url: str, postgres: Postgres) -> None:
    database = url.rpartition("/")[2]
    execute(superuser(postgres, url), f"alter database {database} set session_replication_role = replica")
    (observed,) = found(url, "fk-not-enforced")
    assert observed.startswith("session_replication_role: it is replica in new sessions")


def test_collations_of_another_version(url: str, postgres: Postgres) -> None:
    execute(superuser(postgres, url), "create collation german (provider = icu, locale = 'de-DE')",
            "create table k (a text collate german primary key, b text collate german)",
            f"grant all on k to {USER}")  # fmt: skip
    assert found(url, "collation-version") == []
    execute(superuser(postgres, url), "update pg_collation set collversion = '1.1' where collname = 'german'")
    reason = only_finding(url, "collation-version")
    assert reason.observed.startswith("public.german was of version 1.1 when indexes were made, and is of 1")
    assert reason.observed.endswith(" now; 1 sort by it: k_pkey")
    assert "ALTER COLLATION public.german REFRESH VERSION" in reason.next_step
    assert found(url, "collation-version", "allow: {collation-version: german}") == []
    execute(superuser(postgres, url), "update pg_collation set collversion = null where collname = 'german'")
    assert "has not noted by which version" in only_unknown(url, "collation-version").reason
    execute(superuser(postgres, url), "drop table k")
    assert found(url, "collation-version") == []


def test_a_database_of_another_collation_version(postgres: Postgres) -> None:
    url = postgres.url("fresh_icu")
    postgres.execute(
        f"create database fresh_icu owner {USER} template template0 locale_provider icu icu_locale 'en-US'"
    )
    try:
        execute(url, "create table k (a text primary key)")
        assert found(url, "collation-version") == []
        postgres.execute("update pg_database set datcollversion = '1.1' where datname = 'fresh_icu'")
        reason = only_finding(url, "collation-version")
        assert reason.observed.startswith(
            "the collation of database fresh_icu was of version 1.1 when indexes were made"
        )
        assert "ALTER DATABASE fresh_icu REFRESH COLLATION VERSION" in reason.next_step
    finally:
        postgres.drop("fresh_icu")


def test_an_index_of_nulls(url: str) -> None:
    execute(url, "create index i on o (b)", "create index j on o (n)", "create index k on o (a, b)",
            "insert into c select n from generate_series(1, 10) n",
            "insert into o (id, n, a, b) select n, n, n % 10 + 1, case when n % 4 = 0 then n end "
            "from generate_series(1, 200000) n")  # fmt: skip
    execute(url, "analyze o")
    assert found(url, "index-on-nullable") == ["i (b) on o: 75 % of it are NULLs"]
    assert found(url, "index-on-nullable", "nulls: 80") == []
    execute(url, f"revoke select on o from {USER}")
    assert "no statistics that we may see" in only_unknown(url, "index-on-nullable").reason


def test_indexes_that_nobody_uses(url: str) -> None:
    execute(url, "create index i on o (b)", "create index j on o (t)", "create unique index k on o (n)",
            "set enable_seqscan = off", "select * from o where b = 1")  # fmt: skip
    # The unique one keeps something; o_a is that of a foreign key; i has been used.
    (observed,) = found(url, "unused-index", "statistics_age: 0.001s")
    assert observed.startswith("j (t) on o")
    assert "no query has used it in" in observed
    unknown = only_unknown(url, "unused-index")
    assert "cannot be told of j: the use of indexes has been counted for" in unknown.reason
    assert "not 4w2d" in unknown.reason
    execute(url, "drop index j")
    assert found(url, "unused-index") == []


def test_the_use_of_a_partition_is_the_use_of_its_tables_index(url: str) -> None:
    execute(url, "create table p (a int, b int) partition by range (a)", "create table p1 partition of p default",
            "create index i on p (b)", "create index j on p (a)", "set enable_seqscan = off",
            "select * from p where b = 1")  # fmt: skip
    (observed,) = found(url, "unused-index", "statistics_age: 0.001s")
    assert observed.startswith("j (a) on p")


def test_what_standbys_use_is_not_counted_here(url: str, site: Standby) -> None:
    execute(url, "create index j on o (t)")
    with site.receiving():
        unknown = only_unknown(url, "unused-index")
    assert "1 standby or other replication client is connected" in unknown.reason
    assert "(pg_stat_user_indexes there); or leave the check out: except: unused-index" in unknown.next_step


def test_a_standby(url: str, site: Standby) -> None:
    execute(url, "create table s (id serial primary key)", "insert into s values (7)", "create index j on o (t)")
    with site.standby() as server:
        there = server.url(url.rpartition("/")[2])
        assert found(there, "sequence-behind") == ["s.id: the highest number is 7, and s_id_seq hands out 1 next"]
        assert found(there, "missing-statistics") == ["s (0.0 MB) has rows and no statistics"]
        assert "this is a standby" in only_unknown(there, "unused-index").reason


def test_a_large_table_that_is_always_read_whole(url: str) -> None:
    execute(url, "insert into o (id, n, t) select n, n, repeat('x', 100) from generate_series(1, 90000) n",
            "insert into c select n from generate_series(1, 9) n",
            "do $$ begin for k in 1..101 loop perform * from o limit 1; perform from c; end loop; end $$")  # fmt: skip
    (observed,) = found(url, "missing-index", "statistics_age: 0.001s")
    assert re.match(r"o \(1\d MB\) was read from end to end 10\d times, 1 rows each, and 0 times by an index", observed)
    assert "has not been counted for 4w2d yet" in diagnosed(url, "missing-index")[1].reason  # type: ignore[union-attr]
    execute(url, "set enable_seqscan = off",
            "do $$ begin for k in 1..200 loop perform * from o where id = k; end loop; end $$")  # fmt: skip
    assert found(url, "missing-index", "statistics_age: 0.001s") == []


def test_tables_and_indexes_that_are_mostly_empty(url: str) -> None:
    execute(url, "insert into o (id, n, t) select n, n, repeat('x', n % 40) from generate_series(1, 500000) n",
            "create index i on o (n)", "vacuum analyze o")  # fmt: skip
    assert found(url, "bloat") == []
    execute(url, "delete from o where id > 50000 and id < 499990", "vacuum analyze o")
    table, *indexes = sorted(found(url, "bloat"), key=len)
    assert re.match(r"o has \d\d MB, of which about \d\d % are empty, by its statistics", table)
    assert [one.partition(" has ")[0] for one in indexes] == ["i on o", "o_pkey on o"]
    assert found(url, "bloat", "bloat: 99") == []
    execute(url, f"revoke select on o from {USER}")
    assert "large tables have no statistics that we may see" in only_unknown(url, "bloat").reason
    execute(url, f"grant select on o to {USER}", "vacuum (full, analyze) o")
    assert found(url, "bloat") == []


def test_what_may_not_be_read_is_not_checked(url: str, postgres: Postgres) -> None:
    execute(url, "create table s (id serial primary key, b text)", "insert into s values (7)",
            "create table r (id serial primary key)", "insert into r values (7)")  # fmt: skip
    execute(superuser(postgres, url), f"alter table s owner to {postgres.superuser}",
            f"revoke all on s from {USER}")  # fmt: skip
    finding, unknown = diagnosed(url, "sequence-behind")
    assert "r.id: the highest number is 7" in finding.observed  # type: ignore[union-attr]
    assert isinstance(unknown, NotChecked)
    assert "cannot be told of s.id: the table or its sequence may not be read" in unknown.reason
    assert unknown.next_step.startswith("GRANT SELECT ON SEQUENCE s_id_seq TO")
    execute(superuser(postgres, url), f"grant select on s_id_seq to {USER}", "select setval('s_id_seq', 7)")
    assert "GRANT SELECT ON public.s" in diagnosed(url, "sequence-behind")[1].next_step
    stats = diagnosed(url, "missing-statistics")
    assert "statistics of tables that we may not read are hidden" in stats[1].reason  # type: ignore[union-attr]


def test_row_security_hides_the_highest_number(url: str, postgres: Postgres) -> None:
    execute(url, "create table s (id serial primary key)", "insert into s values (7)")
    execute(superuser(postgres, url), f"alter table s owner to {postgres.superuser}",
            f"grant select on s, s_id_seq to {USER}", "alter table s enable row level security")  # fmt: skip
    assert "may not be read" in only_unknown(url, "sequence-behind").reason


def test_a_highest_number_that_takes_a_whole_table_is_not_looked_for(url: str) -> None:
    execute(url, "create table s (id serial, t text)",
            "insert into s select n, repeat('x', 4000) from generate_series(1, 17000) n",
            "alter table s alter t set storage plain",
            "insert into s select n, repeat('x', 4000) from generate_series(1, 17000) n")  # fmt: skip
    unknown = only_unknown(url, "sequence-behind")
    assert "no index tells the highest number of a large table" in unknown.reason
    execute(url, "create index on s (id)")
    assert len(found(url, "sequence-behind")) == 1


def test_other_schemas_are_named_and_allowed_with_their_names(url: str) -> None:
    execute(url, "create schema sales", "create table sales.k (a int)")
    assert found(url, "no-primary-key") == ["sales.k has no primary key"]
    assert found(url, "no-primary-key", "allow: {no-primary-key: k}") == ["sales.k has no primary key"]
    assert found(url, "no-primary-key", "allow: {no-primary-key: 'sales.*'}") == []


def test_what_is_advised_puts_it_right(url: str) -> None:
    execute(url, "create index o_a2 on o (a)", "create index o_ab on o (a, b)", "create table k (a int not null)",
            "create unique index u on k (a)", "create table s (id serial primary key)", "insert into s values (7)",
            "alter table o add constraint f foreign key (b) references c (id) not valid")  # fmt: skip
    for check in ("duplicate-index", "redundant-index", "no-primary-key", "sequence-behind", "missing-statistics",
                  "not-validated", "fk-without-index"):  # fmt: skip
        execute(url, only_finding(url, check).next_step.partition(";")[0])
        assert found(url, check) == [], check


def test_many_findings_are_told_as_twenty_and_the_names_of_the_rest(url: str) -> None:
    execute(url, "do $$ begin for n in 10..34 loop execute format('create table k%s (a int)', n); end loop; end $$")
    reasons = found(url, "no-primary-key")
    assert len(reasons) == 21
    assert reasons[-1] == "and 5 more: k30, k31, k32, k33, k34"
    assert len(found(url, "no-primary-key", "allow: {no-primary-key: k3?}")) == 20


def test_a_large_schema_takes_as_many_queries(url: str) -> None:
    from preflight_database.catalogue.reading import Reading
    from preflight_database.health.check import registry
    from preflight_database.health.facts.postgres import PostgresFacts
    from preflight_database.plan import Plan
    from preflight_database.session import opened
    from preflight_database.url import parse

    def asked() -> tuple[int, int]:
        """Statements, and locks that are held after them."""
        with opened(Plan("orders", parse(url)), lambda: False, None) as session:
            reading = Reading(session)
            assert reading.catalogue
            (before,) = session.rows("select count(*) from pg_locks where pid = pg_backend_pid()")[0]
            facts = PostgresFacts(reading)
            for check in registry().values():
                if "postgresql" in check.dialects:
                    list(check.candidates(facts))
            (after,) = session.rows("select count(*) from pg_locks where pid = pg_backend_pid()")[0]
            return session.asked - 2, after - before

    few, _ = asked()
    assert few <= 9 + 16
    execute(url, "do $$ begin for n in 1..200 loop "
            "execute format('create table x%s (a serial primary key, b int references c (id), c int)', n); "
            "execute format('create index on x%s (b)', n); execute format('insert into x%s (c) values (1)', n); "
            "end loop; end $$")  # fmt: skip
    many, locks = asked()
    # One for 500 sequences, two for 100 columns each.
    assert many == few + 3
    # A server has room for a few thousand, of all its sessions.
    assert locks < 20
