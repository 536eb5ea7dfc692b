"""A workbench in scratch: claimed, and cleared away whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from preflight.finding import NotChecked
from preflight_database.load.mysql import MySQLWorkbench
from preflight_database.load.postgres import PostgresWorkbench
from preflight_database.load.spec import LoadSpec
from preflight_database.load.sqlite import SQLiteWorkbench
from preflight_database.load.workbench import GivenUpError, Workbench
from preflight_database.plan import Plan
from preflight_database.session import CONNECT, reached

_BENCHES: dict[str, type[Workbench]] = {
    "postgresql": PostgresWorkbench, "mysql": MySQLWorkbench, "sqlite": SQLiteWorkbench,
}  # fmt: skip


@contextmanager
def workbench(
    scratch: Plan,
    spec: LoadSpec,
    settings: Mapping[str, str],
    over: Callable[[], NotChecked | None],
    tell: Callable[[float, str], None],
) -> Iterator[Workbench]:
    """What goes wrong in it becomes a reason. Raises CannotReadError, GivenUpError.

    Args:
        settings: the real server's that count (likeness.py).
        over: why the rehearsal should end now, if it should.
        tell: hears what it waits for.
    """
    from sqlalchemy import exc

    # It is not given up on when time is up: what was made has to be dropped over it.
    with reached(scratch, CONNECT, lambda: False, writable=True) as line:
        bench = _BENCHES[scratch.location.dialect](scratch, line.connection, over)
        try:
            bench.claim(lambda: tell(0, f"waiting for another rehearsal in {scratch.location}"))
            try:
                bench.prepare(settings, spec.rehearse.pragmas)
                with bench.interruptible():
                    yield bench
            finally:
                bench.clear()
        except exc.DBAPIError as error:
            raise GivenUpError(over() or _broken(scratch, line.why(error))) from None
        except OSError as error:
            what = f"{scratch.location}: {error.strerror}"
            raise GivenUpError(_broken(scratch, NotChecked(what, scratch.trouble(what)))) from None


def _broken(plan: Plan, reason: NotChecked) -> NotChecked:
    """What scratch lacks, or will not let us do."""
    where, step = plan.location, reason.next_step
    user, said = where.user or "this user", reason.reason.lower()
    if "denied" in said or "readonly" in said or (where.dialect == "sqlite" and "no such file" in said):
        grant = {
            "postgresql": f'GRANT CREATE ON DATABASE "{where.database}" TO "{user}"',
            "mysql": f"GRANT ALL ON `{where.database}`.* TO '{user}'",
        }.get(where.dialect, f"a file that may be written, {where.database}, in a folder that may be")
        step = f"let {user} make and drop tables in {where}: {grant}"
    elif "does not exist" in said or "no such" in said or "unknown collation" in said:
        step = "make in scratch what the table is made of (types, functions, collations, extensions)"
        step += ": pg_dump --schema-only of the real database has them" if where.dialect == "postgresql" else ""
    return replace(reason, reason=f"rehearsing in {reason.reason}", next_step=step)
