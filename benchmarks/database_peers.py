"""What others ask of a large database, for the benchmark: a peer is a name and a function that does its work once."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy

INDEX_HEALTH = "io.github.mfvanek:pg-index-health-core:0.31.0"
# The library's own defaults.
_VALUES = {
    "schema_name_param": "'public'",
    "bloat_percentage_threshold": "10",
    "remaining_percentage_threshold": "10",
}
# Of its 39 queries, those that have to do with indexes, keys, foreign keys, sequences and constraints, as ours do.
ON_OUR_GROUND = frozenset({
    "bloated_indexes", "bloated_tables", "btree_indexes_on_array_columns", "duplicated_foreign_keys",
    "duplicated_indexes", "foreign_keys_with_unmatched_column_type", "foreign_keys_without_index",
    "indexes_with_boolean", "indexes_with_null_values", "indexes_with_unnecessary_where_clause",
    "intersected_foreign_keys", "intersected_indexes", "invalid_indexes", "not_valid_constraints",
    "sequence_overflow", "tables_with_missing_indexes", "tables_without_primary_key", "unused_indexes",
})  # fmt: skip
PATIENCE = 60  # seconds


def index_health(given: Path | None, folder: Path) -> dict[str, str]:
    """The queries of pg-index-health by name, from its jar; of a jar that is not given, from Maven's repository.

    Empty where there is no mvn either.
    """
    jar = given
    if jar is None:
        mvn = shutil.which("mvn")
        if mvn is None:
            return {}
        target = f"-DoutputDirectory={folder}"
        words = [mvn, "-q", "-B", "dependency:copy", f"-Dartifact={INDEX_HEALTH}", target]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        (jar,) = folder.glob("pg-index-health-core-*.jar")
    with zipfile.ZipFile(jar) as archive:
        names = [name for name in archive.namelist() if re.fullmatch(r"sql/\w+\.sql", name)]
        return {Path(name).stem: _filled_in(archive.read(name).decode()) for name in sorted(names)}


def _filled_in(query: str) -> str:
    return re.sub(r"(?<!:):([a-z]\w+)", lambda found: _VALUES.get(found[1], found[0]), query)


def inspector(url: str) -> Callable[[], None]:
    """SQLAlchemy's Inspector: columns, indexes and foreign keys of all tables. It reads no more."""

    def read() -> None:
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
        with engine.connect() as connection:
            look = sqlalchemy.inspect(connection)
            for reflect in (look.get_multi_columns, look.get_multi_indexes, look.get_multi_foreign_keys):
                reflect()

    return read


def _bounded(url: str, query: str) -> None:
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection, suppress(sqlalchemy.exc.OperationalError):
        connection.exec_driver_sql(f"set session max_statement_time = {PATIENCE}")
        connection.exec_driver_sql(query).fetchall()


def mysql_peers(url: str, superuser_url: str, folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The `sys` schema's view of redundant indexes, and pt-duplicate-key-checker where it is installed."""

    view = "select * from sys.schema_redundant_indexes"
    yield f"sys.schema_redundant_indexes, {PATIENCE} s at most", lambda: _bounded(superuser_url, view)
    checker = shutil.which("pt-duplicate-key-checker")
    if checker is None:
        print("without pt-duplicate-key-checker: apt-get install percona-toolkit")
        return
    where = sqlalchemy.make_url(url)
    login = folder / "login.cnf"
    login.touch(0o600)
    login.write_text(f"[client]\nuser={where.username}\npassword={where.password}\n")
    words = [checker, "-F", str(login), f"--host={where.host}", f"--port={where.port}", f"--databases={where.database}"]
    yield "pt-duplicate-key-checker", lambda: subprocess.run(words, check=True, capture_output=True)
