"""`preflight`: what is not a test run. Checking is `pytest --inventory NAME`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points

from preflight import __version__
from preflight.kind import Domain

DISTRIBUTION = "pytest-preflight"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="preflight", description=__doc__)
    parser.add_argument("--version", action="version", version=f"preflight {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("schema", help="print the JSON Schema of an inventory, for editors")
    parser.parse_args(argv)
    from preflight.schema import schema_text

    sys.stdout.write(schema_text(installed_domains()))
    return 0


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
