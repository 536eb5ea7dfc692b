"""What the probe sees of real servers: from a `dns:` section to observations, by the ids of its records."""

from __future__ import annotations

from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rdatatype

from preflight.finding import NotChecked
from preflight.kind import Check
from preflight.testing import assert_serialises, observe_all, parse
from preflight_dns.judge import judge
from preflight_dns.observation import Answer, Hop, Observation
from preflight_dns.plugin import pytest_preflight_domain
from preflight_dns.section import RECORD
from tests.lab.socket_server import FaultyServer

DNS = pytest_preflight_domain()


class Looks:
    """The checks of a section and what was seen of each, by id; all were one batch."""

    def __init__(self, section: str) -> None:
        checks = parse(DNS, f"dns: {{{section}}}")
        seen = observe_all(RECORD, *(check.spec for check in checks), shared=checks[0].shared)
        self.checks: dict[str, Check] = {check.id.removeprefix("dns.record[")[:-1]: check for check in checks}
        self.seen = dict(zip(self.checks, seen, strict=True))
        for observed in seen:
            if isinstance(observed, Observation):
                assert_serialises(RECORD, observed)

    def hops(self, record: str) -> tuple[Hop, ...]:
        """The names of the CNAME chain of a record."""
        observed = self.seen[record]
        assert isinstance(observed, Observation), observed
        return observed.lookups[0].hops

    def answers(self, record: str) -> tuple[Answer, ...]:
        """What each server said of the last name of the chain."""
        return self.hops(record)[-1].answers

    def reasons(self, record: str) -> list[str]:
        """What the judge makes of it: `observed` of findings, and why something was not checked."""
        observed = self.seen[record]
        if isinstance(observed, NotChecked):
            return [observed.reason]
        reasons = judge(self.checks[record].spec, observed)
        return [reason.reason if isinstance(reason, NotChecked) else reason.observed for reason in reasons]


def look(*records: str, top: str = "") -> Looks:
    """`look("name: shop.example.test, type: A, ttl: 300", top="port: 5300")`."""
    return Looks(", ".join(filter(None, [top, f"records: [{', '.join(f'{{{record}}}' for record in records)}]"])))


def questions(server: FaultyServer) -> Iterator[tuple[str, str, bool]]:
    """What a server was asked, in order: name, type, and whether recursion was desired."""
    for arrival in server.arrivals:
        query = dns.message.from_wire(arrival.wire)
        (question,) = query.question
        yield question.name.to_text(), dns.rdatatype.to_text(question.rdtype), bool(query.flags & dns.flags.RD)
