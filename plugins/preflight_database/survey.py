"""A database as facts, for comparing environments: what is in its catalogue, and how its server is set up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from preflight.finding import NotChecked
from preflight.kind import Taken
from preflight_database.catalogue.model import Catalogue, Setting, Table
from preflight_database.catalogue.reading import Reading
from preflight_database.parity import definition
from preflight_database.plan import Plan
from preflight_database.session import CannotReadError, opened
from preflight_database.settings.amount import shown

# What is each server's own, so that it says nothing of how it was set up.
_POSTGRESQL = """
    cluster_name config_file data_directory external_pid_file hba_file ident_file in_hot_standby lc_messages
    log_directory log_filename primary_conninfo restart_command server_version server_version_num
    transaction_read_only unix_socket_directories
"""
_MYSQL = """
    basedir character_sets_dir datadir error_count general_log_file gtid_binlog_pos gtid_current_pos gtid_executed
    gtid_purged gtid_slave_pos hostname identity insert_id last_insert_id log_bin_basename log_bin_index log_error
    pid_file plugin_dir port pseudo_thread_id rand_seed1 rand_seed2 server_id server_uid server_uuid
    slow_query_log_file socket system_user timestamp tmpdir warning_count wsrep_node_name
"""
_OWN = frozenset(_POSTGRESQL.split() + _MYSQL.split())


def take(plan: Plan, deadline: float | None, stopped: Callable[[], bool]) -> Taken | NotChecked:
    """Names of indexes and constraints are no facts: they are the same if their definitions are."""
    try:
        with opened(plan, stopped, deadline) as session:
            reading = Reading(session)
            return [*_of_catalogue(reading.catalogue), *_of_settings(reading.settings)]
    except CannotReadError as error:
        return error.reason


def _of_catalogue(catalogue: Catalogue) -> Iterator[tuple[tuple[str, ...], str]]:
    usual = catalogue.search_path[0] if catalogue.search_path else ""
    for table in catalogue.tables:
        name = table.name if table.schema == usual else f"{table.schema}.{table.name}"
        yield from ((("table", name, *path), text) for path, text in _of_table(table, catalogue))
    for sequence in catalogue.sequences if catalogue.server.engine != "sqlite" else ():
        yield ("sequence", sequence.name), definition.sequence(sequence)


def _of_table(table: Table, catalogue: Catalogue) -> Iterator[tuple[tuple[str, ...], str]]:
    engine = catalogue.server.engine
    for column in table.columns:
        yield ("column", column.name), definition.column(column, engine)
    for index in table.indexes:
        yield ("index", definition.index_words(index, engine)), "there" if definition.works(index) else "not working"
    for constraint in table.constraints:
        if constraint.kind == "check":
            yield ("constraint", definition.constraint(constraint)), "there"
    for key in table.foreign_keys:
        yield ("foreign key", definition.foreign_key(key, table.schema, engine)), "there"
    for trigger in table.triggers:
        yield ("trigger", trigger.name), "enabled" if trigger.enabled else "disabled"


def _of_settings(settings: dict[str, Setting]) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, setting in sorted(settings.items()):
        if name not in _OWN:
            yield ("setting", name), shown(setting)
