"""example.yaml and the README, through the front door, on servers that are as they say."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from preflight.model import CheckSpec
from preflight.testing import parse
from preflight_database.health.spec import HealthSpec
from preflight_database.index.spec import IndexSpec
from preflight_database.load.spec import LoadSpec, Rehearse
from preflight_database.parity.spec import SameAsSpec
from preflight_database.progress.spec import ProgressSpec
from preflight_database.settings.spec import SettingSpec
from preflight_database.spec import DatabaseSpec
from preflight_database.tests.said import DOMAIN, execute
from tests.lab.databases import USER, DatabaseServer
from tests.lab.mariadb import MariaDB
from tests.lab.ports import LOOPBACK
from tests.lab.postgres import Postgres
from tests.lab.sshd import Sshd

FOLDER = Path(__file__).parents[1]
EXAMPLE = (FOLDER / "example.yaml").read_text("utf-8")
README = (FOLDER / "README.md").read_text("utf-8")
FENCES = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
PLAIN = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest")]

ORDERS = (
    "create table orders (id int primary key, customer_id int, created_at timestamptz, email text, name text, "
    "deleted_at timestamptz, tags int[])",
    "create table customers (name text, tax_id text, position int, unique (position) deferrable)",
    "create unique index on customers (tax_id) nulls not distinct",
    "create index on customers (name)",
    "insert into customers values ('a')",
    "create table customers_new (like customers including indexes)",
    "insert into customers_new select * from customers",
    "create table orders_new as select id from generate_series(1, 3) id",
    "alter table orders_new add primary key (id)",
    "analyze",
)
AFTER = (
    "create index orders_customer_idx on orders (customer_id, created_at desc)",
    "create unique index on orders (lower(email)) include (name) where deleted_at is null",
    "create index on orders using gin (tags)",
    'create index on orders (created_at desc nulls last, name collate "C", email text_pattern_ops)',
)
SHOP = (
    "create table articles (name varchar(50), created_at datetime, description text, fulltext index (description))",
    "create index articles_name on articles (name(10), created_at)",
)
ARCHIVE = """
    create table invoices (customer integer, year integer, number text, cancelled text);
    create index a on invoices (customer, year desc);
    create unique index b on invoices (number collate nocase) where cancelled is null;
    pragma user_version = 7;
    with recursive c(n) as (select 1 union all select n + 1 from c where n < 6000)
    insert into invoices select n * 7919 % 1000003, n % 10, n, null from c;
    analyze;
"""

Fresh = Callable[[DatabaseServer], str]


@pytest.fixture
def site(pytester: pytest.Pytester, postgres: Postgres, mariadb: MariaDB, fresh_database: Fresh, sshd: Sshd) -> Path:
    """A folder with example.yaml, of which only the addresses, passwords and keys are others."""
    login = f"{LOOPBACK}, port: {sshd.port}, user: {sshd.user}, identity_file: {sshd.identity}"
    text = EXAMPLE.replace("120_000_000", "3").replace(
        f"{LOOPBACK}, user: deploy", f"{login}, host_key: '{sshd.fingerprint}'"
    )
    for server, name, schema in ((postgres, "orders", ORDERS), (mariadb, "shop", SHOP)):
        url = fresh_database(server)
        execute(url, *schema)
        place = url.partition("@")[2]
        text = re.sub(rf"@127\.0\.0\.1:\d+/{name}", f"@{place}", text)
    # Each server has its own password, so that of the second goes in by itself.
    first, second = text.split("  shop:\n")
    second = second.replace("${vars.password}", "${env:SHOP_PASSWORD}")
    text = first.replace("example-only ", "${env:ORDERS_PASSWORD} ") + "  shop:\n" + second
    file = pytester.mkdir("inventories") / "example.yaml"
    file.write_text(text)
    for name in ("archive.db", "archive_copy.db"):
        connection = sqlite3.connect(file.parent / name)
        connection.executescript(ARCHIVE)
        connection.close()
    return file


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    argv = [sys.executable, "-m", "pytest", *PLAIN, "-W", "error", "--inventory", "example", *args]
    return pytester.run(*argv)


@pytest.fixture
def passwords(monkeypatch: pytest.MonkeyPatch, postgres: Postgres, mariadb: MariaDB) -> None:
    monkeypatch.setenv("ORDERS_PASSWORD", postgres.passwords[USER])
    monkeypatch.setenv("SHOP_PASSWORD", mariadb.passwords[USER])


@pytest.mark.usefixtures("passwords")
def test_the_example_is_go(pytester: pytest.Pytester, site: Path) -> None:
    result = run(pytester)
    assert " failed=0 not-checked=0 waived=0 warned=0" in result.outlines[-1], result.stdout.str()
    assert result.outlines[-1].startswith("PREFLIGHT verdict=GO inventory=example passed=")
    assert result.ret == 0
    assert site.exists()


@pytest.mark.usefixtures("passwords")
def test_indexes_before_the_load_are_no_go_and_after_it_they_are_wanted(
    pytester: pytest.Pytester, site: Path, postgres: Postgres
) -> None:
    (database,) = re.findall(r"(fresh_\w+)\?sslmode", site.read_text())
    missing = run(pytester, "--phase", "after")
    assert " failed=4 " in missing.outlines[-1]
    execute(postgres.url(database), *AFTER)
    assert "verdict=GO" in run(pytester, "--phase", "after").outlines[-1]
    before = run(pytester, "--phase", "before")
    assert " failed=1 " in before.outlines[-1]
    before.stdout.fnmatch_lines(["*secondary indexes make the conversion crawl*"])


@pytest.mark.usefixtures("passwords")
def test_while_the_conversion_runs(pytester: pytest.Pytester, site: Path) -> None:
    result = run(pytester, "--phase", "during", "-k", "progress")
    assert "verdict=GO inventory=example passed=2 " in result.outlines[-1], result.stdout.str()
    site.write_text(site.read_text().replace("total: 3,", "total: 2,"))
    result = run(pytester, "--phase", "during", "-k", "progress")
    assert "verdict=NO-GO inventory=example passed=1 failed=1 " in result.outlines[-1]
    result.stdout.fnmatch_lines(["observed * 3 are, 150.0 % of it"])
    # What cannot be counted is INCOMPLETE.
    site.write_text(site.read_text().replace("from orders_new", "from orders_nwe"))
    result = run(pytester, "--phase", "during", "-k", "progress")
    assert "verdict=INCOMPLETE inventory=example passed=1 failed=0 not-checked=1 " in result.outlines[-1]


@pytest.mark.usefixtures("passwords")
def test_a_copy_that_differs_is_no_go(pytester: pytest.Pytester, site: Path) -> None:
    execute(f"sqlite:///{site.parent / 'archive_copy.db'}", "drop index b")
    result = run(pytester, "-k", "parity")
    assert "verdict=NO-GO inventory=example passed=0 failed=2 " in result.outlines[-1]
    (site.parent / "archive_copy.db").unlink()
    result = run(pytester, "-k", "parity")
    assert "verdict=INCOMPLETE inventory=example passed=0 failed=0 not-checked=2 " in result.outlines[-1]


def test_a_wrong_password_is_incomplete_and_shown_nowhere(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, site: Path
) -> None:
    monkeypatch.setenv("ORDERS_PASSWORD", "Zebra/9&Zebra")
    monkeypatch.setenv("SHOP_PASSWORD", "Zebra/9&Zebra")
    result = run(pytester, "--junitxml", "junit.xml", "-vv", "-rA")
    assert "verdict=INCOMPLETE" in result.outlines[-1]
    # Of two servers, two causes; every check of theirs is gathered under one of them.
    assert len([line for line in result.outlines if line.startswith("not checked  database ")]) == 2
    shown = result.stdout.str() + result.stderr.str() + (pytester.path / "junit.xml").read_text()
    assert "Zebra" not in shown
    assert "Traceback" not in shown
    assert site.exists()


def own_keys(model: type[BaseModel]) -> set[str]:
    """As they are written, without those of every check."""
    keys = {field.alias or name for name, field in model.model_fields.items()}
    return keys - (set(CheckSpec.model_fields) if issubclass(model, CheckSpec) else set())


def test_the_example_shows_every_key() -> None:
    databases = yaml.safe_load(EXAMPLE)["databases"].values()
    assert set().union(*databases) == set(DatabaseSpec.model_fields)
    indexes = [index for each in databases for index in each.get("indexes", ())]
    assert set().union(*indexes) == set(IndexSpec.model_fields)
    loads = [each["load"] for each in databases if "load" in each]
    assert set().union(*loads) == own_keys(LoadSpec) | {"phase"}
    assert set().union(*(load["rehearse"] for load in loads)) == own_keys(Rehearse)
    settings = [setting for each in databases for setting in each.get("settings", {}).values()]
    assert {key for setting in settings if isinstance(setting, dict) for key in setting} >= {"value"}
    progress = [entry for each in databases for entry in each.get("progress", ())]
    assert set().union(*progress) == own_keys(ProgressSpec)
    (same_as,) = (each["same_as"] for each in databases if isinstance(each.get("same_as"), dict))
    assert set(same_as) == own_keys(SameAsSpec)
    (health,) = (each["health"] for each in databases if "url" in each and each["url"].startswith("postgresql"))
    assert set().union(*health) >= own_keys(HealthSpec)


@pytest.mark.parametrize(
    ("heading", "model"),
    [("databases", DatabaseSpec), ("databases.indexes", IndexSpec), ("databases.settings", SettingSpec),
     ("databases.health", HealthSpec), ("databases.progress", ProgressSpec), ("databases.same_as", SameAsSpec),
     ("databases.load", LoadSpec), ("databases.load.rehearse", Rehearse)],
)  # fmt: skip
def test_the_tables_of_the_readme_have_the_keys_there_are(heading: str, model: type[BaseModel]) -> None:
    (table,) = re.findall(rf"^### `{re.escape(heading)}`\n[^|]*((?:\|.*\n)+)", README, re.M)
    explained = [row.strip("|").split(" | ")[0].strip(" `") for row in table.splitlines()[2:]]
    assert sorted(explained) == sorted(own_keys(model))


def test_the_readme_names_the_keys_of_every_check() -> None:
    for key in CheckSpec.model_fields:
        assert f"`{key}`" in README


@pytest.mark.parametrize("inventory", [text for language, text in FENCES if language == "yaml"])
def test_inventories_of_the_readme_load(inventory: str) -> None:
    assert parse(DOMAIN, inventory)


def test_findings_of_the_readme_are_what_is_printed(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    (schema,) = (text for language, text in FENCES if language == "sql")
    inventory = next(text for language, text in FENCES if language == "yaml")
    (output,) = (text for language, text in FENCES if not language)
    folder = pytester.mkdir("inventories")
    (folder / "example.yaml").write_text(inventory)
    connection = sqlite3.connect(folder / "orders.db")
    connection.executescript(schema)
    connection.close()
    printed = run(pytester).stdout.str()
    printed = printed.replace(f"SQLite {sqlite3.sqlite_version}", "SQLite 3.40.1").replace("example", "prod")
    shown = [part.strip() for part in re.split(r"^(?:[_=]{3,}.*|\.\.\.|)$", output, flags=re.M) if part.strip()]
    assert len(shown) >= 4
    # Another version may be longer by a character, and break a line elsewhere.
    for part in shown:
        assert " ".join(part.split()) in " ".join(printed.split())
