"""One schema in three engines: what they agree on is told in the same words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from preflight.finding import Finding
from preflight_database.catalogue.model import Index, Part
from preflight_database.tests.said import catalogue, execute, finding, index, judged, one, table

ENGINES = ["postgres", "mariadb", "sqlite"]
Fresh = Callable[[str], str]
SCHEMA = (
    "create table customer (id integer not null primary key, name varchar(40) not null)",
    "create table orders (id integer not null primary key, customer_id integer not null, created_at varchar(30), "
    "email varchar(80) default 'none', constraint orders_customer foreign key (customer_id) references customer (id) "
    "on delete cascade, constraint orders_email unique (email))",
    "create index orders_customer_idx on orders (customer_id, created_at desc)",
    "create unique index customer_name on customer (name)",
)


@pytest.fixture(params=ENGINES)
def shop(request: pytest.FixtureRequest, fresh: Fresh) -> str:
    """The URL of a database with the schema."""
    url = fresh(request.param)
    execute(url, *SCHEMA)
    return url


def test_the_same_schema_is_the_same_catalogue(shop: str) -> None:
    seen, asked = catalogue(shop)
    assert asked <= 9
    assert sorted(table.name for table in seen.tables) == ["customer", "orders"]
    orders = table(shop, "orders")
    assert [column.name for column in orders.columns] == ["id", "customer_id", "created_at", "email"]
    assert [column.nullable for column in orders.columns] == [False, False, True, True]
    assert [bool(column.default) for column in orders.columns] == [False, False, False, True]
    made = next(index for index in orders.indexes if index.name == "orders_customer_idx")
    assert [(part.column, part.descending) for part in made.parts] == [("customer_id", False), ("created_at", True)]
    assert (made.unique, made.method, made.where, made.constraint) == (False, "btree", "", "")
    (key,) = orders.foreign_keys
    assert (key.columns, key.table, key.referenced, key.on_delete) == (("customer_id",), "customer", ("id",), "cascade")
    email = [index for index in orders.indexes if index.parts[0].column == "email"]
    assert [(index.unique, index.constraint) for index in email] == [(True, "unique")]


@pytest.mark.parametrize(
    "entry",
    [
        "table: orders, columns: [customer_id, created_at desc]",
        "table: orders, columns: [customer_id asc, created_at DESC], name: orders_customer_idx",
        "table: orders, columns: [customer_id, created_at desc], name: any_other",
        "table: orders, columns: email, unique: true",
        "table: customer, columns: [name], unique: true",
        "table: orders, only: [orders_customer_idx]",
        "table: orders, columns: [created_at], forbidden: true",
        "table: orders, columns: [created_at, customer_id], forbidden: true",
        "table: orders, columns: [email], unique: false, forbidden: true",
    ],
)
def test_right_in_each(shop: str, entry: str) -> None:
    assert judged(shop, entry) == [[]]


@pytest.mark.parametrize(
    ("entry", "observed"),
    [
        ("table: orders, columns: [created_at desc, customer_id]", "there is none such; the table has "),
        ("table: orders, columns: [customer_id]", "there is none such; the table has "),
        ("table: orders, columns: [customer_id, created_at]",
         "orders_customer_idx is close, but created_at is descending"),
        ("table: orders, columns: [customer_id, created_at desc], unique: true",
         "orders_customer_idx is close, but it is not unique"),
        ("table: customer, columns: [name]", "customer_name is close, but it is unique"),
        ("table: orders, columns: [customer_id], name: orders_customer_idx",
         "orders_customer_idx is another index: it sorts by (customer_id, created_at desc)"),
        ("table: order, columns: [id]", 'there is none; did you mean "orders"?'),
        ("table: orders, columns: [emial]", 'there is none; did you mean "email"?'),
        ("table: orders, columns: [emial], forbidden: true", 'there is none; did you mean "email"?'),
        ("table: orders, only: []", "orders_customer_idx (customer_id, created_at desc)"),
        ("table: orders, columns: [customer_id, created_at], forbidden: true",
         "orders_customer_idx (customer_id, created_at desc)"),
        ("table: orders, columns: [customer_id, created_at desc], unique: false, forbidden: true",
         "orders_customer_idx (customer_id, created_at desc)"),
    ],
)  # fmt: skip
def test_wrong_in_each(shop: str, entry: str, observed: str) -> None:
    assert finding(shop, entry).observed.startswith(observed)


def test_what_is_advised_puts_it_right(shop: str) -> None:
    for entry in ("table: orders, columns: [created_at desc], name: late", "table: orders, columns: [email, id]"):
        execute(shop, finding(shop, entry).next_step.rstrip(";"))
        assert judged(shop, entry) == [[]]


def test_what_is_too_much_can_be_dropped_and_put_back(shop: str) -> None:
    entry = "table: orders, only: []"
    drop, back = finding(shop, entry).next_step.split("; once the load is done: ")
    before = index(shop, "orders_customer_idx")
    # MariaDB keeps an index for the foreign key.
    if shop.startswith("mysql"):
        execute(shop, "create index kept on orders (customer_id)")
    execute(shop, drop)
    assert "orders_customer_idx" not in {index.name for index in table(shop, "orders").indexes}
    execute(shop, back.rstrip(";"))
    assert index(shop, "orders_customer_idx") == before


def test_many_extra_indexes_are_one_finding(shop: str) -> None:
    execute(shop, "create index another on orders (created_at)")
    reason = finding(shop, "table: orders, only: []")
    assert {"another (created_at)", "orders_customer_idx (customer_id, created_at desc)"} <= {
        words.partition(" (foreign key")[0] for words in reason.observed.split("; ")
    }
    drop, back = reason.next_step.split(" once the load is done: ")
    assert drop.count(";") == back.count(";") == 2


def test_nothing_can_be_written_over_the_connection(shop: str) -> None:
    from sqlalchemy.exc import DBAPIError

    from preflight_database.plan import Plan
    from preflight_database.session import opened
    from preflight_database.url import parse

    with opened(Plan("orders", parse(shop)), lambda: False, None) as session, pytest.raises(DBAPIError):
        session.attempt("insert into customer values (1, 'somebody')")
    assert table(shop, "customer")


def test_names_with_capitals_and_reserved_words(shop: str) -> None:
    quote = "`" if shop.startswith("mysql") else '"'
    execute(shop, f"create table Sorted (Id integer, {quote}order{quote} integer)")
    entry = "table: sorted, columns: [Id, order]"
    reason = one(shop, entry.replace("sorted", "Sorted"))
    assert isinstance(reason, Finding)
    execute(shop, reason.next_step.rstrip(";"))
    assert judged(shop, entry.replace("sorted", "Sorted")) == [[]]


@pytest.mark.parametrize("engine", ["postgres", "sqlite"])
def test_predicates_and_expressions(fresh: Fresh, engine: str) -> None:
    url = fresh(engine)
    execute(url, *SCHEMA, "create unique index live on orders (lower(email)) where created_at is null")
    right = "table: orders, columns: [lower(email)], unique: true, where: "
    assert judged(url, right + "created_at is null", right + "(Created_At IS NULL)") == [[], []]
    without = finding(url, "table: orders, columns: [lower(email)], unique: true")
    assert "it has only rows where" in without.observed
    all_rows = finding(url, "table: orders, columns: [customer_id, created_at desc], where: created_at is null")
    assert all_rows.observed.endswith("it has all rows")
    assert judged(url, "table: orders, columns: [upper(email)], unique: true, where: created_at is null") != [[]]


def test_an_sqlite_collation(fresh: Fresh) -> None:
    url = fresh("sqlite")
    execute(url, "create table t (a text, b text collate nocase)", "create index a_i on t (a collate nocase)",
            "create index b_i on t (b)")  # fmt: skip
    assert judged(url, "table: t, columns: [a collate nocase]", "table: t, columns: [b]") == [[], []]
    assert judged(url, "table: t, columns: [b collate nocase]") == [[]]
    assert "a has the collation nocase" in finding(url, "table: t, columns: [a]").observed


def test_an_sqlite_table_that_has_been_analysed_has_statistics(fresh: Fresh) -> None:
    url = fresh("sqlite")
    execute(url, *SCHEMA)
    assert (table(url, "customer").rows, table(url, "customer").has_statistics) == (None, False)
    execute(url, "insert into customer values (1, 'a'), (2, 'b')", "analyze")
    assert (table(url, "customer").rows, table(url, "customer").has_statistics) == (2, True)


@pytest.mark.parametrize(
    ("index_ddl", "entry"),
    [
        ("create index i on t (name(10))", "columns: [name(10)]"),
        ("create fulltext index i on t (body)", "columns: [body], method: fulltext"),
    ],
)
def test_what_only_mariadb_has(fresh: Fresh, index_ddl: str, entry: str) -> None:
    url = fresh("mariadb")
    execute(url, "create table t (id int auto_increment primary key, name varchar(100), body text)", index_ddl)
    assert judged(url, f"table: t, {entry}") == [[]]
    assert table(url, "t").columns[0].identity == "auto_increment"
    if "name" in entry:
        assert "it has only the first 10 characters of name" in finding(url, "table: t, columns: [name]").observed
        assert "it has all of id" in finding(url, "table: t, columns: [id(3)], unique: true").observed
    else:
        assert "its method is fulltext" in finding(url, "table: t, columns: [body]").observed


def test_an_ignored_index_of_mariadb(fresh: Fresh) -> None:
    url = fresh("mariadb")
    execute(url, "create table t (a int, index i (a) ignored)")
    reason = finding(url, "table: t, columns: [a]")
    assert reason.observed == "i is ignored"
    execute(url, reason.next_step.rstrip(";"))
    assert judged(url, "table: t, columns: [a]") == [[]]


def test_a_foreign_key_stands_on_an_index_of_mariadb(fresh: Fresh) -> None:
    url = fresh("mariadb")
    execute(url, *SCHEMA)
    assert "foreign key orders_customer stands on it" in finding(url, "table: orders, only: []").observed


def test_the_model_of_an_index(fresh: Fresh) -> None:
    url = fresh("sqlite")
    execute(url, *SCHEMA)
    assert index(url, "orders_customer_idx") == Index(
        "orders_customer_idx",
        (
            Part("customer_id", nulls_first=True, effective_collation="BINARY"),
            Part("created_at", descending=True, effective_collation="BINARY"),
        ),
        definition="CREATE INDEX orders_customer_idx on orders (customer_id, created_at desc)",
    )
