"""Zones looked at on real servers: from a `dns:` section to observations and reasons, by the ids of the checks."""

from __future__ import annotations

from dataclasses import dataclass

from preflight.finding import Finding, NotChecked
from preflight.kind import Check
from preflight.testing import assert_serialises, observe_all, parse
from preflight_dns.plugin import pytest_preflight_domain
from preflight_dns.zone.kind import ZONE
from preflight_dns.zone.observation import ZoneObservation
from tests.reasons import text

DNS = pytest_preflight_domain()


@dataclass(frozen=True)
class Looked:
    """A check of a zone, and what was seen."""

    check: Check
    seen: ZoneObservation | NotChecked

    @property
    def reasons(self) -> list[Finding | NotChecked]:
        return [self.seen] if isinstance(self.seen, NotChecked) else list(ZONE.judge(self.check.spec, self.seen))

    @property
    def texts(self) -> list[str]:
        """The `observed` of each finding; of what was not checked, "not checked: " and the reason."""
        return [text(reason) for reason in self.reasons]

    @property
    def sketch(self) -> list[str]:
        assert isinstance(self.seen, ZoneObservation), self.seen
        assert ZONE.sketch is not None
        return ZONE.sketch(self.check.spec, self.seen, 100, False)


def look(section: str, cutover: str = "{}") -> dict[str, Looked]:
    """`look("zones: [{name: example.test, checks: agree}]")`, by aspect (of several zones, by target)."""
    checks = [check for check in parse(DNS, f"cutover: {cutover}\ndns: {{{section}}}") if check.kind is ZONE]
    seen: dict[str, Looked] = {}
    for shared in dict.fromkeys(check.shared for check in checks):
        batch = [check for check in checks if check.shared == shared]
        for check, observed in zip(batch, observe_all(ZONE, *(c.spec for c in batch), shared=shared), strict=True):
            if isinstance(observed, ZoneObservation):
                assert_serialises(ZONE, observed)
            seen[check.id.removeprefix("dns.zone[")[:-1]] = Looked(check, observed)
    several = len({key.rpartition("/")[0] for key in seen}) > 1
    return seen if several else {key.rpartition("/")[2]: looked for key, looked in seen.items()}


def look_at(fields: str, aspect: str, top: str = "") -> Looked:
    """One check of example.test: `look_at("servers: [...]", "serial")`."""
    checks = "" if aspect in ("same_as", "from") else f", checks: [{aspect}]"
    return look(f"{top}zones: [{{name: example.test, {fields}{checks}}}]")[aspect]


def assert_complete(reasons: list[Finding | NotChecked]) -> None:
    """Each says what to do, and a finding what was expected and what follows."""
    for reason in reasons:
        assert reason.next_step
        if isinstance(reason, Finding):
            assert reason.expected
            assert reason.consequence
        else:
            assert reason.root
