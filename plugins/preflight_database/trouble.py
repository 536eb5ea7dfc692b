"""Why a database cannot be read, in one line, and what would make it readable."""

from __future__ import annotations

import re

from preflight.finding import NotChecked
from preflight.secret import MASK
from preflight_database.plan import Plan

_EXTRAS = {"postgresql": "postgres", "mysql": "mysql", "sqlite": "sqlite"}
# What drivers say, and what to do. {user}, {place}, {host} and {client} are filled in.
_CURES = (
    (r"password authentication failed|no password supplied|Access denied for user .*using password|1045",
     "see to `password:` (or the one in `url`), and whether {user} may log in from {client}"),
    (r"database .* does not exist|Unknown database|Access denied for user .* to database",
     "see to the name of the database at the end of `url`, and to what {user} may connect to"),
    (r"role .* does not exist", "see to the user in `url`"),
    (r"no pg_hba.conf entry", "ask for a line in pg_hba.conf that lets {user} in from {client}"),
    # PyMySQL has it within a "Can't connect".
    (r"SSL|TLS|certificate", "see to the TLS options in `url` (sslmode, sslrootcert; ssl_ca)"),
    (r"could not translate|not known|resolve|getaddrinfo",
     "see to the name of the host in `url`: {client} cannot resolve it (`getent hosts {host}`)"),
    (r"refused|timed? ?out|timeout expired|No route|unreachable|Can't connect",
     "see whether the server of {place} runs and listens there, and what is in the way (a `ports:` flow tells)"),
    (r"statement timeout|max_statement_time|maximum statement execution time|interrupted",
     "see what keeps the server busy, and run again"),
    (r"lock timeout|Lock wait timeout|database is locked", "see who holds the lock, and run again"),
    (r"permission denied|command denied|Access denied", "grant {user} what is missing: {grant}"),
    (r"unable to open database file", "see whether the file is there and may be read; a relative path starts at the "
     "folder of the inventory's file"),
    (r"not a database|malformed", "see whether the file is an SQLite database, whole and not encrypted"),
    (r"starting up|shutting down|recovery", "wait until the server is up"),
    (r"too many|remaining connection slots", "free a connection, or raise max_connections"),
)  # fmt: skip
_GRANTS = {
    "postgresql": "GRANT SELECT ON the catalogue named (pg_catalog), or GRANT pg_read_all_settings TO {user}",
    "mysql": "GRANT SELECT, SHOW VIEW, TRIGGER ON {database}.* TO {user}",
    "sqlite": "read access to the file",
}


def explained(plan: Plan, error: Exception) -> NotChecked:
    """An error of SQLAlchemy's or of a driver's; the password is not in it, even where the server repeats it."""
    what = _without_password(plan, _one_line(getattr(error, "orig", None) or error))
    # The address and port are those of our end of the tunnel.
    what = re.sub(r"^connection to server at .*?, port \d+ failed: ", "", what) if plan.via else what
    where = plan.location
    user, database = where.user or "this user", where.database
    grant = _GRANTS[where.dialect].format(user=user, database=database)
    cures = (cure for pattern, cure in _CURES if re.search(pattern, what, re.I))
    known = {"user": user, "place": where, "host": where.host, "client": plan.client, "grant": grant}
    step = next(cures, "see to `url`").format(**known)
    return NotChecked(f"{where}: {what}", plan.trouble(what), step)


def no_driver(plan: Plan, error: ImportError) -> NotChecked:
    extra = _EXTRAS[plan.location.dialect]
    what = f"{(error.name or 'its driver').partition('.')[0]} is not installed"
    return NotChecked(what, plan.trouble(what), f"pip install 'pytest-preflight[{extra}]'")


def _one_line(error: BaseException) -> str:
    """What the server says: PostgreSQL after FATAL:, MySQL as the second of two arguments."""
    if len(error.args) == 2 and isinstance(error.args[0], int):
        return f"{_squeezed(str(error.args[1]))} ({error.args[0]})"
    text = str(error)
    fatal = re.findall(r"(?:FATAL|ERROR):\s*(.+)", text)
    lines = [line for line in text.splitlines() if line.strip()]
    said = fatal[-1] if fatal else lines[0] if lines else type(error).__name__
    return _squeezed(said.removeprefix("connection failed: ").removeprefix("connection is bad: "))


def _squeezed(text: str) -> str:
    return " ".join(text.split())[:300]


def _without_password(plan: Plan, text: str) -> str:
    password = plan.location.password.reveal()
    return text.replace(password, MASK) if password else text
