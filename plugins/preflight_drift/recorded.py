"""`--against ledger:RUN`: what a recorded run saw of its own hosts, in the place of another environment.

Of the run's comparisons only its own side counts. Its secrets are hidden under a key that ended with it: they can be
compared with nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from pydantic import TypeAdapter, ValidationError

from preflight.kind import Recorded
from preflight_drift.checks import Matter
from preflight_drift.model import HostFacts
from preflight_drift.observation import FactsObservation

PREFIX = "ledger:"
_ID = re.compile(r"drift\.facts\[(.*?)(?::(?:before|during|after)(?:\+(?:before|during|after))*)?\]", re.S)


@dataclass(frozen=True, eq=False)
class Past:
    """What a run saw.

    Attributes:
        own: it is of the inventory that is compared: its past.
        seen: by what was compared (`str(Matter)`), the hosts of the run's own inventory.
    """

    run: str
    own: bool
    seen: Mapping[str, tuple[HostFacts, ...]]

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """The names that were compared, groups or hosts, and the hosts that they stood for."""
        found: dict[str, tuple[str, ...]] = {}
        for matter, hosts in self.seen.items():
            name, slash, _ = matter.partition("/")
            if slash and not name.startswith("surveys"):
                found.setdefault(name, tuple(host.host for host in hosts))
        return found

    @property
    def surveys(self) -> list[str]:
        return [matter.removeprefix("surveys:") for matter in self.seen if matter.startswith("surveys:")]

    def of(self, matter: Matter) -> tuple[HostFacts, ...] | None:
        """What it saw of the other side of a comparison; None if it saw nothing of it."""
        what = f"{matter.subject}:{matter.glob_there}" if matter.glob_there else matter.subject
        return self.seen.get(f"{matter.pair[1]}/{what}" if matter.pair[0] else what)


def past(recorded: Recorded, *, own: bool) -> Past:
    """Raises LookupError: the run has seen nothing that could be compared with."""
    adapter: TypeAdapter[FactsObservation] = TypeAdapter(FactsObservation)
    seen: dict[str, tuple[HostFacts, ...]] = {}
    for check_id, observed in recorded.seen.items():
        if matter := _ID.fullmatch(check_id):
            try:
                hosts = adapter.validate_python(observed).here
            except ValidationError:
                raise LookupError(f"what the run {recorded.run} saw was written by another version") from None
            seen[matter[1]] = tuple(_then(host, recorded.run) for host in hosts)
    if not seen:
        raise LookupError(f"the run {recorded.run} has seen nothing that could be compared: it has no `drift.facts`")
    return Past(recorded.run, own, seen)


def _then(host: HostFacts, run: str) -> HostFacts:
    """What could not be reached then may well be there now."""
    if not host.trouble:
        return host
    why, step = f"in the run {run}: {host.trouble}", "compare with a run that could reach it"
    return replace(host, trouble=why, cause=f"in the run {run}: {host.cause or host.trouble}", next_step=step)
