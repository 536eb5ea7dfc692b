"""The kind `racks.audit`: the racks of an entry under `audit:` become a check each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from preflight.errors import Problem
from preflight.kind import Expectation, Kind
from preflight.nearest import did_you_mean
from preflight_racks.audit.judge import judge
from preflight_racks.audit.spec import AuditSpec
from preflight_racks.drawing.svg import rack_figure
from preflight_racks.observation import AuditObservation
from preflight_racks.plan import Plan, contacts
from preflight_racks.probe import probe
from preflight_racks.spec import Racks


def target(spec: AuditSpec) -> str:
    """`R12`; `R1?` where only the source knows which racks that is."""
    return spec.rack


def figure(_: AuditSpec, seen: AuditObservation) -> str:
    return rack_figure(seen)


def expectations(section: Racks, plan: Plan) -> Iterator[Expectation[AuditSpec] | Problem]:
    """One check for each rack; without `audit:`, for each that the inventory names."""
    if section.audit is None:
        yield from (Expectation(AUDIT, spec, plan) for spec in _of_all(section))
        return
    known = [rack.name for rack in section.list_]
    for number, spec in enumerate(section.audit):
        names: dict[str, None] = {}
        for index, word in enumerate(spec.racks):
            matching = [name for name in known if fnmatchcase(name, word)]
            if not matching and section.from_ is None:
                message = f'there is no rack "{word}" under `list`{did_you_mean(word, known)}'
                yield Problem(spec.place("racks", index), _path(number, index, spec), message)
            names |= dict.fromkeys(matching or [word])
        yield from (Expectation(AUDIT, spec.on(name, alone=len(names) == 1), plan) for name in names)


def _path(number: int, index: int, spec: AuditSpec) -> str:
    return f"racks.audit[{number}].racks" + (f"[{index}]" if len(spec.racks) > 1 else "")


def _of_all(section: Racks) -> Iterable[AuditSpec]:
    """Audits that nobody wrote: they stand where the rack is named."""
    named = {spec.name: spec.place() for spec in section.list_}
    for planned in section.planned:
        for index, name in enumerate(planned.racks):
            named.setdefault(name, planned.place("racks", index))
    for name, mark in named.items():
        spec = AuditSpec(racks=(name,)).on(name, alone=True)
        spec.stand_at(mark)
        yield spec


AUDIT = Kind("racks.audit", AuditSpec, AuditObservation, target, probe, judge, contacts, figure=figure)
