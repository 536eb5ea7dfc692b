"""Each property that only a PostgreSQL index has, on a real server: told where it is asked for, and where it is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.exc import DBAPIError

from preflight_database.tests.said import catalogue, execute, finding, index, judged, table, unknown
from tests.lab.databases import USER

Fresh = Callable[[str], str]
TABLE = (
    "create table t (id bigserial primary key, a int, b int, email text, deleted_at timestamptz, tags int[], "
    'code text collate "C", n bigint generated always as identity)'
)


@pytest.fixture
def url(fresh: Fresh) -> str:
    url = fresh("postgres")
    execute(url, TABLE)
    return url


@pytest.mark.parametrize(
    ("index_ddl", "right", "wrong", "observed"),
    [
        ("create index on t (a nulls first)", "columns: [a nulls first]", "columns: [a]", "a has NULLs first"),
        ("create index on t (a desc)", "columns: [a desc nulls first]", "columns: [a desc nulls last]",
         "a has NULLs first"),
        ("create index on t (a desc nulls last)", "columns: [a desc nulls last]", "columns: [a desc]",
         "a has NULLs last"),
        ("create unique index on t (a)", "columns: [a], unique: true", "columns: [a]", "it is unique"),
        ("create index on t using gin (tags)", "columns: [tags], method: gin", "columns: [tags]", "its method is gin"),
        ("create index on t using brin (a)", "columns: [a], method: BRIN", "columns: [a]", "its method is brin"),
        ("create index on t using hash (a)", "columns: [a], method: hash", "columns: [a]", "its method is hash"),
        ("create index on t (email text_pattern_ops)", "columns: [email text_pattern_ops]", "columns: [email]",
         "email has the operator class text_pattern_ops"),
        ("create index on t (email)", "columns: [email text_ops]", "columns: [email text_pattern_ops]",
         "email has the operator class text_ops"),
        ('create index on t (email collate "C")', 'columns: [email collate "C"]', "columns: [email]",
         "email has the collation C"),
        ("create index on t (code)", "columns: [code]", "columns: [code collate POSIX]", "code has the collation C"),
        ("create index on t (a) include (b, email)", "columns: [a], include: [email, b]", "columns: [a]",
         "it includes b, email"),
        ("create index on t (a) where deleted_at is null", 'columns: [a], where: "DELETED_AT is null"',
         "columns: [a]", "it has only rows where (deleted_at IS NULL)"),
        ("create index on t (lower(email))", "columns: ['lower( EMAIL )']", "columns: [email]",
         "there is none such; the table has t_lower_idx (lower(email))"),
        ("create index on t ((a + b), lower(email) desc)", "columns: [a+b, lower(email) desc]",
         "columns: [a+b, lower(email)]", "lower(email) is descending"),
        ("create unique index on t (a) nulls not distinct", "columns: [a], unique: true, nulls_not_distinct: true",
         "columns: [a], unique: true", "NULL equals NULL in it"),
        ("alter table t add constraint t_a unique (a) deferrable", "columns: [a], unique: true, deferrable: true",
         "columns: [a], unique: true", "its constraint is deferrable"),
        ("create index on t (a) where email = 'x' and b in (1, 2)", "columns: [a], where: \"email='x' and b in (1,2)\"",
         "columns: [a]", "it has only rows where"),
    ],
)  # fmt: skip
def test_each_property(url: str, index_ddl: str, right: str, wrong: str, observed: str) -> None:
    execute(url, index_ddl)
    assert judged(url, f"table: t, {right}") == [[]]
    reason = finding(url, f"table: t, {wrong}")
    assert observed in reason.observed
    # And what is advised for the index that is missing makes it.
    execute(url, reason.next_step.rstrip(";"))
    assert judged(url, f"table: t, {wrong}") == [[]]


@pytest.mark.parametrize("index_ddl", ["create index i on t (a)", "create unique index i on t (a desc) include (b)",
                                       "create index i on t (a) where b > 0"])  # fmt: skip
def test_what_a_forbidden_index_leaves_open_may_be_anything(url: str, index_ddl: str) -> None:
    execute(url, index_ddl)
    assert finding(url, "table: t, columns: [a], forbidden: true").observed.startswith("i (a")
    assert judged(url, "table: t, columns: [a], forbidden: true, method: gin") == [[]]


def test_predicates_that_may_or_may_not_be_the_same_are_not_checked(url: str) -> None:
    execute(url, "create index i on t (a) where b > 0 and email is not null")
    # The server does not put them in one order, and nobody else will.
    reason = unknown(url, "table: t, columns: [a], where: email is not null and b > 0")
    assert "((b > 0) AND (email IS NOT NULL)) (in the inventory: email is not null and b > 0)" in reason.reason
    assert "cannot be told" in reason.reason
    assert unknown(url, "table: t, columns: [a], forbidden: true, where: b > 0")


@pytest.mark.parametrize("entry", ["columns: [lower(emial)]", "columns: [a], where: dleted_at is null"])
def test_what_the_server_cannot_read(url: str, entry: str) -> None:
    assert "does not exist" in finding(url, f"table: t, {entry}").observed
    assert "does not exist" in finding(url, f"table: t, {entry}, forbidden: true").observed


def test_who_may_not_read_the_table_is_told_so(url: str) -> None:
    execute(url, "create index i on t (a) where email = 'x'", f"revoke all on t from {USER}")
    reason = unknown(url, "table: t, columns: [a], where: email = 'x'")
    assert f"with GRANT SELECT ON t TO {USER} the server itself is asked" in reason.next_step
    execute(url, "create index j on t (b) where email is null")
    assert judged(url, "table: t, columns: [b], where: email is null") == [[]]


def test_an_index_that_was_not_finished(url: str) -> None:
    execute(url, "insert into t (a) values (1), (1)")
    with pytest.raises(DBAPIError):
        execute(url, "create unique index concurrently i on t (a)")
    reason = finding(url, "table: t, columns: [a], unique: true")
    assert reason.observed.startswith("i is invalid")
    assert "IF NOT EXISTS" in reason.consequence
    execute(url, "delete from t")
    execute(url, "reindex index concurrently public.i")
    assert "REINDEX INDEX CONCURRENTLY public.i" in reason.next_step
    assert judged(url, "table: t, columns: [a], unique: true") == [[]]


def test_a_partitioned_index_of_which_a_partition_has_none(url: str) -> None:
    execute(url, "create table p (a int) partition by range (a)", "create table p1 partition of p default",
            "create index i on only p (a)")  # fmt: skip
    assert "a partition of p has no such index" in finding(url, "table: p, columns: [a]").observed
    execute(url, "create index i1 on p1 (a)", "alter index i attach partition i1")
    assert judged(url, "table: p, columns: [a]", "table: p1, columns: [a]") == [[], []]
    assert index(url, "i1").parent == "i"
    assert "CONCURRENTLY" not in finding(url, "table: p, columns: [a desc]").next_step


def test_an_index_of_that_name_elsewhere(url: str) -> None:
    execute(url, "create table other (a int)", "create index i on other (a)")
    assert finding(url, "table: t, columns: [a], name: i").observed == "an index of that name is on other"


def test_a_table_of_another_schema(url: str) -> None:
    execute(url, "create schema sales", "create table sales.t2 (a int)", "create index i on sales.t2 (a)")
    assert judged(url, "table: sales.t2, columns: [a]") == [[]]
    assert 'did you mean "sales.t2"?' in finding(url, "table: sales.t3, columns: [a]").observed
    assert finding(url, "table: sales.t2, only: []").next_step.startswith("DROP INDEX CONCURRENTLY sales.i; ")


def test_constraints_are_no_extra_indexes(url: str) -> None:
    execute(
        url,
        "alter table t add constraint u unique (a)",
        "alter table t add exclude using gist (int4range(a, b) with &&)",
    )
    assert judged(url, "table: t, only: []") == [[]]


def test_the_rest_of_the_catalogue(url: str) -> None:
    execute(url, "create function f() returns trigger language plpgsql as 'begin return new; end'",
            "create trigger tr before insert on t for each row execute function f()",
            "alter table t disable trigger tr", "alter table t add check (a > 0) not valid",
            "insert into t (a) values (1), (2)", "analyze t")  # fmt: skip
    seen, asked = catalogue(url)
    assert asked == 9
    t = table(url, "t")
    assert (t.rows, t.has_statistics) == (2, True)
    columns = {column.name: column for column in t.columns}
    assert columns["id"].sequence == "public.t_id_seq"
    assert columns["id"].default == "nextval('t_id_seq'::regclass)"
    assert columns["n"].identity == "always"
    assert columns["code"].collation == "C"
    assert [(trigger.name, trigger.enabled) for trigger in t.triggers] == [("tr", False)]
    assert [(c.expression, c.validated) for c in t.constraints if c.kind == "check"] == [("(a > 0)", False)]
    sequence = next(s for s in seen.sequences if s.name == "t_id_seq")
    assert (sequence.last, sequence.owner, sequence.type) == (2, ("public", "t", "id"), "bigint")


def test_a_table_just_loaded_has_no_statistics(url: str) -> None:
    execute(url, "insert into t (a) select 1 from generate_series(1, 1000)")
    assert (table(url, "t").rows, table(url, "t").has_statistics) == (None, False)


def test_a_large_schema_takes_as_many_queries(url: str) -> None:
    few = catalogue(url)[1]
    execute(
        url,
        "do $$ begin for n in 1..300 loop execute format('create table x%s (a int primary key, b int, c int)', n); "
        "execute format('create index on x%s (b)', n); execute format('create index on x%s (c)', n); end loop; end $$",
    )
    seen, many = catalogue(url)
    assert len(seen.tables) == 301
    assert many == few
