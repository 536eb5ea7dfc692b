"""Whether a placement holds: every limit it breaks, each found in the plainest way.

It shares nothing with the search, so that a mistake there is no mistake here.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from preflight_racks.answer import Unsure
from preflight_racks.demand import Demand, Limit, Place
from preflight_racks.footprint import cells, crooked, lost, outside, overlaps, whole_units
from preflight_racks.power.gaps import gaps
from preflight_racks.power.loads import loads
from preflight_racks.power.survival import redundant, survives, survives_all
from preflight_racks.room import Device, Rack, Supply, span_of
from preflight_racks.weight import kg, weight_of


def broken(
    racks: Sequence[Rack],
    demands: Sequence[Demand],
    places: Sequence[Place],
    limits: frozenset[Limit],
    power_factor: float,
    *,
    unsure: Iterable[Unsure] = (),
) -> list[str]:
    """Every limit that the places break together with what stands in the racks, as sentences; none if they hold.

    A limit that cannot be held against a rack, since something is not known, counts as broken.

    Args:
        limits: those that are to hold. Units always are, and so are the switch ports that a rack is known to have.
        unsure: racks and limits of which it has been said that something is not known: that is not said again. What
            is known has to hold all the same.
    """
    wanted = {demand.name: demand for demand in demands}
    known = {rack.name: rack for rack in racks}
    told = {(each.rack, each.limit) for each in unsure}
    found = [*_names(racks, known, demands, places), *_groups(demands, places)]
    for name, there in _by_rack(place for place in places if place.demand in wanted).items():
        if name in known:
            fitted = _Fitted(known[name], tuple(_Stand(place, wanted[place.demand]) for place in there))
            certain = frozenset(limit for limit in (*limits, "units") if (name, limit) not in told)
            found += _of_rack(fitted, limits, certain, power_factor)
    return found


@dataclass(frozen=True, slots=True)
class _Stand:
    """One device where it is to stand."""

    place: Place
    demand: Demand

    @property
    def device(self) -> Device:
        device = self.demand.device(self.place)
        if not self.place.plugs:  # it draws its power from somewhere, whether somebody says so or not
            device = replace(device, supplies=tuple(Supply(f"PSU{n}") for n in range(1, self.demand.psus + 1)))
        return device

    @property
    def words(self) -> str:
        where = span_of(self.place.position, self.demand.height)
        return f"{self.place.name} at {where} ({self.place.face}) of {self.place.rack}"


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A rack, and what is to stand in it."""

    rack: Rack
    stands: tuple[_Stand, ...]

    @property
    def kept(self) -> list[Device]:
        """What stays of what stands there: all but the blanking panels that make way."""
        needed = {cell for stand in self.stands if stand.demand.remove_blanks for cell in cells(stand.device)}
        return [device for device in self.rack.devices if not (device.blank and needed.intersection(cells(device)))]

    @property
    def full(self) -> Rack:
        return replace(self.rack, devices=(*self.kept, *(stand.device for stand in self.stands)))


def _by_rack(places: Iterable[Place]) -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        found[place.rack].append(place)
    return found


def _names(
    racks: Sequence[Rack], known: Collection[str], demands: Sequence[Demand], places: Sequence[Place]
) -> Iterator[str]:
    groups = Counter(demand.name for demand in demands)
    times = Counter(rack.name for rack in racks)
    yield from (f"several groups are called {name}" for name, number in groups.items() if number > 1)
    for place in places:
        if place.demand not in groups:
            yield f"{place.name} is of no group that is planned"
        if place.rack not in known:
            yield f"{place.name} is to stand in {place.rack}, and there is no such rack"
        elif times[place.rack] > 1:
            yield f"{place.name} is to stand in {place.rack}, and several racks are called so"


def _groups(demands: Sequence[Demand], places: Sequence[Place]) -> Iterator[str]:
    by_group: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        by_group[place.demand].append(place)
    for demand in demands:
        yield from _group(demand, by_group[demand.name])


def _group(demand: Demand, mine: Sequence[Place]) -> Iterator[str]:
    for number, times in Counter(place.number for place in mine).items():
        if times > 1:
            yield f"{demand.name}-{number} has {times} places"
        if not 1 <= number <= demand.count:
            yield f"{demand.name}-{number} is none of the {demand.count} of {demand.name}"
    for rack, there in _by_rack(mine).items():
        if demand.racks and rack not in demand.racks:
            yield f"{demand.name} may stand in {', '.join(demand.racks)}, and {there[0].name} is to stand in {rack}"
        if demand.per_rack is not None and len(there) > demand.per_rack:
            yield f"{len(there)} of {demand.name} are in {rack}, and at most {demand.per_rack} may be in one rack"
    if demand.together and mine:
        yield from _together(demand, mine)


def _together(demand: Demand, mine: Sequence[Place]) -> Iterator[str]:
    racks = list(_by_rack(mine))
    if len(racks) > 1:
        yield f"{demand.name} is to be in one rack, and is in {', '.join(racks)}"
    if len(mine) < demand.count:
        yield f"{demand.name} is to be together, and only {len(mine)} of {demand.count} have a place"
    if demand.together == "adjacent" and len(racks) == 1:
        ordered = sorted(mine, key=lambda place: place.position)
        # What is 1.5 units high stands at whole units, too: the half that is left to the next one is no gap.
        step = demand.height if demand.height == 1 else 2 * math.ceil(demand.height / 2)
        for below, above in pairwise(ordered):
            if above.position != below.position + step:
                yield f"{above.name} is not right above {below.name} in {racks[0]}, though they are to be adjacent"


def _of_rack(
    fitted: _Fitted, limits: Collection[Limit], certain: Collection[Limit], power_factor: float
) -> Iterator[str]:
    """Args: certain: the limits that are broken, too, by what is not known."""
    yield from _units(fitted, "units" in certain)
    yield from _ports(fitted, "ports" in certain)
    if "weight" in limits:
        yield from _weight(fitted, "weight" in certain)
    if "power" in limits and any(stand.demand.psus for stand in fitted.stands):
        yield from _power(fitted, "power" in certain, power_factor)


def _units(fitted: _Fitted, certain: bool) -> Iterator[str]:
    kept = fitted.kept
    taken = {cell: _called(device) for device in kept for cell in cells(device)}
    for stand in fitted.stands:
        yield from _unit_rules(fitted.rack, stand)
        own = list(cells(stand.device))
        for name in dict.fromkeys(taken[cell] for cell in own if cell in taken):
            yield f"{stand.words}: {name} is there"
        taken.update((cell, stand.place.name) for cell in own)
    if certain:
        yield from _contradictions(fitted.rack, kept)


def _called(device: Device) -> str:
    return f"the blanking panel {device.name}" if device.blank else device.name


def _contradictions(rack: Rack, kept: Sequence[Device]) -> Iterator[str]:
    """What may stand anywhere may stand where something is to go."""
    for device in filter(lost, kept):
        yield f"where {device.name} stands in {rack.name} is not known: it may be anywhere"
    for one, other, half in overlaps(kept):
        yield f"{one.name} and {other.name} cannot both be at {span_of(half, 1)} of {rack.name}: where is not known"
    for device in kept:
        if outside(device, rack):
            yield f"{device.name} cannot be outside of {rack.name}: where it is is not known"


def _unit_rules(rack: Rack, stand: _Stand) -> Iterator[str]:
    units = whole_units(stand.device)
    if outside(stand.device, rack):
        yield f"{stand.words}: the rack has U{rack.first}-{rack.first + rack.units - 1}"
    if crooked(stand.device):
        yield f"{stand.words}: what is higher than half a unit stands at whole units"
    if stand.place.face != stand.demand.face:
        yield f"{stand.words}: it is to be mounted at the {stand.demand.face}"
    for unit in sorted(set(units).intersection(rack.blocked)):
        yield f"{stand.words}: U{unit} is blocked"
    for reservation in rack.reserved:
        # What is kept for nobody knows whom is not kept for a group that is for nobody.
        ours = bool(reservation.holder) and reservation.holder == stand.demand.holder
        if not ours and set(units).intersection(reservation.units):
            yield f"{stand.words}: that is reserved for {reservation.holder or 'somebody else'}"


def _ports(fitted: _Fitted, certain: bool) -> Iterator[str]:
    used: Counter[str] = Counter()
    for stand in fitted.stands:
        used.update(dict(stand.demand.ports))
    if fitted.rack.ports is None:
        if certain and used.total():
            yield f"the free switch ports of {fitted.rack.name} are not known"
        return
    free = dict(fitted.rack.ports)
    for sort, number in used.items():
        if number > free.get(sort, 0):
            yield f"{fitted.rack.name} has {free.get(sort, 0)} free switch ports {sort}, and {number} are needed"


def _weight(fitted: _Fitted, certain: bool) -> Iterator[str]:
    rack, weight = fitted.rack, weight_of(fitted.full.devices)
    if rack.max_weight is not None and weight.over(rack.max_weight):
        yield f"{rack.name} would carry {kg(weight.known)}, {kg(weight.known - rack.max_weight)} too much"
    elif certain and rack.max_weight is None:
        yield f"how much {rack.name} carries is not known"
    elif certain and weight.unknown:
        yield f"the weight of {rack.name} is not known: {', '.join(device.name for device in weight.unknown)}"


def _power(fitted: _Fitted, certain: bool, power_factor: float) -> Iterator[str]:
    full = fitted.full
    found = loads(full, power_factor)
    yield from (f"{full.name}: {load.words}" for load in found if load.over)
    if certain:
        yield from (f"the power of {full.name} is not known: {gap.words}" for gap in gaps(full, power_factor, found))
    for stand in fitted.stands:
        yield from _plugs(full, stand, certain)
        yield from _survival(full, stand, certain)


def _plugs(rack: Rack, stand: _Stand, certain: bool) -> Iterator[str]:
    feeds = {feed.name: feed for feed in rack.feeds}
    if len(stand.place.plugs) != stand.demand.psus and (certain or stand.place.plugs):
        yield f"{stand.words} has {stand.demand.psus} power supplies, and {len(stand.place.plugs)} are plugged in"
    for feed, leg in stand.place.plugs:
        if feed not in feeds:
            yield f"{stand.words} is plugged into feed {feed or '?'}, which the rack does not have"
        elif feeds[feed].phases == 1 and leg:
            yield f"{stand.words} is plugged into leg {leg} of feed {feed}, which has one phase"
        elif feeds[feed].phases == 3 and not leg and certain:
            yield f"{stand.words} is plugged into feed {feed}, and nothing says into which leg"


def _survival(rack: Rack, stand: _Stand, certain: bool) -> Iterator[str]:
    device = stand.device
    if not redundant(device):
        return
    fate, feeds = survives_all(device, rack), [feed.name for feed in rack.feeds]
    if fate is False:
        losses = [what for what, gone in rack.lost_together if survives(device, feeds, gone) is False]
        yield f"{stand.words} does not survive the loss of {' or '.join(losses)}"
    elif fate is None and certain:
        yield f"{stand.words}: whether it survives the loss of a panel is not known"
