"""What was seen, as it is recorded."""

from __future__ import annotations

from dataclasses import dataclass

from preflight_drift.model import HostFacts


@dataclass(frozen=True, slots=True)
class FactsObservation:
    """What the hosts of both sides have of one subject. Of a survey, the environment stands for the host.

    Attributes:
        run: the recorded run that the other side is from; empty if both were looked at now.
    """

    here: tuple[HostFacts, ...]
    there: tuple[HostFacts, ...]
    run: str = ""


@dataclass(frozen=True, slots=True)
class RuleObservation:
    """What a rule did in all comparisons of a run.

    Attributes:
        matched: how many facts it was about.
        hidden: how many differences it hid.
        shown: how many differences there are that no rule hid.
        partial: not all that the rule may be about was compared.
    """

    matched: int
    hidden: int
    shown: int
    partial: bool = False
