"""What may be written under `databases:`, and what is refused, at its very place."""

from __future__ import annotations

import pickle

import pytest

from preflight.errors import InventoryError
from preflight.testing import assert_refused, parse
from preflight_database.index.keys import KeyPart, parse_key
from preflight_database.tests.said import DOMAIN, checks
from preflight_database.url import Location
from preflight_database.url import parse as parse_url

PG = "postgresql://me@db-1/shop"


def top(url: str = PG) -> str:
    return f"databases:\n  shop:\n    url: {url}\n"


def refused_entry(entry: str, message: str, url: str = PG) -> None:
    """The » stands in the entry."""
    assert_refused(DOMAIN, f"{top(url)}    indexes:\n    - {entry}\n", message)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("db-1/shop", "should be a URL, such as"),
        ("oracle://me@db-1/shop", "cannot be read by its scheme; there are: mariadb, "),
        ("postgres://me@db-1/shop", 'cannot be read by its scheme; did you mean "postgresql"?'),
        ("postgresql://me@db-1", "should end in the name of a database"),
        ("postgresql://me@db-1/", "should end in the name of a database"),
        ("postgresql://me@db-1/shop/orders", "one database"),
        ("postgresql://me@db-1:port/shop", "the host or the port is none"),
        ("postgresql://me@db-1:70000/shop", "there is no such port"),
        ("postgresql://me@db-1/shop?sslmod=require", 'no option "sslmod" after the ?; did you mean "sslmode"?'),
        ("mysql://me@db-1/shop?sslmode=require", 'no option "sslmode"'),
        ("postgresql://me:a/Zebra@db-1/shop", "percent-encoded"),
        ("postgresql://me:a?Zebra@db-1/shop", "percent-encoded"),
        ("sqlite://shop.db", "three slashes"),
        ("'sqlite:///:memory:'", "should name the file"),
        ("sqlite:///shop.db?mode=rw", "should name the file"),
        ("7", "should be text"),
    ],
)
def test_urls_that_are_refused(url: str, message: str) -> None:
    assert_refused(DOMAIN, f"databases:\n  shop:\n    url: »{url}\n", message)


@pytest.mark.parametrize("url", ["postgresql://me:a/Zebra@db-1/shop", "postgresql://me:Zebra:7@db-1:x/shop",
                                 "mysql://me:Zebra#1@db-1/shop", "Zebra://me@x/y"])  # fmt: skip
def test_a_refused_url_is_not_quoted(url: str) -> None:
    with pytest.raises(InventoryError) as error:
        parse(DOMAIN, top(url))
    assert "Zebra" not in str(error.value)


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("postgresql://me:p%40ss%2F@db-1:6432/sh%20op?sslmode=verify-full",
         Location("postgresql", "db-1", 6432, "me", "p@ss/", "sh op", (("sslmode", "verify-full"),))),  # type: ignore[arg-type]  # a Secret is a str
        ("mariadb://db-1/shop", Location("mysql", "db-1", database="shop")),
        ("mysql+pymysql://me@[2001:db8::1]:3307/shop", Location("mysql", "2001:db8::1", 3307, "me", database="shop")),
        ("postgresql:///shop?host=/run/postgresql",
         Location("postgresql", database="shop", options=(("host", "/run/postgresql"),))),
        ("sqlite:////srv/shop.db", Location("sqlite", database="/srv/shop.db")),
        ("sqlite:///shop.db", Location("sqlite", database="shop.db")),
    ],
)  # fmt: skip
def test_urls(url: str, location: Location) -> None:
    found = parse_url(url)
    assert found == location
    assert found.password.reveal() == str.__str__(location.password)


def test_a_relative_path_starts_at_the_inventorys_folder() -> None:
    (check,) = checks("sqlite:///data/shop.db", settings="page_size: 1")
    assert check.shared.location.database.endswith("/data/shop.db")
    assert check.shared.location.database.startswith("/")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (f"url: {PG}\n    via: »bastion", "should name a host of this inventory: `via: host:bastion`"),
        (f"url: {PG}\n    via: »'host:'", "should be `host:` and the name of a host"),
        (f"url: {PG}\n    via: »group:db", "should be `host:` and the name of a host"),
        (f"url: {PG}\n    »index: []", 'did you mean "indexes"?'),
        (f"url: {PG}\n    settings: {{work_mem: »[[1]]}}", ""),
        (f"url: {PG}\n    settings: {{work_mem: »'>= much'}}", '"much" is no number or size'),
        (f"url: {PG}\n    settings: {{work_mem: {{valu: 1}}}}", ""),
    ],
)
def test_databases_that_are_refused(lines: str, message: str) -> None:
    text = f"databases:\n  shop:\n    {lines}\n"
    if message:
        assert_refused(DOMAIN, text, message)
    else:
        with pytest.raises(InventoryError):
            parse(DOMAIN, text.replace("»", ""))


def test_two_passwords_are_refused() -> None:
    text = "databases:\n  shop: »{url: 'postgresql://me:Zebra@db-1/shop', password: Zebra}\n"
    assert_refused(DOMAIN, text, "has a password in `url` and another in `password`")
    assert_refused(DOMAIN, "databases:\n  shop: »{url: 'sqlite:///a.db', password: Zebra}\n", "has no password")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("»{table: orders}", "either `columns` (one index) or `only`"),
        ("»{table: orders, columns: a, only: [b]}", "either `columns` (one index) or `only`"),
        ("»{table: orders, only: [b], unique: true}", "`unique` is about one index"),
        ("»{table: orders, columns: a, nulls_not_distinct: true}", "goes with `unique: true`"),
        ("»{table: orders, columns: a, name: x, forbidden: true}", "leave `name` out"),
        ("{table: »a.b.c, columns: a}", "should be a table"),
        ("{table: t, columns: »[]}", "is empty"),
        ("{table: t, columns: [a, »a]}", "a is given twice"),
        ("{table: t, columns: »'a, b'}", "write [a, b]"),
        ("{table: t, columns: [»a bc de]}", "is no column with asc, desc"),
        ("{table: t, columns: [»'lower(a']}", "a bracket is not closed"),
        ("{table: t, columns: [»'lower(a))']}", "a bracket is closed"),
        ("{table: t, columns: [»'a; drop table t']}", "one expression"),
        ("{table: t, columns: a, where: »'a > 0; drop table t'}", "one expression"),
        ("{table: t, columns: a, where: »'a > 0 -- not b'}", "one expression"),
        ('{table: t, columns: a, where: »"a = \'x"}', "a quote is not closed"),
        ("{table: t, columns: a, where: »''}", "is empty"),
        ("{table: t, columns: [»a(10)]}", "on MySQL only"),
        ("{table: t, columns: a, »colums: b}", 'did you mean "columns"?'),
    ],
)
def test_entries_that_are_refused(entry: str, message: str) -> None:
    refused_entry(entry, message)


@pytest.mark.parametrize(
    ("url", "entry", "message"),
    [
        ("mysql://me@h/d", "{table: t, columns: a, where: »a > 0}", "no partial indexes"),
        ("mysql://me@h/d", "{table: t, columns: a, include: »[b]}", "only PostgreSQL"),
        ("mysql://me@h/d", "{table: t, columns: [b, »a nulls first]}", "on PostgreSQL only"),
        ("mysql://me@h/d", "{table: t, columns: [»a collate C]}", "the collation of its column"),
        ("sqlite:///a.db", "{table: t, columns: a, method: »btree}", "leave it out"),
        ("sqlite:///a.db", "{table: t, columns: [»a text_pattern_ops]}", "operator classes"),
        ("sqlite:///a.db", "{table: t, columns: a, deferrable: »true}", "only PostgreSQL"),
    ],
)
def test_what_an_engine_does_not_have_is_refused(url: str, entry: str, message: str) -> None:
    refused_entry(entry, message, url)


@pytest.mark.parametrize(
    ("url", "setting", "message"),
    [
        ("sqlite:///a.db", "page_siz: »1", 'did you mean "page_size"?'),
        ("sqlite:///a.db", "foreign_keys: »on", "those of each connection"),
        ("mysql://me@h/d", "wait_timeout: »30s", "no unit of time"),
    ],
)
def test_settings_that_an_engine_does_not_have_are_refused(url: str, setting: str, message: str) -> None:
    assert_refused(DOMAIN, f"{top(url)}    settings: {{{setting}}}\n", message)


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("a", KeyPart("a")),
        ("a desc", KeyPart("a", descending=True)),
        ("a ASC nulls FIRST", KeyPart("a", descending=False, nulls="first")),
        ("a nulls last", KeyPart("a", nulls="last")),
        ('"Order" desc', KeyPart("Order", descending=True)),
        ("name(10)", KeyPart("name", prefix=10)),
        ("lower(email)", KeyPart(expression="lower(email)")),
        ("(a + b) desc", KeyPart(expression="(a + b)", descending=True)),
        ("a+b", KeyPart(expression="a+b")),
        ("email text_pattern_ops desc", KeyPart("email", opclass="text_pattern_ops", descending=True)),
        ('email collate "de_DE" text_pattern_ops', KeyPart("email", collation="de_DE", opclass="text_pattern_ops")),
        ("lower(email) collate C", KeyPart(expression="lower(email)", collation="C")),
        ("coalesce(a, b)", KeyPart(expression="coalesce(a, b)")),
    ],
)
def test_keys(written: str, part: KeyPart) -> None:
    assert parse_key(written) == part


@pytest.mark.parametrize(
    ("entry", "check_id"),
    [
        ("table: orders, columns: [customer_id, created_at desc]", "index[orders/orders(customer_id,created_at desc)]"),
        ("table: orders, only: [orders_pkey]", "index[orders/orders:only]"),
        ("table: orders, only: [a], phase: [before, during]", "index[orders/orders:only:before+during]"),
        ("table: orders, columns: email, unique: true, where: a is null",
         "index[orders/orders(email) unique where a is null]"),
        ("table: sales.orders, columns: [tags], method: gin", "index[orders/sales.orders(tags) using gin]"),
        ("table: orders, columns: email, forbidden: true", "index[orders/orders(email):forbidden]"),
        ("table: orders, columns: email, id: mail", "index[mail]"),
    ],
)  # fmt: skip
def test_ids(entry: str, check_id: str) -> None:
    (check,) = checks(PG, entry)
    assert check.id == f"database.{check_id}"
    assert check.mark.line == 5
    assert pickle.loads(pickle.dumps((check.spec, check.shared))) == (check.spec, check.shared)


def test_settings_are_a_check_each_at_their_place() -> None:
    text = top() + (
        "    settings:\n      work_mem: '>= 1GB'\n      wal_level: {value: replica, why: standbys}\n"
        "      max_connections:\n      - {value: {before: 100, after: 500}}\n"
    )
    found = parse(DOMAIN, text)
    assert [(check.id, check.mark.line) for check in found] == [
        ("database.settings[shop/work_mem]", 5),
        ("database.settings[shop/wal_level]", 6),
        ("database.settings[shop/max_connections:before]", 8),
        ("database.settings[shop/max_connections:after]", 8),
    ]
    assert found[1].spec.why == "standbys"


def test_checks_of_one_database_share_one_connection() -> None:
    found = checks(PG, "table: a, columns: b", "table: b, columns: c")
    assert found[0].shared == found[1].shared
    assert len({check.shared for check in found}) == 1


def test_plan_says_who_logs_in_where() -> None:
    (check,) = checks("postgresql://me:Zebra@db-1/shop", "table: a, columns: b")
    line = check.kind.contacts(check.spec, check.shared)
    assert (
        line
        == "logs in to PostgreSQL as me, database shop at db-1 port 5432, and reads its catalogue, from this machine"
    )
