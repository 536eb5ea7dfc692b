"""What the collector asks of a host beside files: packages, services, sysctl and the environment of units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from preflight_drift.model import Fact
from preflight_drift.parsers.repeats import listed
from preflight_drift.parsers.unparsed import UnparsedError

_ANY = ("", "all", "noarch", "(none)")
_INSTALLED = ("", "ii", "installed", "install ok installed")


def _rows(text: str, columns: int) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            row = line.split("\t")
            if len(row) != columns:
                raise UnparsedError(number, f"{len(row)} columns, not {columns}")
            yield number, row


def packages(text: str) -> Iterator[Fact]:
    """Lines `name TAB version TAB architecture TAB status`, as dpkg-query and rpm can say them.

    A package of another architecture than most is `name:architecture`; one that is not plainly installed (held,
    half-configured, removed with its configuration left) has its status beside its version.
    """
    return listed(_packages(text))


def _packages(text: str) -> Iterator[Fact]:
    rows = list(_rows(text, 4))
    common = Counter(row[2] for _, row in rows if row[2] not in _ANY).most_common(1)
    native = common[0][0] if common else ""
    if native:
        yield Fact(("(architecture)",), native)
    for number, (name, version, architecture, status) in rows:
        foreign = architecture not in _ANY and architecture != native
        label = f"{name}:{architecture}" if foreign else name
        yield Fact((label,), version, number)
        if status.strip() not in _INSTALLED:
            yield Fact((label, "status"), status.strip(), number)


def services(text: str) -> Iterator[Fact]:
    """Lines `unit TAB whether enabled TAB whether active`."""
    return listed(_services(text))


def _services(text: str) -> Iterator[Fact]:
    for number, (unit, enabled, active) in _rows(text, 3):
        yield Fact((unit, "enabled"), enabled, number)
        yield Fact((unit, "active"), active, number)


def sysctl(text: str) -> Iterator[Fact]:
    """Lines `key = value` of sysctl(8). Several values of one key have tabs between them, or blanks: all the same."""
    return listed(_sysctl(text))


def _sysctl(text: str) -> Iterator[Fact]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            key, equals, value = line.partition("=")
            if not equals or not key.strip():
                raise UnparsedError(number, 'no "key = value"')
            yield Fact((key.strip(),), " ".join(value.split()), number)


def environment(text: str) -> Iterator[Fact]:
    """`NAME=value`, each ended by NUL as in /proc/PID/environ."""
    return listed(_environment(text))


def _environment(text: str) -> Iterator[Fact]:
    for number, entry in enumerate(text.split("\0"), 1):
        if entry:
            name, equals, value = entry.partition("=")
            if not equals:
                raise UnparsedError(0, f"entry {number} has no =")
            yield Fact((name,), value)
