"""Settings, as the servers have them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from preflight.finding import Finding, NotChecked
from preflight_database.catalogue.model import Setting
from preflight_database.settings.amount import Wanted, holds, parse_wanted, shown
from preflight_database.tests.said import execute, finding, judged, unknown
from tests.lab.databases import USER
from tests.lab.postgres import Postgres

Fresh = Callable[[str], str]


def pages(value: str) -> Setting:
    return Setting("shared_buffers", value, "8kB", "integer")


@pytest.mark.parametrize(
    ("wanted", "setting", "right"),
    [
        (">= 1GB", pages("131072"), True),
        (">= 1GB", pages("131071"), False),
        ("< 1GB", pages("131071"), True),
        ("1GB", pages("131072"), True),
        ("1024 MB", pages("131072"), True),
        ("131072", pages("131072"), True),  # without a unit: in the server's own
        (131072, pages("131072"), True),
        ("!= 1GB", pages("131072"), False),
        ("30s", pages("131072"), None),
        ("lots", pages("131072"), None),
        ("30s", Setting("t", "30000", "ms", "integer"), True),
        ("> 30s", Setting("t", "30000", "ms", "integer"), False),
        (">= 1min", Setting("t", "1", "min", "integer"), True),
        (">= 16M", Setting("innodb_buffer_pool_size", "16777216", "B", "integer"), True),
        ("0.9", Setting("checkpoint_completion_target", "0.9", "", "real"), True),
        (500, Setting("max_connections", "500", "", "integer"), True),
        (">= 500", Setting("max_connections", "499", "", "integer"), False),
        ("500MB", Setting("max_connections", "500", "", "integer"), None),
        (True, Setting("fsync", "on", "", "bool"), True),
        ("yes", Setting("fsync", "off", "", "bool"), False),
        ("off", Setting("fsync", "off", "", "bool"), True),
        ("maybe", Setting("fsync", "off", "", "bool"), None),
        (">= 1", Setting("fsync", "off", "", "bool"), None),
        ("Replica", Setting("wal_level", "replica", "", "enum"), True),
        ("logical", Setting("wal_level", "replica", "", "enum"), False),
        ("!= logical", Setting("wal_level", "replica", "", "enum"), True),
        ("UTC", Setting("TimeZone", "UTC"), True),
        ("utc", Setting("TimeZone", "UTC"), False),
    ],
)
def test_comparing(wanted: object, setting: Setting, right: bool | None) -> None:
    assert holds(parse_wanted(wanted), setting) is right


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (pages("131072"), "1GB"),
        (pages("1"), "8kB"),
        (pages("-1"), "-1"),
        (Setting("t", "90000", "ms", "integer"), "90s"),
        (Setting("t", "1", "B", "integer"), "1"),
        (Setting("t", "replica"), "replica"),
        (Setting("t", ""), "empty"),
    ],
)
def test_shown(setting: Setting, text: str) -> None:
    assert shown(setting) == text


def test_an_operator_needs_something_to_compare() -> None:
    assert parse_wanted(">=1GB") == Wanted(">=", "1GB")
    with pytest.raises(ValueError, match="no number or size"):
        parse_wanted(">= replica")


def test_postgres(fresh: Fresh) -> None:
    url = fresh("postgres")
    assert judged(url, settings="shared_buffers: 16MB, max_connections: '>= 100', wal_level: replica, fsync: off") == [
        [], [], [], []]  # fmt: skip
    reason = finding(url, settings="wal_level: logical")
    assert reason.observed == "wal_level is replica (it can be minimal, replica, logical)"
    assert finding(url, settings="shared_buffers: '>= 1GB'").observed == "shared_buffers is 16MB"
    assert 'did you mean "work_mem"?' in finding(url, settings="work_men: 1MB").observed
    assert "not to be compared" in unknown(url, settings="max_connections: 1GB").reason


def test_our_own_limits_are_not_taken_for_the_servers(fresh: Fresh) -> None:
    url = fresh("postgres")
    assert judged(url, settings="statement_timeout: 0, lock_timeout: 0, default_transaction_read_only: off") == [
        [], [], []]  # fmt: skip


def test_a_value_that_waits_for_a_restart(start_postgres: Callable[..., Postgres]) -> None:
    server = start_postgres({})
    # What the command line says cannot be changed by a file: this is not on it.
    assert judged(server.url("postgres"), settings="max_connections: 100") == [[]]
    server.execute("alter system set max_connections = 50", "select pg_reload_conf()", "select pg_sleep(0.5)")
    assert (
        "waits in the configuration for a restart"
        in finding(server.url("postgres"), settings="max_connections: 100").observed
    )
    assert (
        "waits in the configuration for a restart"
        in finding(server.url("postgres"), settings="max_connections: 50").observed
    )


def test_a_setting_that_may_not_be_seen(fresh: Fresh) -> None:
    reason = unknown(fresh("postgres"), settings="data_directory: /srv")
    assert reason.next_step == f"GRANT pg_read_all_settings TO {USER}"


def test_mariadb(fresh: Fresh) -> None:
    url = fresh("mariadb")
    assert judged(url, settings="innodb_buffer_pool_size: '>= 16M', max_connections: '> 1', autocommit: on") == [
        [], [], []]  # fmt: skip
    small = finding(url, settings="innodb_buffer_pool_size: 1GB")
    assert small.observed == "innodb_buffer_pool_size is 16MB"
    assert "innodb_buffer_pool_size" in finding(url, settings="inodb_buffer_pool_size: 1").observed
    # What bounds our own session is not what others have.
    assert judged(url, settings="tx_read_only: off, lock_wait_timeout: 86400") == [[], []]


def test_sqlite(fresh: Fresh) -> None:
    url = fresh("sqlite")
    execute(url, "pragma user_version = 7", "create table t (a)")
    assert judged(url, settings="user_version: 7, page_size: 4096, journal_mode: delete, encoding: UTF-8") == [
        [], [], [], []]  # fmt: skip
    (reason,) = judged(url, settings="user_version: '>= 8'")[0]
    assert isinstance(reason, Finding)
    assert not isinstance(reason, NotChecked)
    assert "user_version is 7" in reason.observed
