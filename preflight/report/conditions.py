"""What somebody should know of the waivers once the checks are known. Pure, but for the masking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from preflight.finding import Outcome
from preflight.report.phrases import coarse

if TYPE_CHECKING:
    from preflight.inventory import Inventory
    from preflight.waiver import Waiver

SOON = timedelta(days=7)


def conditions(inventory: Inventory, outcomes: Mapping[str, Outcome], now: datetime) -> Iterator[str]:
    """A line for each waiver that ends soon, is not needed any more, or is about something else than was seen.

    Args:
        outcomes: of this inventory's checks that were part of the run, by check id.
    """
    for waiver in inventory.waivers:
        ids = [check.id for check in inventory.checks.values() if check.waiver is waiver]
        whose = f"the waiver of {inventory.masker(waiver.check)} by {inventory.masker(waiver.approver)}"
        became = {outcomes[check_id] for check_id in ids if check_id in outcomes}
        for what in _what(waiver, became, now):
            yield f"{whose} {inventory.masker(what)} ({waiver.mark})"


def _what(waiver: Waiver, became: set[Outcome], now: datetime) -> Iterator[str]:
    if became == {Outcome.PASSED}:
        yield "is no longer needed: what it waives passes"
    elif became & {Outcome.FAILED, Outcome.WARNED}:
        yield f"holds only while `{waiver.observed}` is observed: now it is something else, and not waived"
    left = waiver.expires - now
    if Outcome.WAIVED in became and left <= SOON:
        at = waiver.expires.isoformat(" ", "minutes")
        over = left <= timedelta(0)
        yield f"has expired meanwhile ({at})" if over else f"expires {at}, in {coarse(left.total_seconds())}"
