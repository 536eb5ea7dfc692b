"""`preflight`: what is not a test run. Checking is `pytest --inventory NAME`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points

from preflight import __version__
from preflight.kind import Domain


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
    offers = []
    for entry in entry_points(group="pytest11"):
        # Any pytest plugin may be installed here; only ours have the word in their name, by convention.
        if "preflight" in entry.name and entry.name != "preflight":
            offers.append(entry.load().pytest_preflight_domain)
    return sorted((offer() for offer in offers), key=lambda domain: domain.name)
