"""The settings that a load's pace depends on: where they differ, one server says nothing of another."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from preflight_database.catalogue.model import Engine, Server, Setting, Table
from preflight_database.load.observation import Cache, Difference, Sorting
from preflight_database.settings.amount import in_bytes, shown

_MYSQL = """
    binlog_format binlog_row_image innodb_adaptive_hash_index innodb_buffer_pool_size innodb_change_buffering
    innodb_doublewrite innodb_file_per_table innodb_flush_log_at_trx_commit innodb_flush_method innodb_flush_neighbors
    innodb_io_capacity innodb_io_capacity_max innodb_log_buffer_size innodb_log_file_size innodb_page_size
    innodb_redo_log_capacity innodb_sort_buffer_size log_bin sync_binlog
"""
_POSTGRESQL = """
    archive_mode autovacuum block_size checkpoint_completion_target checkpoint_timeout commit_delay data_checksums
    effective_cache_size fsync full_page_writes maintenance_work_mem max_parallel_maintenance_workers max_wal_size
    shared_buffers synchronous_commit synchronous_standby_names wal_buffers wal_compression wal_level wal_log_hints
    wal_sync_method
"""
_COUNT: dict[Engine, frozenset[str]] = {
    "postgresql": frozenset(_POSTGRESQL.split()),
    "mysql": frozenset(_MYSQL.split()),
    "mariadb": frozenset(_MYSQL.split()),
    "sqlite": frozenset({"auto_vacuum", "journal_mode", "page_size"}),
}
# 2 MB, unless a program says otherwise: https://www.sqlite.org/pragma.html#pragma_cache_size
_SQLITE_CACHE = -2000


def that_count(server: Server, settings: Mapping[str, Setting]) -> dict[str, str]:
    """Of all settings, by name, those that a load depends on; and the version."""
    counting = _COUNT[server.engine]
    # 15.3 and 15.18 load alike.
    version = server.version.partition(".")[0] if server.engine == "postgresql" else server.version
    written = {name: setting for name, setting in sorted(settings.items()) if name in counting}
    # SQLite's are set again as they are read.
    as_is = server.engine == "sqlite"
    return {"version": version} | {name: one.value if as_is else shown(one) for name, one in written.items()}


def differences(here: Mapping[str, str], there: Mapping[str, str]) -> tuple[Difference, ...]:
    """What is not the same; empty where one of them has no such setting."""
    names = sorted(here.keys() | there.keys())
    return tuple(
        Difference(name, here.get(name, ""), there.get(name, ""))
        for name in names if here.get(name, "") != there.get(name, "")
    )  # fmt: skip


def caches(server: Server, settings: Mapping[str, Setting], pragmas: Mapping[str, str | int]) -> tuple[Cache, ...]:
    """What pages are kept in, the smallest first: the engine's own memory, then the operating system's."""
    if server.engine == "sqlite":
        pages = int(pragmas.get("cache_size", _SQLITE_CACHE))
        own = pages * int(settings["page_size"].value) if pages > 0 else -1024 * pages
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        return Cache("cache_size", own), Cache("the memory of this machine", memory)
    # PostgreSQL leaves much to the operating system; what that has for it, only its administrator can say.
    names = ["shared_buffers", "effective_cache_size"] if server.engine == "postgresql" else ["innodb_buffer_pool_size"]
    return tuple(Cache(name, in_bytes(settings[name])) for name in names if name in settings)


def sorting(server: Server, settings: Mapping[str, Setting], caches: Sequence[Cache]) -> Sorting | None:
    """How what an index is built of is sorted; None for PostgreSQL, where a rehearsal has as many runs as the load."""
    if server.engine == "postgresql":
        return None
    if server.engine == "sqlite":  # https://www.sqlite.org/src/file/src/vdbesort.c: SORTER_MAX_MERGE_COUNT
        return Sorting(caches[0].bytes, 16)
    buffer = settings.get("innodb_sort_buffer_size")
    return Sorting(in_bytes(buffer) if buffer else 1024**2, 2)


def page(server: Server, settings: Mapping[str, Setting]) -> int:
    """Bytes."""
    name = {"postgresql": "block_size", "sqlite": "page_size"}.get(server.engine, "innodb_page_size")
    return int(settings[name].value) if name in settings else 8192


def workers(settings: Mapping[str, Setting]) -> int:
    """That build an index of a large table, besides the one which was asked."""
    found = settings.get("max_parallel_maintenance_workers")
    return int(found.value) if found else 0


def shape(table: Table) -> dict[str, str]:
    """What a load meets in a table, by what it is called: `index orders_email`. Estimates are no part of it."""
    found = {f"column {column.name}": repr(column) for column in table.columns}
    found |= {f"index {index.name}": repr(replace(index, bytes=None)) for index in table.indexes}
    found |= {f"constraint {constraint.name}": repr(constraint) for constraint in table.constraints}
    found |= {f"foreign key {key.name}": repr(key) for key in table.foreign_keys}
    return found | {f"trigger {trigger.name}": repr(trigger) for trigger in table.triggers}
