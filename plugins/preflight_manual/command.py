"""`preflight attest INVENTORY STEP --by NAME --for 12h`: says that a manual step was done, or that it failed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from preflight_manual.spec import StepSpec

REFUSED = 4


def add_attest(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    what = "say that a manual step was done, or that it failed"
    attest = add_parser("attest", help=what, description=f"{what}; it is added to INVENTORY's file of attestations")
    attest.add_argument("inventory", metavar="INVENTORY", help="its name or path, as for pytest --inventory")
    attest.add_argument("step", metavar="STEP", help="as in the check's id: manual.step[STEP]")
    attest.add_argument("--by", required=True, metavar="NAME", help="who says so")
    attest.add_argument("--for", required=True, dest="lasts", metavar="DURATION", help="how long it holds: 12h")
    attest.add_argument("--failed", action="store_true", help="it was tried, and failed")
    attest.add_argument("--note", default="", metavar="TEXT", help="what else there is to know")
    where = "where inventories are (the ini option preflight_inventories, or inventories)"
    attest.add_argument("--inventories", type=Path, metavar="FOLDER", help=where)
    attest.set_defaults(run=_attest)


def _attest(arguments: argparse.Namespace) -> int:
    try:
        print(attest(arguments))
    except (ValueError, LookupError) as error:
        print(f"preflight attest: {error}", file=sys.stderr)
        return REFUSED
    return 0


def attest(arguments: argparse.Namespace) -> str:
    """Write it down, and give what was written where.

    Raises:
        ValueError, LookupError: it cannot be; the message says why, in one line.
    """
    from datetime import datetime, timedelta

    from preflight.duration import parse_duration
    from preflight.source import shown
    from preflight_manual.attested import Attestation, Unreadable, add, beside

    inventory = _inventory(arguments.inventory, arguments.inventories)
    by, step = (" ".join(text.split()) for text in (arguments.by, arguments.step))
    _check(_steps(inventory), step, by)
    try:
        lasts = timedelta(seconds=parse_duration(arguments.lasts))
    except ValueError as error:
        raise ValueError(f"--for {arguments.lasts}: {error}") from None
    now = datetime.now().astimezone().replace(microsecond=0)
    said = Attestation(
        step=step,
        by=by,
        at=now,
        until=now + lasts,
        result="failed" if arguments.failed else "passed",
        note=" ".join(arguments.note.split()),
    )
    file = beside(inventory)
    try:
        add(file, said)
    except OSError as error:
        raise ValueError(f"{shown(file)} cannot be written: {error.strerror}") from None
    except Unreadable as error:
        raise ValueError(str(error)) from None
    return f"{shown(file)}: {said.line}"


def _inventory(name: str, given: Path | None) -> Path:
    from preflight.selection import configured, find
    from preflight.source import shown

    folder = given or configured("preflight_inventories", Path.cwd()) or Path("inventories")
    found = find(name, folder)
    if found is None:
        raise LookupError(f"there is no inventory {name!r} in {shown(folder)}/, and none at that path")
    return found


def _steps(inventory: Path) -> Sequence[StepSpec]:
    """The manual steps of an inventory; its other sections may need plugins or secrets that are not here."""
    from preflight.compose import compose
    from preflight.model import Several
    from preflight.validation import validate
    from preflight_manual.spec import StepSpec

    whole = compose(inventory, {})
    if "manual" not in whole.root:
        because = f" ({whole.problems[0]})" if whole.problems else ""
        raise LookupError(f"{inventory} has no manual steps{because}")
    steps, problems = validate(Several[StepSpec], whole.root["manual"], "manual", whole.root.values_at["manual"])
    if problems:
        raise ValueError(str(sorted(problems)[0]))
    found: Sequence[StepSpec] = steps
    return found


def _check(steps: Sequence[StepSpec], name: str, by: str) -> None:
    from preflight.nearest import did_you_mean

    if not by:
        raise ValueError("--by: who says so?")
    step = next((each for each in steps if each.called == name), None)
    if step is None:
        raise LookupError(f"there is no step {name!r}{did_you_mean(name, [each.called for each in steps])}")
    if step.by and by not in step.by:
        raise ValueError(f"{by} may not attest {name!r}, but {', '.join(step.by)}")
