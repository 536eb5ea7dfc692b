"""Is mail for the zone delivered, and is mail from it believed? MX, SPF, DKIM, DMARC, MTA-STS, TLSRPT."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from preflight.finding import Finding, NotChecked
from preflight_dns.zone.aspect import Asker, Aspect
from preflight_dns.zone.facts import MailSeen, Standpoint
from preflight_dns.zone.flaws import Said, judged, notes
from preflight_dns.zone.looking import looking
from preflight_dns.zone.mail.receiver import mx_of, reports_of, sts_of
from preflight_dns.zone.mail.sender import dkim_of, dmarc_of, spf_of
from preflight_dns.zone.spec import ZoneSpec


def examine(spec: ZoneSpec, here: Standpoint) -> Iterator[Said]:
    yield from mx_of(here)
    yield from spf_of(here)
    for selector in spec.mail.dkim:
        yield from dkim_of(here, selector)
    yield from dmarc_of(here)
    yield from sts_of(here)
    yield from reports_of(here)


async def look(asker: Asker, spec: ZoneSpec) -> MailSeen | NotChecked:
    return await looking(asker, spec, MailSeen, partial(examine, spec))


def judge(spec: ZoneSpec, seen: MailSeen, _at: datetime) -> Sequence[Finding | NotChecked]:
    return judged(seen, partial(examine, spec), spec.why)


def sketch(spec: ZoneSpec, seen: MailSeen) -> list[str]:
    return notes(seen, partial(examine, spec))


def contacts(_spec: ZoneSpec) -> str:
    return "; and for hosts and SPF records of others, the resolvers"


ASPECT = Aspect(look, judge, sketch, contacts=contacts)
