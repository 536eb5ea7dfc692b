"""What is said of a planned group that does not fit, or of which that is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from preflight.finding import Finding, NotChecked
from preflight.nearest import did_you_mean
from preflight_racks.answer import Unsure
from preflight_racks.audit.words import joined, listed
from preflight_racks.demand import Demand, Limit
from preflight_racks.observation import PlacementObservation
from preflight_racks.placement.relief import steps
from preflight_racks.placement.spec import PlacementSpec
from preflight_racks.placement.takes import MOST_RACKS, takes
from preflight_racks.weight import kg

UNSOUND = "places were found that do not hold when they are checked again"


def does_not_fit(spec: PlacementSpec, seen: PlacementObservation) -> Finding:
    demand = seen.demand
    return Finding(
        expected=wanted(seen),
        observed="\n".join(
            [_room(seen), *(f"  - {line}" for line in (*takes(seen), *_nothing_kept(seen), *_proof(seen)))]
        ),
        # What is written in the inventory is closer to the night.
        consequence="" if spec.why else f"{_short(seen)} cannot be installed",
        next_step=_listed(steps(seen)),
        cause=f"{_without(seen)} in {listed(demand.racks, MOST_RACKS) or 'any rack'}",
    )


def unproven(seen: PlacementObservation) -> NotChecked:
    share, demand = seen.share, seen.demand
    found = f"places were found for {share.placed or 'none'} of {demand.count} {demand.name}"
    return NotChecked(
        reason=f"{found}; whether the others have any is open after {_seconds(seen)}: {seen.answer.proof}",
        cause="neither places for all that is planned nor a proof that there are none were found in time",
        next_step="give it more time (`timeout:`), or name the racks that come into question (`racks:`)",
    )


def unsure(seen: PlacementObservation, limit: Limit, which: Sequence[Unsure]) -> NotChecked:
    missing: dict[str, list[str]] = {}
    for each in which:
        missing.setdefault(each.missing, []).append(each.rack)
    gaps = "; ".join(f"{listed(racks, MOST_RACKS)}: {what}" for what, racks in missing.items())
    racks = listed([each.rack for each in which], MOST_RACKS)
    name, count = seen.demand.name, seen.demand.count
    them = f"{name} has a place" if count == 1 else f"all {count} {name} have places"
    return NotChecked(
        reason=f"{them}, but whether {_HOLDS[limit]} is not known: {gaps}",
        cause=f"the {CALLED[limit]} of {racks} cannot be judged: {'; '.join(missing)}",
        next_step=_NEXT[limit],
    )


CALLED: dict[Limit, str] = {"units": "units", "weight": "weight", "power": "power", "ports": "switch ports"}
_HOLDS: dict[Limit, str] = {
    "units": "their units are free",
    "weight": "the racks carry their weight",
    "power": "the feeds carry their power, now and after a loss,",
    "ports": "there are switch ports for them",
}
_NEXT: dict[Limit, str] = {
    "units": "see where in the rack these devices stand, and write their `position:`",
    "weight": "write down what is missing: the `weight:` of a type or device, from its data sheet, and the "
    "`max_weight:` of a rack; or leave `weight` out of `limits:`, and no rack is held to it",
    "power": "write down what is missing: the `draw:` of a type or device (`psus: {count: 0}` if it draws nothing), "
    "the `feeds:` of a rack with volts, amps and panel, and what is plugged in where; or leave `power` out of "
    "`limits:`, and no feed is held to it",
    "ports": "count the free ports of the switches in the rack, and write them as its `switch_ports:`",
}


def does_not_hold(seen: PlacementObservation, wrong: Sequence[str]) -> NotChecked:
    return NotChecked(
        reason=f"the places that were found for {seen.demand.name} do not hold: {listed(wrong, 3, ';')}",
        cause=UNSOUND,
        next_step="do not use them; this is a bug in preflight_racks: report it, with the inventory",
    )


def unsound(reason: Finding | NotChecked) -> bool:
    """It says that the places do not hold."""
    return reason.cause == UNSOUND


def another_plan(spec: PlacementSpec, seen: PlacementObservation) -> NotChecked:
    was, asked = f"{seen.demand.count} {seen.demand.name}", f"{spec.count} {spec.name}"
    return NotChecked(f"places were searched for {was}, and not for {asked}", next_step="search again")


def wanted(seen: PlacementObservation) -> str:
    """`15 x 1U dell-poweredge-r650 (22 kg, 500 W each) in R12, R13, at most 4 in a rack`."""
    demand = seen.demand
    figures = [kg(demand.weight)] if demand.weight is not None and "weight" in seen.limits else []
    figures += [f"{demand.draw:,.0f} W"] if demand.draw is not None and "power" in seen.limits else []
    figures += [f"{number} x {kind}" for kind, number in demand.ports]
    words = [f"{demand.count} x {demand.height / 2:g}U {demand.type}"]
    each = " each" if demand.count > 1 else ""
    words[0] += f" ({', '.join(figures)}{each})" if figures else ""
    words[0] += f" in {listed(demand.racks, MOST_RACKS) or _any(seen.looked_at)}"
    words += [f"at most {demand.per_rack} in a rack"] if demand.per_rack else []
    words += ["all in one rack"] if demand.together == "rack" else []
    words += ["all in one rack, with nothing between them"] if demand.together == "adjacent" else []
    return ", ".join(words)


def _any(racks: int) -> str:
    return f"any of {racks:,} racks" if racks > 1 else "any rack"


def _short(seen: PlacementObservation) -> str:
    if seen.demand.count == 1:
        return seen.demand.name
    return f"{seen.demand.count - seen.share.placed} of {seen.demand.count} {seen.demand.name}"


def _without(seen: PlacementObservation) -> str:
    return f"{_short(seen)} {'has' if seen.demand.count - seen.share.placed == 1 else 'have'} no place"


def _room(seen: PlacementObservation) -> str:
    """What is shown is that not all groups have room together: a group by itself may have more than was found."""
    share, count = seen.share, seen.demand.count
    least = "at least " if not seen.others and share.placed < min(seen.answer.at_most, count) else ""
    room = f"room for {least}{share.placed or 'none'} of {count}" if count > 1 else "no room for it"
    if share.alone is None or share.alone <= share.placed:
        return room
    more = "" if share.alone_proven else " or more"
    without = f"for {share.alone}{more}" if count > 1 else "there is"
    return f"{room} beside {joined(_rivals(seen.demand, seen.others))}; without, {without}"


def _listed(lines: Iterable[str]) -> str:
    """One below the other, each told from the next however narrow the terminal."""
    those = list(lines)
    return "\n".join(f"- {line}" for line in those) if len(those) > 1 else "".join(those)


def _rivals(demand: Demand, others: Sequence[Demand]) -> list[str]:
    """The groups that may stand where this one may."""
    rivals = [o.name for o in others if not (demand.racks and o.racks) or {*demand.racks} & {*o.racks}]
    return rivals if 0 < len(rivals) <= MOST_RACKS else ["what else is planned"]


def _nothing_kept(seen: PlacementObservation) -> Iterator[str]:
    """A holder that is written in two ways keeps units from itself."""
    ours, holders = seen.demand.holder, {each.holder for rack in seen.racks for each in rack.reserved if each.holder}
    if ours and holders and ours not in holders:
        yield f"nothing there is reserved for {ours}{did_you_mean(ours, holders)}"


def _proof(seen: PlacementObservation) -> Iterator[str]:
    if seen.answer.proof:
        planned = seen.demand.count + sum(other.count for other in seen.others)
        if planned == 1:
            yield f"that it does not fit is shown by {seen.answer.proof}"
            return
        # How few do may have taken another proof than that not all do.
        many = f"no more than {seen.answer.at_most:,}" if seen.answer.at_most else "none"
        yield f"that not all fit is shown by {seen.answer.proof}; {many} of all {planned:,} planned do"


def _seconds(seen: PlacementObservation) -> str:
    return f"{max(seen.answer.seconds, 1):,.0f} s"
