"""One schema in three engines: where they agree, so do their health checks, word for word."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from preflight_database.tests.diagnosed import found
from preflight_database.tests.said import execute

Fresh = Callable[[str], str]
SCHEMA = (
    "create table customer (id integer not null primary key, name varchar(40) not null, country integer, "
    "constraint customer_place unique (country, name))",
    "create table orders (id integer not null primary key, customer_id integer, note varchar(30), paid boolean, "
    "constraint orders_customer foreign key (customer_id) references customer (id), "
    "constraint orders_again foreign key (customer_id) references customer (id))",
    "create index orders_1 on orders (customer_id)",
    "create index orders_2 on orders (customer_id)",
    "create index orders_3 on orders (note)",
    "create index orders_4 on orders (note, paid)",
    "create index orders_5 on orders (paid)",
    "create unique index orders_6 on orders (paid, note)",
    "create index orders_7 on orders (id)",
    "create index orders_8 on orders (note desc)",
    "create index customer_1 on customer (country)",
    "create index customer_2 on customer (name)",
    "create table log (line varchar(99))",
    "create table wide (a integer not null, b integer not null, customer varchar(9), primary key (a, b))",
)


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def url(request: pytest.FixtureRequest, fresh: Fresh) -> str:
    url = fresh(request.param)
    execute(url, *SCHEMA)
    return url


def test_the_same_answers(url: str) -> None:
    assert found(url, "duplicate-index") == ["orders_2 (customer_id) on orders is the same as orders_1"]
    assert [one.partition(" on ")[0] for one in found(url, "redundant-index")] == [
        "customer_1 (country)", "orders_3 (note)", "orders_5 (paid)", "orders_7 (id)", "orders_8 (note desc)",
    ]  # fmt: skip
    assert found(url, "boolean-index") == ["orders_5 (paid) on orders tells two values apart"]
    assert found(url, "no-primary-key") == ["log has no primary key"]
    assert len(found(url, "fk-duplicate")) == 1
    for check in ("fk-without-index", "fk-overlapping", "fk-type-mismatch", "fk-not-enforced", "missing-statistics"):
        assert found(url, check) == [], check


def test_what_is_allowed(url: str) -> None:
    assert found(url, "duplicate-index", "allow: {duplicate-index: orders_2}") == []
    assert found(url, "duplicate-index", "allow: {duplicate-index: orders_1}") != []
    assert found(url, "no-primary-key", "allow: {no-primary-key: [l*g, none]}") == []
    rest = found(url, "redundant-index", "allow: {redundant-index: [orders, customer_2]}")
    assert [one.partition(" ")[0] for one in rest] == ["customer_1"]
