"""What differs between two environments, side by side, for reports. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.kind import Table
from preflight_drift.checks import FactsSpec
from preflight_drift.comparison import Difference, Seen
from preflight_drift.judge import comparison
from preflight_drift.observation import FactsObservation
from preflight_drift.saying import changed_lines, hosts_of, is_text, value_of


def side_by_side(spec: FactsSpec, seen: FactsObservation) -> Table | None:
    """A row for each difference that no rule allows, and for what could not be compared; None if there is neither."""
    found = comparison(spec, seen)
    wording = spec.wording
    differing = [_row(spec, one) for one in found.differences]
    unknown = [(each.document or hosts_of(each.hosts), each.why, "", "") for each in found.unknown]
    if not differing and not unknown:
        return None
    return Table(
        f"{wording.here} and {wording.there}, where they differ",
        ("what", wording.here, wording.there, "rule"),
        (*differing, *unknown),
        wrong=tuple(range(len(differing))),
        unknown=tuple(range(len(differing), len(differing) + len(unknown))),
    )


def _row(spec: FactsSpec, one: Difference) -> tuple[str, str, str, str]:
    path = spec.wording.called_here(one.path)
    rule = f"{one.rule.name}: {one.rule.reason} ({one.rule.place})" if one.rule is not None else ""
    if one.state == "outlier":  # both are in one environment
        sides = f"{_shown(one.here)}; most of its group: {_shown(one.there)}"
        ours = one.environment == spec.wording.here
        return path, sides if ours else "", "" if ours else sides, rule
    if is_text(one):
        lines = list(changed_lines(one))
        return path, _those(lines, "+"), _those(lines, "-"), rule
    return path, _shown(one.here), _shown(one.there), rule


def _shown(seen: Seen | None) -> str:
    if seen is None:
        return "not there"
    line = f" (line {seen.line})" if seen.line else ""
    return f"{value_of(seen)}{line}, on {hosts_of(seen.hosts)}"


def _those(lines: list[str], sign: str) -> str:
    """The lines of one side, and what is said of both."""
    return "\n".join(_kept(lines, sign)) or "without these lines"


def _kept(lines: list[str], sign: str) -> Iterator[str]:
    return (line.removeprefix(f"{sign} ") for line in lines if line[:2] not in {"+ ", "- "} or line[0] == sign)
