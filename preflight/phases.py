"""A cutover changes what should be true: `values: {before: [...], after: [...]}` inside one check.

Such a check is shorthand for one check a phase, and is written out as these before anything is validated: so the
values of all phases are validated whenever the inventory is loaded, not first on the night after.
"""

from __future__ import annotations

from typing import Any

from preflight.source import Map, Seq

PHASES = ("before", "during", "after")


def write_out(value: Any) -> None:
    """Write out every check below `value`, in place: its first phase where it stood, the others at the end."""
    if isinstance(value, Map):
        for below in value.values():
            write_out(below)
    elif isinstance(value, Seq):
        for index, item in enumerate(list(value)):
            checks = _one_a_phase(item) if isinstance(item, Map) else []
            if checks:
                value[index] = checks[0]
                value += checks[1:]
                value.items_at += [item.mark] * (len(checks) - 1)


def _one_a_phase(check: Map) -> list[Map]:
    """A check for each phase that any of its fields speaks of; empty if none does."""
    by_phase = {
        key: value for key, value in check.items() if isinstance(value, Map) and value and value.keys() <= {*PHASES}
    }
    if not by_phase:
        return []
    spoken_of = [phase for phase in PHASES if any(phase in value for value in by_phase.values())]
    written = check.get("phase", PHASES)
    wanted = written if isinstance(written, list | tuple) else [written]
    return [_in_phase(check, phase, by_phase) for phase in spoken_of if phase in wanted]


def _in_phase(check: Map, phase: str, by_phase: dict[str, Map]) -> Map:
    result = Map(check.mark)
    for key in check:
        if key not in by_phase:
            result.copy_entry(key, check)
        elif phase in by_phase[key]:
            result.put(key, by_phase[key][phase], check.keys_at[key], by_phase[key].values_at[phase])
    if isinstance(check.get("id"), str):
        result["id"] = f"{check['id']}:{phase}"
    result.put("phase", phase, check.mark, check.mark)
    return result
