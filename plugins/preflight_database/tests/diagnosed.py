"""What a health check says of a real database."""

from __future__ import annotations

from preflight.finding import Finding, NotChecked
from preflight.kind import Check
from preflight.testing import assert_serialises, observe_all, parse
from preflight_database.tests.said import DOMAIN, Reason


def health(url: str, written: str) -> list[Check]:
    """The checks of `health: {written}`."""
    return parse(DOMAIN, f"databases:\n  orders:\n    url: '{url}'\n    health: {written}\n")


def diagnosed(url: str, check: str, more: str = "") -> list[Reason]:
    """What one health check says; `more` are other keys of its entry."""
    (made,) = health(url, f"{{checks: {check}{', ' + more if more else ''}}}")
    (seen,) = observe_all(made.kind, made.spec, shared=made.shared)
    if isinstance(seen, NotChecked):
        return [seen]
    assert_serialises(made.kind, seen)
    return list(made.kind.judge(made.spec, seen))


def found(url: str, check: str, more: str = "") -> list[str]:
    """What was observed, of each finding; there is nothing that could not be looked at."""
    reasons = diagnosed(url, check, more)
    assert not [reason for reason in reasons if isinstance(reason, NotChecked)], reasons
    return [reason.observed for reason in reasons if isinstance(reason, Finding)]


def only_finding(url: str, check: str, more: str = "") -> Finding:
    (reason,) = diagnosed(url, check, more)
    assert isinstance(reason, Finding), reason
    return reason


def only_unknown(url: str, check: str, more: str = "") -> NotChecked:
    (reason,) = diagnosed(url, check, more)
    assert isinstance(reason, NotChecked), reason
    return reason
