"""The little POSIX shell program that finds an interpreter on a host and hands it a program.

What the host's login shell sees is one short command that bash, dash, csh, fish and busybox read alike. It
makes a `sh` read the bootstrap from stdin, byte by byte and no further, so that what follows is left for the
program. The first rung's program and request are sent along at once: one round trip where it fits. Where a
lower rung is chosen, they are skipped, and the host's first line asks for those of that rung.

On the wire, to the host: [enter-sudo] bootstrap source request. From it, each line led by the token:
`rung N`, `none` or `no sudo`, then the program's own lines. Anything else it prints is noise.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

OLDEST_PYTHON = (3, 6)
ADDED_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
# `head -c` may read further than it is told (busybox), a shell that reads a script from stdin as well (dash).
_EVALUATE = 'eval "$(dd bs=1 count=%d 2>/dev/null)"'

# Python's side: the source is read without a buffer, so that the request is still there for the program. One line,
# without single quotes.
_LOADER = (
    "import os, sys; n = int(sys.argv.pop(1)); b = bytearray(); "
    "[b.extend(os.read(0, n - len(b)) or sys.exit(1)) for _ in iter(lambda: len(b) < n, False)]; "
    'exec(compile(bytes(b), "<preflight>", "exec"), {"__name__": "__main__"})'
)
_PYTHON = "python3 -I -S -B -c"

# Root needs no sudo, and may not have it.
_ENTER_SUDO = """\
LC_ALL=C; export LC_ALL
test "$(id -u)" = 0 && exec sh -c {evaluate}
command -v sudo >/dev/null 2>&1 || {{ echo; echo "{token} no sudo"; exit 0; }}
exec sudo -n -- sh -c {evaluate}
"""

# Noise of the login shell may stand before the first line without a line end: hence the empty `echo`.
_BOOTSTRAP = """\
LC_ALL=C; PATH="${{PATH:+$PATH:}}{path}"; export LC_ALL PATH; unset ENV BASH_ENV
have() {{ for it; do command -v "$it" >/dev/null 2>&1 || return 1; done; }}
python3_works() {{ {python} 'import sys; sys.exit(sys.version_info < {oldest})' </dev/null >/dev/null 2>&1; }}
if false; then :
{choose}
else echo; echo "{token} none"; exit 0
fi
test $rung = 0 || dd bs=1 count={first} >/dev/null 2>&1
echo; echo "{token} rung $rung"
case $rung in
{run}
esac
"""


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to do the work on a host: a program for an interpreter that may be found there.

    The program is run with two arguments, the token and the length of the request in bytes, and its stdin stands at
    the request. A line it prints counts when it is `TOKEN TEXT`. It ends by itself, or when its stdin ends after
    the request: then the run is over, or was killed. A shell's source is at most 128 KiB (an argument on Linux).

    Attributes:
        interpreter: `python3` (3.6 or later, without site-packages), `bash` or `sh`, looked for in the host's PATH.
        source: the program.
        request: what it reads from stdin.
        requires: further commands that must exist there, such as `nc`.
    """

    interpreter: str
    source: str
    request: bytes
    requires: tuple[str, ...] = ()

    @property
    def payload(self) -> bytes:
        return self.source.encode() + self.request


def opening(rungs: Sequence[Rung], token: str, sudo: bool) -> tuple[str, bytes]:
    """The command for the login shell, without any character that a shell reads in its own way; the first of stdin."""
    script = _bootstrap(rungs, token).encode()
    sent = script + rungs[0].payload
    if sudo:
        enter = _ENTER_SUDO.format(evaluate=shlex.quote(_EVALUATE % len(script)), token=token).encode()
        script, sent = enter, enter + sent
    return f"exec sh -c '{_EVALUATE % len(script)}'", sent


def _bootstrap(rungs: Sequence[Rung], token: str) -> str:
    return _BOOTSTRAP.format(
        path=ADDED_PATH,
        python=_PYTHON,
        oldest=OLDEST_PYTHON,
        token=token,
        choose="\n".join(f"elif {_fits(rung)}; then rung={number}" for number, rung in enumerate(rungs)),
        first=len(rungs[0].payload),
        run="\n".join(f"{number}) {_run(rung, token)} ;;" for number, rung in enumerate(rungs)),
    )


def _fits(rung: Rung) -> str:
    # A python3 may be a stub that only says how to install one, or too old.
    works = " && python3_works" if rung.interpreter == "python3" else ""
    return f"have {shlex.join((rung.interpreter, *rung.requires))}{works}"


def _run(rung: Rung, token: str) -> str:
    size, given = len(rung.source.encode()), f"{token} {len(rung.request)}"
    if rung.interpreter == "python3":
        return f"exec {_PYTHON} '{_LOADER}' {size} {given}"
    # Debian's bash reads ~/.bashrc when sshd runs it, whatever it is asked to do.
    shell = f"{rung.interpreter} --norc" if rung.interpreter == "bash" else rung.interpreter
    return f'source=$(dd bs=1 count={size} 2>/dev/null); exec {shell} -c "$source" {rung.interpreter} {given}'
