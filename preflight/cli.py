"""`preflight`: what is not a test run. Checking is `pytest --inventory NAME`."""

from __future__ import annotations

import argparse
import getpass
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pytest

from preflight import __version__
from preflight.kind import Domain

DISTRIBUTION = "pytest-preflight"
COMMANDS = "preflight.commands"
UNUSABLE = 4
RUN = "a run's folder or ledger, `last`, or the name of an inventory: its newest run"


def main(argv: Sequence[str] | None = None) -> int:
    from preflight.ledger.reading import LedgerError

    arguments = _parser().parse_args(argv)
    # A terminal that has not all letters shows the others as `\u05d0`.
    getattr(sys.stdout, "reconfigure", lambda **_: None)(errors="backslashreplace")
    try:
        return int(arguments.run(arguments))
    except (LedgerError, pytest.UsageError) as error:
        print(f"preflight {arguments.command}: {error}", file=sys.stderr)
        return error.code if isinstance(error, LedgerError) else UNUSABLE
    except ModuleNotFoundError as error:
        if not arguments.extra:
            raise
        needs = f"needs {error.name}, which is not installed: pip install 'pytest-preflight[{arguments.extra}]'"
        print(f"preflight {arguments.command}: {needs}", file=sys.stderr)
        return UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="preflight", description=__doc__)
    parser.add_argument("--version", action="version", version=f"preflight {__version__}")
    parser.set_defaults(extra="")
    commands = parser.add_subparsers(dest="command", required=True)
    schema = commands.add_parser("schema", help="print the JSON Schema of an inventory, for editors")
    schema.add_argument("--report", action="store_true", help="that of what --report FILE.json writes")
    schema.set_defaults(run=_schema)
    of_a_run = argparse.ArgumentParser(add_help=False)
    of_a_run.add_argument("given", metavar="RUN", help=RUN)
    of_a_run.add_argument(
        "--runs",
        type=Path,
        metavar="FOLDER",
        help="where runs are kept (the ini option preflight_runs, or .preflight/runs, here or above)",
    )
    what = "five lines on a run, to paste into a chat or mail"
    commands.add_parser("status", parents=[of_a_run], help=what).set_defaults(run=_status)
    verify = commands.add_parser("verify", parents=[of_a_run], help="is a run's ledger whole, and as it was written?")
    verify.add_argument("--head", default="", metavar="SEAL", help="the last seal, as it was noted down elsewhere")
    verify.add_argument("--signed-by", action="append", default=[], type=Path, metavar="PUBLIC_KEY",
                        help="has this key signed it? (repeatable; extra `signing`)")  # fmt: skip
    verify.add_argument("--threshold", type=int, metavar="N", help="how many of those keys are enough (all)")
    verify.set_defaults(run=_verify, extra="signing")
    sign = commands.add_parser("sign", parents=[of_a_run], help="stand for a run's ledger, with a key of yours")
    sign.add_argument("--key", required=True, type=Path, metavar="FILE", help="a private key in PEM: ed25519 or ECDSA")
    sign.set_defaults(run=_sign, extra="signing")
    what = "follow a run until its verdict"
    commands.add_parser("board", parents=[of_a_run], help=what).set_defaults(run=_board, extra="board")
    _add_those_of_plugins(commands)
    return parser


def _add_those_of_plugins(commands: Any) -> None:
    """Each entry point of the group is a function that adds its command, with `run` as above."""
    for entry in sorted(entry_points(group=COMMANDS), key=lambda entry: entry.name):
        try:
            entry.load()(commands.add_parser)
        except Exception as error:  # what one plugin cannot do, the other commands still can
            message = f"preflight: the command {entry.name} cannot be loaded: {type(error).__name__}: {error}"
            print(message, file=sys.stderr)


def _schema(arguments: argparse.Namespace) -> int:
    from preflight.report import document
    from preflight.schema import schema_text

    sys.stdout.write(document.schema_text() if arguments.report else schema_text(installed_domains()))
    return 0


def _found(arguments: argparse.Namespace) -> Path:
    from preflight.ledger.naming import kept_here, named

    return named(arguments.given, arguments.runs or kept_here(Path.cwd()))


def _status(arguments: argparse.Namespace) -> int:
    from preflight.ledger.reading import read
    from preflight.ledger.verify import verified
    from preflight.report.status import status

    run = read(_found(arguments))
    print(*status(run, datetime.now(UTC)), sep="\n")
    return verified(run)[0]


def _verify(arguments: argparse.Namespace) -> int:
    from preflight.ledger.reading import read
    from preflight.ledger.verify import verified
    from preflight.record import printable

    if arguments.threshold is not None and not 0 < arguments.threshold <= len(arguments.signed_by):
        raise pytest.UsageError("--threshold is at least 1, and at most one for each --signed-by")
    head = arguments.head.strip().lower()
    if head and not re.fullmatch(r"[0-9a-f]{8,64}", head):
        raise pytest.UsageError("--head is a seal, or at least its first 8 digits")
    run = read(_found(arguments))
    code, lines = verified(run, head)
    print(*(" ".join(printable(line).split()) for line in lines), sep="\n")
    if arguments.signed_by:
        from preflight.ledger.signing import signed

        enough, lines = signed(run, arguments.signed_by, arguments.threshold)
        print(*lines, sep="\n")
        return code if enough else 1
    return code


def _sign(arguments: argparse.Namespace) -> int:
    from preflight.ledger.reading import is_being_written, read
    from preflight.ledger.signing import sign

    run = read(_found(arguments))
    if run.faults or is_being_written(run.file):
        why = f"it is not what the run wrote: {run.faults[0]}" if run.faults else "the run goes on"
        print(f"preflight sign: {run.folder.name} is not signed: {why}", file=sys.stderr)
        return 1
    signatory, number = sign(run, arguments.key, _passphrase)
    verdict = run.verdict["verdict"] if run.verdict else "UNFINISHED"
    print(f"{run.folder.name}: {verdict}, signed by {signatory}; {number} in all")
    return 0


def _passphrase(file: Path) -> bytes | None:
    return getpass.getpass(f"passphrase of {file}: ").encode() if sys.stdin.isatty() else None


def _board(arguments: argparse.Namespace) -> int:
    from preflight.ledger.reading import ledger_of
    from preflight.report.board import board

    return board(ledger_of(_found(arguments)))


def installed_domains() -> list[Domain]:
    """The domains of every installed plugin, in the order of their names."""
    modules = [entry.load() for entry in entry_points(group="pytest11") if _may_offer(entry)]
    offers = [module.pytest_preflight_domain for module in modules if hasattr(module, "pytest_preflight_domain")]
    return sorted((offer() for offer in offers), key=lambda domain: domain.name)


def _may_offer(entry: EntryPoint) -> bool:
    """Any pytest plugin may be installed here: only those of distributions that build on preflight are imported."""
    if entry.dist is None:
        return False
    needed = {re.split(r"[^\w.-]", requirement)[0] for requirement in entry.dist.requires or ()}
    return DISTRIBUTION in {entry.dist.name, *needed}
