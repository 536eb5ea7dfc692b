"""`--plan`: what would be contacted, from where and as whom. Nothing is run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from preflight.items import CheckItem
from preflight.report.phrases import count

if TYPE_CHECKING:
    from preflight.inventory import Inventory


def print_plan(session: pytest.Session, inventories: Sequence[Inventory]) -> None:
    """Print the selected checks, grouped by what they would contact."""
    writer = session.config.get_terminal_writer()
    phase = session.config.option.phase
    for inventory in inventories:
        by_contact: dict[str, list[str]] = {}
        for item in session.items:
            if isinstance(item, CheckItem) and item.check.inventory == inventory.name:
                contacts = item.check.kind.contacts(item.check.spec, item.check.shared)
                by_contact.setdefault(inventory.masker(contacts), []).append(item.check.id)
        checks = count(sum(map(len, by_contact.values())), "check")
        writer.line()
        writer.line(f"plan of inventory {inventory.name}, phase {phase}: {checks}; nothing has been run", bold=True)
        for contacts, ids in by_contact.items():
            writer.line(f"  {contacts}")
            for check_id in ids:
                writer.line(f"      {check_id}")
        allowed = inventory.masker(", ".join(sorted(inventory.ground.allow)))
        writer.line(f"  changes on any system: {allowed or 'none, every check is read-only'}")
    tests = [item for item in session.items if not isinstance(item, CheckItem)]
    if tests:
        writer.line(f"  and {len(tests)} Python tests next to the inventory, which contact what their code contacts:")
        for item in tests:
            writer.line(f"      {item.nodeid}")
