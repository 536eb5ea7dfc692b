"""Which devices still run when feeds are gone."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from preflight_racks.room import Device, Rack


def needed(device: Device) -> int:
    """How many of its supplies must live: at least one, and no more than it has."""
    return max(1, min(device.needed, len(device.supplies)))


def redundant(device: Device) -> bool:
    """It has more supplies than it needs, so it is meant to survive. What needs all of them dies by its own design."""
    return len(device.supplies) > needed(device)


def survives(device: Device, feeds: Collection[str], gone: Collection[str]) -> bool | None:
    """Whether it runs on what is left of the feeds; None if that hangs on a supply whose feed is not known.

    Args:
        feeds: of its rack, by name; a supply on any other is one whose feed is not known.
    """
    if not device.supplies or not gone:
        return True
    live = sum(supply.feed in feeds and supply.feed not in gone for supply in device.supplies)
    loose = sum(supply.feed not in feeds for supply in device.supplies)
    if live >= needed(device):
        return True
    return None if live + loose >= needed(device) else False


def survives_all(device: Device, rack: Rack) -> bool | None:
    """Whether it runs after the loss of any one feed, and of any one panel; None if that cannot be known."""
    if not device.supplies:
        return True
    feeds = [feed.name for feed in rack.feeds]
    fates = [survives(device, feeds, gone) for _, gone in rack.lost_together]
    if False in fates:
        return False
    fates += [survives(device, feeds, gone) or None for gone in perhaps_lost_together(rack)]
    return None if None in fates or not feeds else True


def dying(rack: Rack) -> Iterator[tuple[str, Device]]:
    """What is lost, and each device that certainly dies of that, by its own design or not."""
    feeds = [feed.name for feed in rack.feeds]
    for lost, gone in rack.lost_together:
        for device in rack.devices:
            if survives(device, feeds, gone) is False:
                yield lost, device


def perhaps_lost_together(rack: Rack) -> Iterator[frozenset[str]]:
    """The most that may fail at once if all feeds whose panel is not known were of one panel: for each panel known,
    or of one that is none of these."""
    unknown = frozenset(feed.name for feed in rack.feeds if not feed.panel)
    if unknown:
        for panel in dict.fromkeys(feed.panel for feed in rack.feeds):
            yield unknown | {feed.name for feed in rack.feeds if feed.panel == panel}
