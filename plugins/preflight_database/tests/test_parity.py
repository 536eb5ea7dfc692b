"""Two databases of one engine: the same schema, and each kind of difference, one by one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from preflight.finding import Finding, NotChecked
from preflight.kind import Check
from preflight.testing import assert_refused, assert_serialises, observe_all, parse
from preflight_database.tests.said import DOMAIN, Reason, execute
from tests.lab.databases import USER
from tests.lab.postgres import Postgres

ENGINES = ["postgres", "mariadb", "sqlite"]
Fresh = Callable[[str], str]
SCHEMA = (
    "create table customer (id integer not null primary key, name varchar(40) not null, mail varchar(80))",
    "create table orders (id integer not null primary key, customer_id integer not null, placed varchar(30) default "
    "'none', total integer, constraint orders_customer foreign key (customer_id) references customer (id) "
    "on delete cascade, constraint orders_total check (total > 0))",
    "create index orders_placed on orders (customer_id, placed)",
    "create unique index customer_name on customer (name)",
)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pair(fresh: Fresh, tmp_path: Path) -> Callable[..., tuple[str, str]]:
    """`pair(engine, *schema)` are the URLs of two databases with that schema."""

    def make(engine: str, *schema: str) -> tuple[str, str]:
        urls = [fresh(engine), f"sqlite:///{tmp_path / 'other.db'}" if engine == "sqlite" else fresh(engine)]
        for url in urls:
            execute(url, *(schema or SCHEMA))
        return urls[0], urls[1]

    return make


Pair = Callable[..., tuple[str, str]]


def parity(urls: tuple[str, str], same_as: str = "staging") -> Check:
    text = f"databases:\n  orders: {{url: '{urls[0]}', same_as: {same_as}}}\n  staging: {{url: '{urls[1]}'}}\n"
    (check,) = parse(DOMAIN, text)
    return check


def judged(urls: tuple[str, str], same_as: str = "staging") -> list[Reason]:
    check = parity(urls, same_as)
    (seen,) = observe_all(check.kind, check.spec, shared=check.shared)
    if isinstance(seen, NotChecked):
        return [seen]
    assert_serialises(check.kind, seen)
    return list(check.kind.judge(check.spec, seen))


def finding(urls: tuple[str, str], same_as: str = "staging") -> Finding:
    (reason,) = judged(urls, same_as)
    assert isinstance(reason, Finding), reason
    return reason


def test_the_same(pair: Pair, engine: str) -> None:
    urls = pair(engine)
    assert judged(urls) == []
    assert parity(urls).id == "database.parity[orders=staging]"


def test_other_names_of_the_same_things(pair: Pair, engine: str) -> None:
    urls = pair(engine)
    execute(urls[0], "create index a on orders (placed)")
    execute(urls[1], "create index b on orders (placed)")
    assert judged(urls) == []


# MariaDB does not let go of the only index of a foreign key.
KEPT = "create index kept on orders (customer_id)"
DIFFERENT = {
    "a table that is missing": (
        "drop table orders",
        "table orders: 4 columns, as in database staging (",
        "there is none in database orders (",
    ),
    "a table too many": (
        "create table spare (id integer, x integer)",
        "no table spare, as in database staging",
        "table spare: 2 columns, in database orders",
    ),
    "a column that is missing": ("alter table customer drop column mail", "column customer.mail: ", "there is none in"),
    "a column too many": (
        "alter table customer add column x integer",
        "no column customer.x, as in database staging",
        "column customer.x: ",
    ),
    "an index that is missing": (
        "drop index orders_placed",
        "index orders_placed on orders: (customer_id, placed), as in database staging",
        "there is none in database orders (",
    ),
    "an index too many": (
        "create index late on orders (total)",
        "no index late on orders, as in database staging",
        "index late on orders: (total), in database orders",
    ),
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_one_difference(pair: Pair, engine: str, what: str) -> None:
    statement, expected, observed = DIFFERENT[what]
    urls = pair(engine)
    for url in urls if engine == "mariadb" else ():
        execute(url, KEPT)
    execute(urls[0], statement + (" on orders" if engine == "mariadb" and "drop index" in statement else ""))
    reason = finding(urls)
    assert reason.expected.startswith(expected)
    assert reason.observed.startswith(observed)
    assert reason.cause == "database orders is not as staging"


@pytest.mark.parametrize(
    "change",
    [("drop index orders_placed",), ("create index late on orders (total)",),
     ("drop index orders_placed", "create index orders_placed on orders (placed)"),
     ("create unique index late on orders (total)",)],
)  # fmt: skip
def test_indexes_are_put_right_by_what_is_advised(pair: Pair, engine: str, change: tuple[str, ...]) -> None:
    """On either side."""
    urls = pair(engine)
    for url in urls if engine == "mariadb" else ():
        execute(url, KEPT)
    drop = " on orders" if engine == "mariadb" else ""
    execute(urls[0], *(each + (drop if each.startswith("drop") else "") for each in change))
    here, there = finding(urls).next_step.split("; or in staging: ")
    execute(urls[0], *here.removeprefix("in orders: ").split("; "))
    assert judged(urls) == []
    execute(urls[0], *(each + (drop if each.startswith("drop") else "") for each in change))
    execute(urls[1], *there.rstrip(";").split("; "))
    assert judged(urls) == []


@pytest.mark.parametrize(
    ("engines", "definition", "here", "there"),
    [
        (ENGINES, "a varchar(40)", "varying(40)|varchar(40)|varchar(40)", "varying(50)|varchar(50)|varchar(50)"),
        (ENGINES, "a integer not null", " not null", "integer|int(11)|integer, as in"),
        (ENGINES, "a integer default 1", "default 1", "default 2"),
        (["postgres"], "a integer generated always as identity", "as identity", "by default as identity"),
        (["postgres"], "a integer generated always as (1) stored", "as (1)", "as (2)"),
        (["postgres"], 'a text collate "C"', "collate C", "text"),
        (["mariadb"], "a integer auto_increment, key (a)", "auto_increment", "int(11)"),
        (["mariadb"], "a text collate latin1_bin", "collate latin1_bin", "collate latin1_general_ci"),
    ],
)
def test_columns(pair: Pair, engines: list[str], definition: str, here: str, there: str) -> None:
    others = {
        "a varchar(40)": "a varchar(50)",
        "a integer not null": "a integer",
        "a integer default 1": "a integer default 2",
        "a integer generated always as identity": "a integer generated by default as identity",
        "a integer generated always as (1) stored": "a integer generated always as (2) stored",
        'a text collate "C"': "a text",
        "a integer auto_increment, key (a)": "a integer, key (a)",
        "a text collate latin1_bin": "a text collate latin1_general_ci",
    }
    for engine in engines:
        urls = pair(engine, "create table other (x integer)")
        execute(urls[0], f"create table t ({definition})")
        execute(urls[1], f"create table t ({others[definition]})")
        (reason, *more) = judged(urls, "{database: staging, only: [columns]}")
        assert more == []
        assert isinstance(reason, Finding)
        ours, theirs = (words.split("|")[ENGINES.index(engine) if "|" in words else 0] for words in (here, there))
        assert ours in reason.observed
        assert theirs in reason.expected
        assert reason.expected.startswith("column t.a: ")


@pytest.mark.parametrize(
    ("engines", "here", "there", "expected"),
    [
        (ENGINES, "foreign key (a) references other (x)", "foreign key (a) references other (x) on delete cascade",
         "foreign key"),
        (["postgres", "mariadb"], "check (a > 1)", "check (a > 2)", "constraint"),
        (ENGINES, "unique (a)", "unique (a, b)", "index "),
        (["postgres"], "unique (a)", "unique (a) deferrable", "index "),
        (["postgres"], "exclude (a with =)", "unique (a)", "index "),
        (ENGINES, "primary key (a, b)", "primary key (b, a)", "index "),
    ],
)  # fmt: skip
def test_constraints(pair: Pair, engines: list[str], here: str, there: str, expected: str) -> None:
    for engine in engines:
        urls = pair(engine, "create table other (x integer not null primary key)")
        for url, constraint in zip(urls, (here, there), strict=True):
            execute(url, f"create table t (a integer not null, b integer not null, constraint c {constraint})")
        # In SQLite, a foreign key has no name by which the two could be told to be one.
        assert any(reason.expected.startswith(expected) for reason in judged(urls) if isinstance(reason, Finding))


def test_what_is_not_validated(pair: Pair) -> None:
    urls = pair("postgres")
    for url, valid in zip(urls, ("not valid", ""), strict=True):
        execute(url, f"alter table orders add constraint late check (total < 100) {valid}")
    reason = finding(urls)
    assert reason.observed.startswith("constraint late of orders is check (total < 100), not validated in")


@pytest.mark.parametrize(
    ("here", "there", "words"),
    [
        ("(a)", "(a desc)", "a desc"),
        ("(a)", "(a nulls first)", "NULLs first in a"),
        ("(a)", "(b)", "(b)"),
        ("(a)", "(a) where a > 0", "where (a > 0)"),
        ("(a)", "(a) include (b)", "including b"),
        ("using hash (a)", "(a)", "t_i on t: (a)"),
        ("(c)", "(c text_pattern_ops)", "text_pattern_ops"),
        ('(c collate "C")', "(c)", "t_i on t: (c)"),
        ("(lower(c))", "(upper(c))", "upper(c)"),
    ],
)
def test_definitions_of_indexes(pair: Pair, here: str, there: str, words: str) -> None:
    urls = pair("postgres", "create table t (a integer, b integer, c text)")
    for url, definition in zip(urls, (here, there), strict=True):
        execute(url, f"create index t_i on t {definition}")
    reason = finding(urls)
    assert words in reason.expected
    assert reason.next_step.startswith(
        "in orders: DROP INDEX CONCURRENTLY public.t_i; CREATE INDEX CONCURRENTLY t_i ON "
    )


def test_an_invalid_index_on_either_side(pair: Pair) -> None:
    urls = pair("postgres")
    execute(urls[1], "insert into customer values (1, 'a', 'x'), (2, 'b', 'x')")
    with pytest.raises(DBAPIError):
        execute(urls[1], "create unique index concurrently mail on customer (mail)")
    alone = finding(urls)
    assert alone.expected.startswith("index mail on customer: (mail), unique, invalid, as in database staging")
    execute(urls[0], "create unique index mail on customer (mail)")
    both = finding(urls)
    assert both.expected == "index mail on customer works in both databases"
    assert "mail (mail), unique, invalid, in database staging" in both.observed
    assert both.next_step.startswith("in staging: REINDEX INDEX CONCURRENTLY public.mail; (pg_dump leaves")


def test_an_ignored_index(pair: Pair) -> None:
    urls = pair("mariadb")
    execute(urls[0], "alter table orders alter index orders_placed ignored")
    reason = finding(urls)
    assert "ignored, in database orders" in reason.observed
    execute(urls[0], reason.next_step.removeprefix("in orders: ").partition(";")[0])
    assert judged(urls) == []


def test_triggers(pair: Pair) -> None:
    urls = pair("postgres")
    for url in urls:
        execute(url, "create function f() returns trigger language plpgsql as 'begin return new; end'",
                "create trigger audit after insert on orders for each row execute function f()")  # fmt: skip
    assert judged(urls) == []
    execute(urls[0], "alter table orders disable trigger audit")
    reason = finding(urls)
    assert reason.observed.startswith("trigger audit of orders is disabled in database orders")
    execute(urls[0], reason.next_step.removeprefix("in orders: ").rstrip(";"))
    assert judged(urls) == []
    execute(urls[0], "drop trigger audit on orders")
    assert finding(urls).expected.startswith("trigger audit of orders: enabled, as in")


def test_sequences(pair: Pair) -> None:
    urls = pair("postgres", "create sequence s", "create table t (id serial)")
    execute(urls[0], "select nextval('s')", "alter sequence s cycle")
    reason = finding(urls)
    assert reason.observed.startswith("sequence s is bigint, by 1, to 9223372036854775807, and over again in")
    # A sequence of a table that is missing is not missed by itself.
    execute(urls[0], "alter sequence s no cycle", "drop table t")
    execute(urls[0], "create table other (a integer)")
    assert [reason.expected.split(":")[0].split(",")[0] for reason in judged(urls) if isinstance(reason, Finding)] == [
        "no table other", "table t"]  # fmt: skip


def test_partitions_and_schemas(pair: Pair) -> None:
    urls = pair("postgres", "create schema sales", "create table sales.t (a integer)")
    assert judged(urls) == []
    execute(urls[0], "drop table sales.t", "create table sales.t (a integer) partition by range (a)")
    assert finding(urls).observed.startswith("table sales.t is 1 columns, partitioned in")


def test_the_order_of_columns_is_asked_for(pair: Pair, engine: str) -> None:
    urls = pair(engine, "create table other (x integer)")
    execute(urls[0], "create table t (a integer, b integer)")
    execute(urls[1], "create table t (b integer, a integer)")
    assert judged(urls) == []
    reason = finding(urls, "{database: staging, column_order: true}")
    assert reason.expected.startswith("order of the columns of t: b, a, as in")


def test_only(pair: Pair, engine: str) -> None:
    urls = pair(engine)
    execute(urls[0], "alter table customer add column x integer", "create table spare (x integer)")
    assert judged(urls, "{database: staging, only: [indexes]}") == []
    assert len(judged(urls, "{database: staging, only: [indexes, tables]}")) == 1
    assert len(judged(urls)) == 2


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        ("spare", {"x", "late"}),
        ("sp*", {"x", "late"}),
        ("customer.x", {"spare", "late"}),
        ("'*.x'", {"spare", "late"}),
        ("orders.late, customer.x, spare", set()),
        ("late", {"spare", "x"}),
        ("orders", {"spare", "x"}),
        ("customer, late, SPARE", {"spare"}),
    ],
)
def test_ignore(pair: Pair, ignore: str, left: set[str]) -> None:
    urls = pair("sqlite")
    execute(urls[0], "alter table customer add column x integer", "create table spare (y integer)",
            "create index late on orders (total)")  # fmt: skip
    reasons = judged(urls, f"{{database: staging, ignore: [{ignore}]}}")
    said = " ".join(reason.observed for reason in reasons if isinstance(reason, Finding))
    assert {word for word in ("spare", "late") if word in said} | ({"x"} if "customer.x" in said else set()) == left


def test_many_differences_are_not_all_listed(pair: Pair) -> None:
    urls = pair("sqlite")
    execute(
        urls[0], *(f"alter table customer add column x{number} integer" for number in range(30)), "drop table orders"
    )
    reasons = judged(urls)
    assert len(reasons) == 20
    assert isinstance(reasons[0], Finding)
    assert reasons[0].expected.startswith("table orders")
    assert isinstance(reasons[-1], Finding)
    assert reasons[-1].observed == "and 12 more differences: customer (12)"
    assert len({reason.cause for reason in reasons}) == 1


def test_an_empty_database_is_not_the_same_as_anything(fresh: Fresh) -> None:
    (reason,) = judged((fresh("postgres"), fresh("postgres")))
    assert isinstance(reason, NotChecked)
    assert "there is no table to be seen in database orders (" in reason.reason


def test_which_of_both_cannot_be_read(pair: Pair, postgres: Postgres) -> None:
    here, there = pair("postgres")
    wrong = postgres.url("fresh_none", USER, "Zebra")
    (reason,) = judged((here, wrong))
    assert isinstance(reason, NotChecked)
    assert reason.cause.startswith("database staging cannot be read: ")
    (reason,) = judged((wrong, there))
    assert isinstance(reason, NotChecked)
    assert reason.cause.startswith("database orders cannot be read: ")
    assert "Zebra" not in repr(reason)


@pytest.mark.parametrize(
    ("same_as", "message"),
    [
        ("»stagin", 'stagin is no entry of `databases:`; did you mean "staging"?'),
        ("{database: »stagin}", 'did you mean "staging"?'),
        ("[staging, »stagin]", 'did you mean "staging"?'),
        ("»orders", "orders is this database itself"),
        ("»laptop", "laptop is SQLite, and orders is PostgreSQL: their types"),
        ("{database: staging, only: [»index]}", 'did you mean "indexes"?'),
        ("{database: staging, »ignores: []}", 'did you mean "ignore"?'),
        ("»{ignore: []}", '"database" is missing'),
    ],
)
def test_what_is_refused(same_as: str, message: str) -> None:
    text = f"databases:\n  orders:\n    url: postgresql://me@h/orders\n    same_as: {same_as}\n"
    text += "  staging: {url: 'postgresql://me@h/staging'}\n  laptop: {url: 'sqlite:///laptop.db'}\n"
    assert_refused(DOMAIN, text, message)


def test_several_others_and_their_places() -> None:
    text = "databases:\n  orders:\n    url: postgresql://me@h/orders\n    same_as:\n    - staging\n"
    text += "    - {database: test, severity: warning}\n"
    text += "".join(f"  {name}: {{url: 'postgresql://me@h/{name}'}}\n" for name in ("staging", "test"))
    found = parse(DOMAIN, text)
    assert [(check.id, check.mark.line) for check in found] == [
        ("database.parity[orders=staging]", 5),
        ("database.parity[orders=test]", 6),
    ]
    line = found[0].kind.contacts(found[0].spec, found[0].shared)
    assert "database orders at h" in line
    assert "database staging at h" in line
