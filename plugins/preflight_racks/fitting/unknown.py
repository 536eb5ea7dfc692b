"""What is not known of a rack or a group that a limit needs. What this yields says that a limit cannot be held."""

from __future__ import annotations

from collections.abc import Iterator

from preflight_racks.demand import Demand, Limit
from preflight_racks.room import Rack, Supply


def gaps(rack: Rack, limit: Limit) -> tuple[str, ...]:
    """What is missing of a rack, with how much of it there is."""
    if limit == "units":
        return _share(rack, sum(each.height > 0 and each.position is None for each in rack.devices), "has no position")
    if limit == "weight":
        missing = () if rack.max_weight is not None else ("no max_weight",)
        # A blanking panel is a sheet of some hundred grams: no rack's capacity is known as well as that.
        unknown = sum(each.weight is None and not each.blank for each in rack.devices)
        return missing + _share(rack, unknown, "has no weight")
    if limit == "ports":
        return () if rack.ports is not None else ("its free switch ports are not known",)
    return tuple(_power(rack))


def lacks(demand: Demand, limit: Limit) -> tuple[str, ...]:
    """What is missing of a group."""
    if limit == "weight" and demand.weight is None:
        return (f"{demand.name} has no weight",)
    if limit == "power" and demand.psus and demand.draw is None:
        return (f"{demand.name} has no draw",)
    return ()


def _share(rack: Rack, number: int, what: str) -> tuple[str, ...]:
    if not number:
        return ()
    total = len(rack.devices)
    if number > 1:
        what = what.replace("has ", "have ").replace("is ", "are ")
    return (f"{number} of {total} device{'s' if total > 1 else ''} {what}",)


def _power(rack: Rack) -> Iterator[str]:
    if not rack.feeds:
        yield "nothing says what feeds it"
        return
    for feed in rack.feeds:
        missing = [
            name
            for name, known in (
                ("panel", feed.panel),
                ("volts", feed.volts is not None),
                ("amps", feed.amps is not None),
            )
            if not known
        ]
        if missing:
            yield f"feed {feed.name} has no {' and no '.join(missing)}"
    powered = [each for each in rack.devices if each.supplies]
    yield from _share(rack, sum(each.draw is None for each in powered), "has no draw")
    drawing = [each for each in powered if each.draw]
    feeds = {feed.name: feed for feed in rack.feeds}
    loose = [each for each in drawing if any(supply.feed not in feeds for supply in each.supplies)]
    yield from _share(rack, len(loose), "is not known to be plugged into a feed of it")

    def legless(supply: Supply) -> bool:
        return supply.feed in feeds and feeds[supply.feed].phases == 3 and not supply.leg

    unbalanced = [each for each in drawing if any(legless(supply) for supply in each.supplies)]
    yield from _share(rack, len(unbalanced), "is on a three-phase feed without a known leg")
