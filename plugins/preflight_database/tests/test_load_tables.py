"""Tables of all sorts are made again in scratch and measured, and nothing is left of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from preflight.observe import Progress
from preflight_database.load.observation import LoadObservation
from preflight_database.tests.rehearsing import MIXED, ROWS, Run, Site, measured, reasons, refused, rehearsed
from preflight_database.tests.said import execute, table
from tests.lab import databases

ENGINES = ["postgres", "mariadb", "sqlite"]
Sites = Callable[[str], Site]


def scattered(seen: LoadObservation) -> set[str]:
    return {order.index for order in seen.orders if order.scattered > 0.01}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_plain_table(site: Sites, engine: str) -> None:
    shop = site(engine)
    shop.make(
        "create table t (id integer not null primary key, name varchar(40) not null, price integer check (price >= 0), "
        "at integer, kind integer, unique (name))",
        "create index t_at on t (at, price desc)",
        "create index t_price on t (price)",
        "create index t_kind on t (kind)",
        values=f"n, concat('name ', {MIXED}), {MIXED}, n, n % 3" if engine != "sqlite" else
        f"n, 'name ' || {MIXED}, {MIXED}, n, n % 3",
    )  # fmt: skip
    before = table(shop.real, "t")
    check = shop.check()
    seen = measured(check)
    assert (seen.sample, seen.rows) == (ROWS, ROWS)
    assert seen.flushes
    assert sorted(seen.indexes) == ["t_at", "t_kind", "t_price"]
    assert [repeat.arm for repeat in seen.repeats] == ["deferred", "present"] * 1 + ["present", "deferred"] + [
        "deferred", "present"]  # fmt: skip
    unique = next(index.name for index in before.indexes if index.constraint == "unique")
    # Rows of one of a few values go where others of it went just before.
    assert scattered(seen) == {"t_price", unique}
    assert {order.index for order in seen.orders if order.kept} >= {unique, ""}
    for repeat in seen.repeats:
        rung = repeat.rungs[-1]
        assert rung.at + rung.rows / 2 + rung.fresh_rows == ROWS
        assert min(rung.seconds, rung.fresh_seconds, rung.table_bytes) > 0
    built = {step.name for repeat in seen.repeats for step in repeat.steps if step.what == "index"}
    assert built == {"t_at", "t_kind", "t_price"}
    assert check.kind.judge(check.spec, seen) == []
    assert table(shop.real, "t") == before
    assert shop.left_in_scratch() == []


@pytest.mark.parametrize("engine", ENGINES)
def test_names_that_want_quotes(site: Sites, engine: str) -> None:
    shop, q = site(engine), "`" if engine == "mariadb" else '"'
    name, column = f"{q}My 100% Order's{q}", f"{q}select % o'clock{q}"
    index, extra = f"{q}An Index 50%{q}", f"{q}tricky {q}{q} (name), KEY{q}"
    shop.make(
        f"create table {name} ({q}From{q} integer primary key, {column} integer not null, {extra} integer, "
        f"unique ({extra}))",
        f"create index {index} on {name} ({column}, {extra})",
        into=name,
        values=f"n, {MIXED}, n",
    )
    seen = measured(shop.check("My 100% Order''s"))
    assert seen.indexes == ("An Index 50%",)
    assert "An Index 50%" in scattered(seen)
    assert shop.left_in_scratch() == []


@pytest.mark.parametrize("engine", ENGINES)
def test_foreign_keys_are_validated_after_the_load(site: Sites, engine: str) -> None:
    shop = site(engine)
    shop.make(
        "create table city (a integer, b integer, primary key (a, b))",
        "create table t (id integer not null primary key, a integer, b integer, parent integer, "
        "constraint t_city foreign key (a, b) references city (a, b) on delete cascade, "
        "constraint t_self foreign key (parent) references t (id))",
        "insert into city values (1, 1), (1, 2)",
        values="n, 1, n % 2 + 1, case when n > 1 then 1 end",
    )
    if engine == "postgres":
        execute(shop.real, "analyze city", "analyze t")
    check = shop.check()
    seen = measured(check)
    if engine == "sqlite":  # checks none, unless told to; what is told is that they were not rehearsed
        told = measured(shop.check(rehearse="pragmas: {foreign_keys: on}"))
        assert seen.unrehearsed == ()
        assert sorted(told.unrehearsed) == ["foreign key to city", "foreign key to t"]
        return
    assert {(one.key, one.rehearsed) for one in seen.referenced} == {("t_city", 2), ("t_self", 1)}
    steps = {step.name for repeat in seen.repeats if repeat.arm == "deferred" for step in repeat.steps}
    assert {"t_city", "t_self"} <= steps
    # What is dropped can be brought back by what is said.
    before = table(shop.real, "t")
    execute(shop.real, *(statement.rstrip(";") for statement in seen.drop))
    assert table(shop.real, "t").foreign_keys == ()
    execute(shop.real, *(statement.rstrip(";") for statement in seen.bring_back))
    assert set(table(shop.real, "t").foreign_keys) == set(before.foreign_keys)
    assert shop.left_in_scratch() == []


@pytest.mark.parametrize("engine", ["mariadb", "sqlite", "postgres"])
def test_a_trigger_makes_it_a_lower_bound(site: Sites, engine: str) -> None:
    shop = site(engine)
    shop.make("create table t (id integer primary key)", "create table log (id integer)", values="n")
    body = {
        "mariadb": ["create trigger tr after insert on t for each row insert into log values (new.id)"],
        "sqlite": ["create trigger tr after insert on t begin insert into log values (new.id); end"],
        "postgres": ["create function f() returns trigger language plpgsql as 'begin return new; end'",
                     "create trigger tr before insert on t for each row execute function f()"],
    }[engine]  # fmt: skip
    execute(shop.real, *body)
    (reason,) = reasons(shop.check())
    assert "trigger tr is not in the rehearsal" in str(reason)
    execute(shop.real, "drop trigger tr" + (" on t" if engine == "postgres" else ""))
    assert reasons(shop.check()) == []


def test_what_only_postgresql_has(site: Sites) -> None:
    shop = site("postgres")
    shop.make(
        "create schema sales",
        "create sequence free",
        'create table sales.t (id bigserial primary key, n int generated always as identity, code text collate "C", '
        "free bigint default nextval('free'), email text not null, twice int generated always as (a_ * 2) stored, "
        "a_ int, tags int[], body text, at tstzrange, unique (code) deferrable, check (a_ >= 0) not valid, "
        "exclude using gist (at with &&)) with (fillfactor = 80)",
        "alter table sales.t alter column body set storage external",
        "create unique index lowered on sales.t (lower(email)) include (code) where a_ is not null",
        "create index tagged on sales.t using gin (tags)",
        "create index upside on sales.t (a_ desc nulls last, email text_pattern_ops) with (fillfactor = 70)",
        into="sales.t (code, email, a_, tags, body, at)",
        values=f"'c' || n, {MIXED} || '@x', {MIXED}, array[n, 1], repeat('x', 3000), "
        "tstzrange(to_timestamp(n), to_timestamp(n) + interval '0.5 s')",
        rows=2000,
    )
    before, sequences = (
        table(shop.real, "sales.t"),
        "select last_value from sales.t_id_seq union all select last_value from free",
    )
    values = databases.execute(shop.real, sequences)
    seen = measured(shop.check("sales.t", rows=2000))
    assert sorted(seen.indexes) == ["lowered", "tagged", "upside"]
    assert {"lowered", "tagged", "upside"} <= scattered(seen)
    assert table(shop.real, "sales.t") == before
    assert databases.execute(shop.real, sequences) == values
    assert seen.drop[0] == "DROP INDEX CONCURRENTLY sales.lowered;"
    assert "CREATE UNIQUE INDEX CONCURRENTLY lowered ON sales.t" in seen.bring_back[0]
    top = seen.repeats[0].rungs[-1]
    assert top.table_bytes > 2000 * 3000  # as it is stored there: not compressed
    assert set(top.sizes) >= {"t_pkey", "t_code_key"}
    assert shop.left_in_scratch() == []


def test_a_type_that_scratch_does_not_have(site: Sites) -> None:
    shop = site("postgres")
    mood = "create type mood as enum ('good', 'bad')"
    positive = "create domain positive as int check (value > 0)"
    shop.make(mood, positive, "create table t (id positive primary key, m mood)", values="n, 'bad'")
    reason = refused(shop.check())
    assert 'type "positive" does not exist' in reason.reason
    assert "make in scratch what the table is made of" in reason.next_step
    assert "pg_dump --schema-only" in reason.next_step
    execute(shop.scratch, mood, positive)
    assert measured(shop.check())


def test_a_compressed_text_is_compressed_again(site: Sites) -> None:
    shop = site("postgres")
    shop.make("create table t (id int primary key, body text)", values="n, repeat('some words ', 300)")
    sizes = []

    def look(_: Run, progress: Progress) -> None:
        if "inserting" in progress.doing and not sizes:
            (schema,) = shop.left_in_scratch()
            sizes.extend(databases.execute(shop.scratch, f"select min(pg_column_size(body)) from {schema}.sample")[0])

    seen = rehearsed(shop.check(rehearse="arms: deferred"), look)
    assert isinstance(seen, LoadObservation)
    (stored,) = databases.execute(shop.real, "select max(pg_column_size(body)) from t")[0]
    assert sizes[0] >= 3300 > stored
    (size,) = databases.execute(shop.real, "select pg_table_size('t')")[0]
    assert seen.repeats[0].rungs[-1].table_bytes < size * 1.3


def test_partitioned_tables(site: Sites) -> None:
    shop = site("postgres")
    shop.make("create table p (a int primary key) partition by range (a)", "create table t partition of p default",
              values="n")  # fmt: skip
    assert refused(shop.check("p")).reason == "p is partitioned: that is not rehearsed yet"
    assert measured(shop.check("t"))


def test_what_only_mariadb_has(site: Sites) -> None:
    shop = site("mariadb")
    shop.make(
        "create sequence s",
        "create table t (id int not null auto_increment, code varchar(20) character set latin1 collate latin1_bin "
        "comment 'has, (brackets) KEY', name varchar(100) not null default 'none', body text, "
        "twice int generated always as (nr * 2) stored, thrice int as (nr * 3) virtual, nr int default nextval(s), "
        "price decimal(10,2) check (price > 0), at datetime(3), flags set('a','b'), raw varbinary(20), "
        "primary key (code, id), key (id), key prefixed (name(9), price) comment 'a (b) c', fulltext words (body)) "
        "engine=InnoDB auto_increment=500 row_format=dynamic",
        into="t (id, code, name, body, nr, price, at, flags, raw)",
        values=f"n, left(md5({MIXED}), 20), md5(n), concat('some words ', n), n, 1.5, now(3), 'a,b', unhex('00ff27')",
    )
    before = databases.execute(shop.real, "show create table t")
    seen = measured(shop.check())
    assert sorted(seen.indexes) == ["id", "prefixed", "words"]
    assert scattered(seen) == {"id", "prefixed", "words"}
    # The table has its rows in the order of its key, which says nothing of the load.
    assert seen.sorted_by == ("`code`", "`id`")
    assert measured(shop.check(rehearse="source: t, arms: deferred")).sorted_by == ()
    assert databases.execute(shop.real, "show create table t") == before
    assert databases.execute(shop.real, "select next_not_cached_value from s") == [(1,)]
    assert shop.left_in_scratch() == []
    check = shop.check(rehearse="arms: present")
    assert "the size of words is not known" in str(check.kind.judge(check.spec, rehearsed(check)))


def test_a_partitioned_table_of_mariadb(site: Sites) -> None:
    shop = site("mariadb")
    shop.make("create table t (a int primary key) partition by hash (a) partitions 3", values="n")
    assert refused(shop.check()).reason == "t is partitioned: that is not rehearsed yet"
    assert shop.left_in_scratch() == []


@pytest.mark.parametrize("engine", ENGINES)
def test_the_sample_comes_in_the_order_of_the_table(site: Sites, engine: str) -> None:
    """An index that has all columns would be read instead, and make the rows look sorted by it."""
    shop = site(engine)
    # The table has what makes it larger, and is no part of the sample.
    wide = {"postgres": "repeat('x', 700)", "mariadb": "repeat('x', 700)", "sqlite": "printf('%.700c', 'x')"}[engine]
    shop.make(
        f"create table t (id integer primary key, a integer, g text generated always as ({wide}) stored)",
        "create index i on t (a, id)",
        into="t (id, a)",
        values=f"n, {MIXED}",
    )
    if engine == "postgres":
        # Only what is on disk is known to be visible to all, which an index alone cannot tell.
        execute(shop.real, "checkpoint", "vacuum analyze t")
    assert "i" in scattered(measured(shop.check()))


@pytest.mark.parametrize("engine", ENGINES)
def test_chunks_sorted_each_by_itself_are_scattered(site: Sites, engine: str) -> None:
    shop = site(engine)
    shop.make("create table t (id integer primary key, chunks integer, nearly integer, down integer, grouped integer)",
              "create index i_chunks on t (chunks)", "create index i_nearly on t (nearly)",
              "create index i_down on t (down)", "create index i_groups on t (grouped)",
              values="n, n % 200 * 1000 + n / 200, n + n * 7 % 10, -n, (n - n % 5) * 7919 % 1000003",
              rows=4000)  # fmt: skip
    assert scattered(measured(shop.check(rehearse="arms: deferred"))) == {"i_chunks", "i_groups"}


@pytest.mark.parametrize(
    ("create", "clustered"),
    [
        ("create table t (k integer primary key, a text)", True),
        ("create table t (a text, k integer, primary key (k))", True),
        ("create table t (k int primary key, a text)", False),
        ("create table t (k text, a text, primary key (k, a)) without rowid", True),
        ("create table \"t\" (k integer, a text default 'primary key', g as (k + 1), unique (a, k) -- (it)\n)", False),
        ("create table t (k integer primary key autoincrement, a text) strict", True),
    ],
)
def test_what_an_sqlite_table_is_sorted_by(site: Sites, create: str, clustered: bool) -> None:
    shop = site("sqlite")
    shop.make(create, "create index part on t (a collate nocase, k desc) where k > 1", into="t (k, a)",
              values=f"{MIXED}, 'name ' || {MIXED}")  # fmt: skip
    # In the order of their keys is how a table gives its rows: what arrives otherwise comes from another.
    execute(shop.real, "create table source as select * from t order by k * 31 % 1009")
    seen = measured(shop.check(rehearse="source: source"))
    assert ("" in scattered(seen)) == clustered
    assert shop.left_in_scratch() == []


def test_a_virtual_table_of_sqlite(site: Sites) -> None:
    shop = site("sqlite")
    shop.make("create virtual table t using fts5(a)", into="t (a)", values="n")
    assert refused(shop.check()).reason == "t is no ordinary table, and is not rehearsed"


def test_sqlite_in_wal_mode(site: Sites) -> None:
    shop = site("sqlite")
    shop.make("pragma journal_mode = wal", "create table t (id integer primary key, a text)",
              "create index i on t (a)", values=f"n, 'name ' || {MIXED}")  # fmt: skip
    assert measured(shop.check(rehearse="pragmas: {synchronous: off, cache_size: -500}")).caches[0].bytes == 512000
    assert shop.left_in_scratch() == []
