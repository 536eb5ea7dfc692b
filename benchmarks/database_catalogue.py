"""A database of 10,000 tables and 50,000 indexes: what it takes to read its catalogue, and to check it, beside others.

    python benchmarks/database_catalogue.py [--tables N] [--rounds N] [--engines postgresql,mariadb,sqlite]
                                            [--pg-index-health JAR]

For each engine: reading the catalogue, with the number of queries and where the time goes; SQLAlchemy's Inspector,
which reads less; and 1,000 checks of indexes, a few of settings, and all of health, from connecting to judging (at most
3 s), and as a whole `pytest --inventory`. On PostgreSQL, beside the queries of pg-index-health, one by one over one
connection (its jar is fetched by mvn unless it is given). On MariaDB, beside its `sys` schema's view of redundant
indexes, and Percona's pt-duplicate-key-checker.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy
from database_peers import ON_OUR_GROUND, index_health, inspector, mysql_peers
from database_schema import make, table_name
from measure import Command, in_turns, least, met, middle, print_table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "plugins"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from preflight_database.catalogue.reading import Reading
from preflight_database.plan import Plan
from preflight_database.plugin import pytest_preflight_domain
from preflight_database.session import CannotReadError, Session, opened
from preflight_database.spec import DatabaseSpec
from preflight_database.url import parse

from preflight.finding import NotChecked
from preflight.kind import Batch
from preflight.observe import Handover
from preflight.testing import parse as parse_inventory
from tests.lab import databases, mariadb, postgres

ROOT = Path(__file__).resolve().parent.parent
CHECKS = 1000
GOAL = 3.0  # seconds
REAPED = 0.5  # seconds, until a server has noticed that a process of its own has ended
INSPECTOR = "SQLAlchemy's Inspector"
# The servers' own defaults; the lab's are for small tests.
SETTINGS: dict[str, dict[str, str]] = {
    "postgresql": {"shared_buffers": "128MB"},
    "mariadb": {"innodb_buffer_pool_size": "128M", "performance_schema": "ON"},
}
EXPECTED = {
    "postgresql": "wal_level: replica, max_connections: '>= 10'",
    "mariadb": "max_connections: '>= 10', innodb_buffer_pool_size: '>= 64M'",
    "sqlite": "user_version: 0",
}


@dataclass(slots=True)
class Watched:
    """A session that knows how long its answers took: until they were here, and of that in this process."""

    session: Session
    waited: float = 0.0
    processor: float = 0.0
    queries: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)

    def rows(self, statement: str, *parameters: object) -> Sequence[Any]:
        start, used = time.perf_counter(), time.process_time()
        try:
            return self.session.rows(statement, *parameters)
        finally:
            self.waited += time.perf_counter() - start
            self.processor += time.process_time() - used
            self.queries += 1


@dataclass(slots=True)
class Read:
    """Readings of the catalogue, in seconds each: until it was there, of that waiting, receiving and making objects.

    `server` is processor time of the process `pid` and of all that it started, to a hundredth.
    """

    pid: int
    queries: int = 0
    tables: int = 0
    indexes: int = 0
    wall: list[float] = field(default_factory=list)
    waiting: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    receiving: list[float] = field(default_factory=list)
    making: list[float] = field(default_factory=list)

    def again(self, url: str) -> None:
        time.sleep(REAPED)
        before = processor_of(self.pid)
        with opened(Plan("bench", parse(url)), lambda: False, None) as session:
            watched = Watched(session)
            start, used = time.perf_counter(), time.process_time()
            catalogue = Reading(watched).catalogue  # type: ignore[arg-type]  # it has what a reader asks of a session
            self.wall.append(time.perf_counter() - start)
            processor = time.process_time() - used
        self.queries, self.tables = watched.queries, len(catalogue.tables)
        self.indexes = sum(len(table.indexes) for table in catalogue.tables)
        self.waiting.append(watched.waited - watched.processor)
        self.receiving.append(watched.processor)
        self.making.append(processor - watched.processor)
        time.sleep(REAPED)
        self.server.append(processor_of(self.pid) - before)


def processor_of(pid: int) -> float:
    """proc(5): user and system time of a process and of the children it has waited for; 0 for none."""
    if not pid:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engines", default="postgresql,mariadb,sqlite")
    parser.add_argument("--pg-index-health", type=Path, metavar="JAR", help="else mvn fetches it, if there is one")
    options = parser.parse_args()
    for engine in options.engines.split(","):
        with TemporaryDirectory(prefix="preflight-benchmark-") as name, ExitStack() as stack:
            folder = Path(name)
            folder.chmod(0o755)  # the servers run as nobody
            url, superuser, pid = database(engine, folder, stack, options.tables)
            peers = [(INSPECTOR, inspector(url))]
            if engine == "mariadb":
                peers += mysql_peers(url, superuser, folder)
            if engine == "postgresql":
                peers += health_queries(url, index_health(options.pg_index_health, folder))
            taken = compare_reading(url, pid, peers, options.rounds)
            compare_checks(engine, url, folder, options.tables, options.rounds, taken)


def health_queries(url: str, queries: dict[str, str]) -> Iterator[tuple[str, Callable[[], Any]]]:
    if queries:
        ours = {name: text for name, text in queries.items() if name in ON_OUR_GROUND}
        yield f"pg-index-health, {len(ours)} on the same", lambda: ask(url, ours)
        yield f"pg-index-health, all {len(queries)}", lambda: ask(url, queries)
    else:
        print("without pg-index-health: there is no mvn to fetch it with")


def database(engine: str, folder: Path, stack: ExitStack, tables: int) -> tuple[str, str, int]:
    """A server with the schema: its URL, its superuser's, and its process, if it is one."""
    start, pid = time.perf_counter(), 0
    if engine == "sqlite":
        url = superuser = f"sqlite:///{folder / 'bench.db'}"
        make(url, tables)
    else:
        lab = postgres if engine == "postgresql" else mariadb
        (folder / "server").mkdir()
        server = stack.enter_context(lab.running(folder / "server", SETTINGS[engine]))
        url = stack.enter_context(databases.fresh_database(server))
        pid = server.pid
        superuser = server.url(sqlalchemy.make_url(url).database or "", server.superuser)
        make(url, tables)
        if engine == "postgresql":
            databases.execute(superuser, "analyze")  # as autovacuum would, which the lab does without
    print(f"\n{engine}: {tables:,} tables made in {time.perf_counter() - start:.0f} s\n")
    return url, superuser, pid


def ask(url: str, queries: dict[str, str]) -> None:
    """One by one, over one connection like ours."""
    with opened(Plan("bench", parse(url)), lambda: False, None) as session:
        for name, text in queries.items():
            try:
                session.rows(text)
            except CannotReadError as error:
                sys.exit(f"pg-index-health's {name}: {error}")


def compare_reading(
    url: str, pid: int, peers: Sequence[tuple[str, Callable[[], Any]]], rounds: int
) -> dict[str, float]:
    """The medians of the peers."""
    read = Read(pid)
    times: dict[str, list[float]] = {name: [] for name, _ in peers}
    for _ in range(rounds):
        read.again(url)
        for name, work in peers:
            # Some take a minute, and once will do.
            if not times[name] or times[name][0] < 10 * GOAL:
                start = time.perf_counter()
                work()
                times[name].append(time.perf_counter() - start)
    print(f"reading {read.tables:,} tables with {read.indexes:,} indexes: {read.queries} queries\n")
    ours, best = median(read.wall), min(read.wall)
    rows = [("preflight's catalogue", f"{ours:.2f}", f"{best:.2f}", "", "")]
    for name, taken in times.items():
        ratio = f"{ours / median(taken):.3g}x"
        rows.append((name, f"{median(taken):.2f}", f"{min(taken):.2f}", ratio, f"{best / min(taken):.3g}x"))
    print_table(("", "median s", "best s", "preflight", "best"), rows)
    print(f"\nof preflight's {ours:.2f} s:\n")
    shares = [("waiting for the server", read.waiting), ("receiving rows", read.receiving)]
    shares += [("making objects", read.making)]
    shares += [("processor time of the server", read.server)] if pid else []
    print_table(("", "median s", "best s"), [(name, f"{median(of):.2f}", f"{min(of):.2f}") for name, of in shares])

    return {name: median(of) for name, of in times.items()}


def compare_checks(engine: str, url: str, folder: Path, tables: int, rounds: int, peers: dict[str, float]) -> None:
    # The Inspector judges nothing.
    judging = {name: taken for name, taken in peers.items() if name != INSPECTOR} or peers
    os.environ["BENCH_PASSWORD"] = sqlalchemy.make_url(url).password or ""
    rows = []
    for health in (False, True) if "health" in DatabaseSpec.model_fields else (False,):
        name = f"{CHECKS:,} indexes, settings{', all of health' if health else ''}"
        text = inventory(engine, url, tables, health=health)
        alone = [probed_and_judged(text) for _ in range(rounds)]
        ratios = [f"{median(alone) / taken:.3g}x" for taken in judging.values()]
        whole = in_turns([run(text, name, folder)], rounds)[0]
        figures = (f"{median(alone):.2f}", f"{min(alone):.2f}", *ratios, f"<= {GOAL:g} s", met(median(alone), GOAL))
        rows.append((name, *figures, f"{middle(whole).wall:.2f}", f"{least(whole).wall:.2f}"))
    print("\nprobed and judged, connecting included; and the whole run of pytest\n")
    print_table(("", "median s", "best s", *(f"of {name}" for name in judging), "goal", "", "run s", "best s"), rows)


def probed_and_judged(text: str) -> float:
    """Seconds for all checks of an inventory, which are one batch."""
    checks = parse_inventory(pytest_preflight_domain(), text)
    by_key = {check.key: check for check in checks}
    seen: list[Any] = []
    start = time.perf_counter()
    pairs = tuple((check.key, check.spec) for check in checks)
    checks[0].kind.probe(Batch(checks[0].kind, pairs, checks[0].shared), Handover(by_key, seen.append))
    for key, observation in seen:
        if not isinstance(observation, NotChecked):
            by_key[key].kind.judge(by_key[key].spec, observation)
    taken = time.perf_counter() - start
    assert len(seen) == len(checks)
    return taken


def inventory(engine: str, url: str, tables: int, *, health: bool) -> str:
    where = sqlalchemy.make_url(url)
    login = f"{where.username}@{where.host}:{where.port}" if where.host else ""
    lines = ["databases:", "  bench:", f"    url: {where.get_backend_name()}://{login}/{where.database}"]
    lines += ["    password: ${env:BENCH_PASSWORD}"] if where.password else []
    lines += [f"    settings: {{{EXPECTED[engine]}}}", *(["    health: all"] if health else []), "    indexes:"]
    return "\n".join([*lines, *(f"      - {entry}" for entry in entries(tables))]) + "\n"


def run(text: str, name: str, folder: Path) -> Command:
    """`pytest --inventory` as a user would start it. With health it need not end in GO."""
    (folder / "bench.yaml").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\n")
    plugins = ("-p", "preflight.plugin", "-p", "preflight_database.plugin")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugins, "--inventory", "bench.yaml"]
    environment = {
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "plugins"))),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "",
    }
    return Command(name, words, folder, environment, ends=(0, 1, 11) if "health" in text else (0,))


def entries(tables: int) -> Iterator[str]:
    """1,000 tables, evenly spread: every other one has to have an index, or may have no others than it has."""
    for number in range(0, tables, max(1, tables // CHECKS)):
        table = table_name(number)
        if number % 2:
            yield f"{{table: {table}, only: [{', '.join(f'{table}_{each}' for each in ALL)}]}}"
        else:
            yield f"{{table: {table}, columns: [status, created_at desc]}}"


ALL = ("other", "email", "status", "created")

if __name__ == "__main__":
    main()
