"""The `racks:` section: from racks, types and plans to checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.kind import Expectation, Section
from preflight_racks.audit import kind as audit
from preflight_racks.catalogue import Catalogue
from preflight_racks.demand import Limit
from preflight_racks.fields import found_from
from preflight_racks.listing import Listing
from preflight_racks.netbox.source import NetBox
from preflight_racks.placement import kind as placement
from preflight_racks.plan import Plan
from preflight_racks.planning import Planning
from preflight_racks.room import Room
from preflight_racks.spec import Racks


def expectations(section: Racks, _: Ground) -> Iterator[Expectation[Any] | Problem]:
    """A check for each planned group, and one for each rack that is audited: they share one plan, hence one probe."""
    catalogue = Catalogue(section)
    problems = [*catalogue.unfit()]
    limits: frozenset[Limit] = frozenset(section.limits)
    racks = Listing(section, catalogue, problems).racks()
    planning = Planning(section, catalogue, limits, problems)
    plan = Plan(
        room=Room(racks, section.power_factor),
        source=_source(section),
        demands=tuple(planning.demands),
        limits=limits,
        wanted=tuple(planning.wanted),
        given=tuple((slug, catalogue.given(slug)) for slug in section.types),
    )
    made = [*placement.expectations(planning.specs, plan), *audit.expectations(section, plan)]
    if not made:
        why = "nothing would be checked: say what is `planned`, or which racks to `audit`"
        problems.append(Problem(section.place(), "racks", why))
    elif section.planned and not section.list_ and section.from_ is None:
        why = "there is no rack for them: name some under `list`, or say in `from` who knows them"
        problems.append(Problem(section.place("planned"), "racks.planned", why))
    yield from problems
    yield from made


def _source(section: Racks) -> NetBox | None:
    spec = section.from_
    if spec is None:
        return None
    return NetBox(
        url=spec.netbox,
        token=spec.token,
        site=spec.site,
        location=spec.location,
        verify=spec.verify,
        ca=str(found_from(spec.place("ca"), spec.ca)) if spec.ca else "",
        reserved_for=spec.reserved_for,
        blanks=spec.blanks,
        derate=spec.derate,
        wiring=spec.wiring or "",
        switch_roles=spec.switch_roles,
        connections=spec.connections,
    )


SECTION = Section(Racks, (placement.PLACEMENT, audit.AUDIT), expectations)
