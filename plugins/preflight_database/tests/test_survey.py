"""A database as facts: what an environment is compared by."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from preflight.finding import NotChecked
from preflight.kind import Taken
from preflight.testing import surveys
from preflight_database.tests.said import DOMAIN, execute, inventory
from tests.lab.databases import DatabaseServer

Fresh = Callable[[str], str]
SCHEMA = (
    "create table customer (id integer not null primary key, name varchar(40) not null)",
    "create table orders (id integer not null primary key, customer_id integer, email varchar(80), "
    "constraint of_customer foreign key (customer_id) references customer (id))",
    "create index by_customer on orders (customer_id, email)",
)


def taken(url: str) -> dict[tuple[str, ...], object]:
    (survey,) = surveys(DOMAIN, inventory(url, ["table: orders, columns: [id]"])).values()
    found: Taken | NotChecked = pickle.loads(pickle.dumps(survey)).take(None, lambda: False)
    assert not isinstance(found, NotChecked), found
    return dict(found)


@pytest.mark.parametrize("engine", ["postgres", "mariadb", "sqlite"])
def test_the_same_schema_is_the_same_facts_whatever_its_indexes_are_called(fresh: Fresh, engine: str) -> None:
    url = fresh(engine)
    execute(url, *SCHEMA)
    before = taken(url)
    assert ("table", "orders", "column", "email") in before
    assert [path[-1] for path in before if path[2:3] == ("index",) and "email" in path[-1]] == ["(customer_id, email)"]
    assert any(path[:3] == ("table", "orders", "foreign key") for path in before)
    execute(url, "create index renamed on orders (customer_id, email)")
    if engine != "mariadb":
        execute(url, "drop index by_customer")
    assert taken(url) == before


@pytest.mark.parametrize("engine", ["postgres", "mariadb", "sqlite"])
def test_what_differs_is_a_fact_of_its_own(fresh: Fresh, engine: str) -> None:
    url = fresh(engine)
    execute(url, *SCHEMA)
    before = taken(url)
    execute(url, "create index late on orders (email)", "alter table customer add city varchar(40)")
    after = taken(url)
    assert {path for path in after if path not in before} == {
        ("table", "orders", "index", "(email)"),
        ("table", "customer", "column", "city"),
    }


def test_settings_but_for_those_that_are_each_servers_own(postgres: DatabaseServer) -> None:
    found = taken(postgres.url())
    assert found["setting", "shared_buffers"] == "16MB"
    assert not {("setting", "data_directory"), ("setting", "hba_file")} & found.keys()


def test_a_server_that_is_away(postgres: DatabaseServer) -> None:
    url = postgres.url(user="preflight", password="Zebra")
    (survey,) = surveys(DOMAIN, inventory(url, ["table: orders, columns: [id]"])).values()
    found = survey.take(None, lambda: False)
    assert isinstance(found, NotChecked)
    assert found.cause.startswith("database orders cannot be read: ")
    assert "Zebra" not in repr(found)
    assert survey.contacts.startswith("logs in to PostgreSQL as preflight")
