"""What is wrong with a rack as it stands?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Protocol

from preflight.finding import Finding, NotChecked
from preflight_racks.audit import advice, advice_power
from preflight_racks.audit.remedy import relieved
from preflight_racks.footprint import crooked, lost, outside, overlaps, whole_units
from preflight_racks.observation import AuditObservation, Standing
from preflight_racks.power.gaps import gaps
from preflight_racks.power.loads import loads
from preflight_racks.power.survival import redundant, survives_all
from preflight_racks.weight import weight_of

Reason = Finding | NotChecked


class Audited(Protocol):
    """What a judge wants of an audit's spec: which faults it looks for, and what the inventory says they lead to."""

    @property
    def checks(self) -> Collection[str]: ...

    @property
    def why(self) -> str: ...


def judge(spec: Audited, observation: AuditObservation) -> list[Reason]:
    """One reason for each rack and sort of fault, with all devices that have it."""
    asked = [check for name, check in CHECKS.items() if name in spec.checks]
    found = [reason for standing in observation.racks for check in asked for reason in check(standing)]
    return [_in_words_of(spec, reason) for reason in found]


def _in_words_of(spec: Audited, reason: Reason) -> Reason:
    """What the inventory says that a fault leads to stands before what we think."""
    return replace(reason, consequence="") if spec.why and isinstance(reason, Finding) else reason


def _space(seen: Standing) -> Iterator[Reason]:
    rack, devices = seen.rack, seen.rack.devices
    if pairs := overlaps(devices):
        yield advice.overlapping(seen, pairs)
    if out := [device for device in devices if outside(device, rack)]:
        yield advice.outside(seen, out)
    if flat := [device for device in devices if not device.height and device.position is not None]:
        yield advice.positioned(seen, flat)
    if halfway := [device for device in devices if crooked(device)]:
        yield advice.crooked(seen, halfway)
    blocked = set(rack.blocked)
    if inside := [device for device in devices if not device.blank and blocked.intersection(whole_units(device))]:
        yield advice.on_blocked(seen, inside)
    if anywhere := [device for device in devices if lost(device)]:
        yield advice.anywhere(seen, anywhere)


def _weight(seen: Standing) -> Iterator[Reason]:
    rack = seen.rack
    weight = weight_of(rack.devices)
    if rack.max_weight is not None and weight.over(rack.max_weight):
        yield advice.too_heavy(seen, weight, rack.max_weight)
        return
    if rack.max_weight is None and (weight.known or weight.unknown):
        yield advice.no_max_weight(seen, weight)
    if weight.unknown:
        yield advice.unweighed(seen, weight)


def _power(seen: Standing) -> Iterator[Reason]:
    found = loads(seen.rack, seen.power_factor)
    over = [load for load in found if load.over]
    if over:
        relief = relieved(seen.rack, seen.power_factor)
        now = [load for load in over if not load.lost]
        told = {(load.feed, load.part) for load in now}
        after = [load for load in over if (load.feed, load.part) not in told]
        yield from (advice_power.overloaded(seen, found, those, relief) for those in (now, after) if those)
    for number, gap in enumerate(gaps(seen.rack, seen.power_factor, found)):
        yield advice_power.not_known(seen, gap, found if not number else ())


def _redundancy(seen: Standing) -> Iterator[Reason]:
    rack = seen.rack
    feeds = {feed.name for feed in rack.feeds}
    meant = [device for device in rack.devices if redundant(device)]
    fates = [(device, survives_all(device, rack)) for device in meant]
    if false := [device for device, fate in fates if fate is False]:
        yield from advice_power.false_redundancy(seen, false)
    unsure = [device for device, fate in fates if fate is None]
    if unsure and not feeds:
        yield advice_power.no_feeds(seen, unsure)
        return
    loose = [device for device in unsure if any(supply.feed not in feeds for supply in device.supplies)]
    if loose:
        yield advice_power.unplugged(seen, loose)
    if panels := [device for device in unsure if device not in loose]:
        yield advice_power.no_panel(seen, panels)


def _data(seen: Standing) -> Iterator[Reason]:
    if seen.trouble:
        yield advice.trouble(seen)


def _reservations(seen: Standing) -> Iterator[Reason]:
    if expired := [each for each in seen.rack.reserved if each.expired(seen.today)]:
        yield advice.expired(seen, expired)
    if not seen.today and any(each.until and not each.stale for each in seen.rack.reserved):
        yield advice.no_day(seen)


CHECKS: Mapping[str, Callable[[Standing], Iterator[Reason]]] = {
    "space": _space,
    "weight": _weight,
    "power": _power,
    "redundancy": _redundancy,
    "data": _data,
    "reservations": _reservations,
}
