"""What runs: the environment of units, the configuration daemons are in force with, and the team's own commands."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from preflight_drift.collect.daemons import DAEMONS
from preflight_drift.collect.frames import Came
from preflight_drift.collect.part import Part, failed, trouble_of
from preflight_drift.collect.request import Wanted
from preflight_drift.model import Piece

# systemd gives each start of a unit its own of these: they are for who names them, and not for `*`.
_OF_ONE_START = frozenset(
    ("INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID", "MAINPID", "MANAGERPID", "WATCHDOG_PID", "LISTEN_PID")
)
_NOT_FOUND, _NOT_RUN, _NO_PROCESS = 127, 126, 3


def environment(wanted: Wanted) -> Part:
    """NAME=value of a unit's main process, NUL after each; and, as `UNIT Environment=`, what systemd is to give it."""

    def pieces(came: Sequence[Came | None], why: str) -> Iterator[Piece]:
        for (unit, globs), one in zip(wanted.env, came, strict=True):
            yield from _environment(unit, globs, one, why)

    return Part(tuple(f"environment {shlex.quote(unit)}" for unit, _ in wanted.env), pieces)


def _environment(unit: str, globs: Sequence[str], came: Came | None, why: str) -> Iterator[Piece]:
    trouble = trouble_of(came, why)
    if came is None or trouble:
        yield Piece("env", unit, trouble=trouble)
    elif came.status == _NOT_FOUND:
        yield Piece("env", unit, missing=True)
    else:
        declared, _, running = bytes(came.data).partition(b"\0")
        if came.status == _NO_PROCESS:
            yield Piece("env", unit, trouble="it does not run: there is no process to ask")
        elif came.status:
            yield Piece("env", unit, status=came.status, trouble=failed(came))
        else:
            yield Piece("env", unit, _kept(running.split(b"\0"), globs))
        try:
            words = shlex.split(declared.decode("utf-8", "surrogateescape"))
        except ValueError:
            yield Piece("env", f"{unit} Environment=", trouble="what systemd says of it cannot be read")
            return
        if words:
            kept = _kept((word.encode("utf-8", "surrogateescape") for word in words), globs)
            yield Piece("env", f"{unit} Environment=", kept)


def _kept(variables: Iterator[bytes] | Sequence[bytes], globs: Sequence[str]) -> bytes:
    kept = []
    for variable in variables:
        name = variable.partition(b"=")[0].decode("utf-8", "surrogateescape")
        if name and any(fnmatchcase(name, glob) and (name not in _OF_ONE_START or "*" not in glob) for glob in globs):
            kept.append(variable + b"\0")
    return b"".join(sorted(kept))


def effective(wanted: Wanted) -> Part:
    """A daemon's own dump; the attribute `stale` names files that were changed since it has read them."""
    calls = []
    for name in wanted.effective:
        daemon = DAEMONS[name]
        ages = shlex.join((daemon.process, " ".join(daemon.units), *daemon.files))
        calls += [f"effective {shlex.join(daemon.ways)}", f"age {ages}"]

    def pieces(came: Sequence[Came | None], why: str) -> Iterator[Piece]:
        for name, dump, age in zip(wanted.effective, came[::2], came[1::2], strict=True):
            yield _effective(name, dump, age, why)

    return Part(tuple(calls), pieces)


def _effective(name: str, came: Came | None, age: Came | None, why: str) -> Piece:
    trouble = trouble_of(came, why)
    if came is None or trouble:
        return Piece("effective", name, trouble=trouble)
    if came.status == _NOT_FOUND and not came.data and not came.said:
        return Piece("effective", name, missing=True)
    if came.status:
        return Piece("effective", name, status=came.status or 0, trouble=failed(came))
    changed = changed_since(age)
    attributes = (("stale", f"changed since it has read them: {', '.join(changed)}"),) if changed else ()
    return Piece("effective", name, bytes(came.data), attributes=attributes)


def changed_since(came: Came | None) -> list[str]:
    """Its files that are newer than its last start or reload; none where either cannot be known.

    A reload leaves the age of a daemon's first process as it was. It gives nginx new processes, and systemd knows of
    a reload that was asked of it; of others nobody does.
    """
    boot, ticks = 0.0, 100.0
    since: list[float] = []
    files: list[tuple[float, str]] = []
    try:
        for line in came.data.decode(errors="replace").splitlines() if came else ():
            kind, _, rest = line.partition(" ")
            if kind == "boot":
                boot = float(rest)
            elif kind == "ticks":
                ticks = float(rest)
            elif kind == "changed":  # microseconds since boot
                since.append(boot + float(rest) / 1e6)
            elif kind == "process":  # proc_pid_stat(5), from the third field on: the 22nd is starttime
                since.append(boot + float(rest.split()[19]) / ticks)
            elif kind == "file":
                at, _, name = rest.partition(" ")
                files.append((float(at), name))
    except (ValueError, IndexError, ZeroDivisionError):
        return []
    # btime is in whole seconds.
    return sorted(name for at, name in files if since and at > max(since) + 1)


def commands(wanted: Wanted) -> Part:
    """What a command prints, or, where it prints nothing, what it writes to stderr (as `java -version` does)."""

    def pieces(came: Sequence[Came | None], why: str) -> Iterator[Piece]:
        for (name, _), one in zip(wanted.commands, came, strict=True):
            yield _said(name, one, why)

    return Part(tuple(f"command_line {shlex.quote(line)}" for _, line in wanted.commands), pieces)


def _said(name: str, came: Came | None, why: str) -> Piece:
    trouble = trouble_of(came, why)
    if came is None or trouble:
        return Piece("commands", name, trouble=trouble)
    if came.status in (_NOT_FOUND, _NOT_RUN):  # a command mistyped is the same everywhere, and nothing is known
        return Piece("commands", name, status=came.status or 0, trouble=failed(came))
    if not came.data and came.said:
        said = "".join(f"{line}\n" for line in came.said)
        return Piece("commands", name, said.encode(), came.status or 0, attributes=(("stream", "stderr"),))
    return Piece("commands", name, bytes(came.data), came.status or 0)
