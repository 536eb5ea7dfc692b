"""Where mail for the zone goes, and how: MX, MTA-STS and TLSRPT as senders see them. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from preflight_dns.names import bare, without_dot
from preflight_dns.wire import Rr
from preflight_dns.zone.facts import Standpoint
from preflight_dns.zone.flaws import Flaw, Note, Said, listed, unseen
from preflight_dns.zone.mail import dmarc
from preflight_dns.zone.mail.text import joined

# RFC 1918, RFC 6598, RFC 4193.
_PRIVATE = [
    ipaddress.ip_network(each)
    for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
]
_LOST = "mail for the domain waits at its senders, and is returned after some days"


def mx_of(here: Standpoint) -> Iterator[Said]:
    zone = bare(here.zone)
    found = here.resolve(here.zone, "MX")
    if found.unanswered:
        yield unseen(found, f"the MX of {zone} are not known")
        return
    if not found.rrs:
        step = f"create them; or, if {zone} takes no mail, write so: {zone} MX 0 . (RFC 7505)"
        harm = f"senders try the addresses of {zone} itself (RFC 5321 section 5.1): a web server, mostly"
        seen = "there are none"
        if found.alias:
            seen = f"{zone} is an alias: CNAME {' -> '.join(map(bare, found.passed[1:]))}, and that has none"
            step = f"take the CNAME out, as nothing can stand beside it (RFC 1034 section 3.6.2); then {step}"
        yield Flaw(f"MX records at {zone}", seen, step, harm)
        return
    hosts = {_host(rr) for rr in found.rrs}
    if "." in hosts:
        yield from _null(zone, found.rrs)
        return
    for host in sorted(hosts):
        yield from _target(here, host)


def _host(rr: Rr) -> str:
    return rr.text.split()[1].lower()


def _null(zone: str, rrs: tuple[Rr, ...]) -> Iterator[Said]:
    if len(rrs) > 1:
        yield Flaw(
            f"the null MX of {zone} alone, or none (RFC 7505 section 3)",
            listed([rr.text for rr in rrs]),
            f"if {zone} takes mail, take `0 .` out; if not, leave nothing else",
            "some senders refuse to send at all, others take the remaining ones",
        )
    else:
        yield Note(f"{zone}: takes no mail (null MX)")


def _target(here: Standpoint, host: str) -> Iterator[Said]:
    expected = f"the mail server {bare(host)} with an address of its own"
    if _is_address(host):
        step = "give the mail server a name, and let the MX record name that"
        yield Flaw(expected, f"the MX names an address, {bare(host)}, and no host", step, _LOST)
        return
    found = [here.resolve(host, family) for family in ("A", "AAAA")]
    addressed = [each for each in found if each.rrs]
    if any(each.alias for each in found):
        way = " -> ".join(map(bare, next(each for each in found if each.alias).passed))
        step = f"let the MX record name {bare(found[0].end)} itself, or give {bare(host)} addresses instead of a CNAME"
        yield Flaw(expected, f"it is an alias: {way}", step, "several mail servers refuse it (RFC 2181 section 10.3)")
    if addressed:
        yield from _reached(expected, host, [rr.text for each in addressed for rr in each.rrs])
        return
    gap = next((each for each in found if each.unanswered), None)
    if gap is not None:
        yield unseen(gap, f"the addresses of the mail server {bare(host)} are not known")
        return
    end = bare(found[0].end)
    what = "does not exist (NXDOMAIN)" if any(each.gone for each in found) else "has no address"
    step = f"create {end} A or AAAA, or take it out of the MX"
    if meant := without_dot(found[0].end, here.zone):
        step = f"write {meant}. in the MX: without the final dot, the zone's name comes behind it"
    yield Flaw(expected, f"{end} {what}", step, _LOST)


def _reached(expected: str, host: str, addresses: list[str]) -> Iterator[Said]:
    """Can a sender somewhere else get there?"""
    found = [ipaddress.ip_address(address) for address in addresses]
    if all(each.is_loopback or each.is_unspecified for each in found):
        step = "let the MX name a mail server; or, if the domain takes no mail, write so: MX 0 . (RFC 7505)"
        yield Flaw(expected, f"{bare(host)} is {listed(addresses)}: each sender itself", step, _LOST)
    elif all(any(each in network for network in _PRIVATE) for each in found):
        yield Note(f"the mail server {bare(host)} is {listed(addresses)}: only those in the same network reach it")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(bare(host))
    except ValueError:
        return False
    return True


def sts_of(here: Standpoint) -> Iterator[Said]:
    """The records of MTA-STS; the policy itself is fetched over HTTPS, and not looked at here."""
    zone = bare(here.zone)
    name = f"_mta-sts.{here.zone}"
    found = here.resolve(name, "TXT")
    if found.unanswered:
        yield unseen(found, f"the MTA-STS record of {zone} is not known")
        return
    # Other texts at this name do not count (RFC 8461 section 3.1): a wildcard may put them there.
    meant = [text for text in map(joined, found.rrs) if "sts" in text.lower()]
    if not meant:
        return
    texts = [text for text in meant if text.startswith("v=STSv1")] or meant
    harm = "senders ignore it: nobody insists on TLS to the right host, and those who have the old policy keep it"
    if len(texts) != 1 or dmarc.sts_problem(texts[0]):
        seen = dmarc.sts_problem(texts[0]) + f', in "{texts[0]}"' if len(texts) == 1 else f"{len(texts)} TXT records"
        step = f'let {bare(name)} have one TXT record, "v=STSv1; id=..."'
        yield Flaw(f"an MTA-STS record at {bare(name)} (RFC 8461 section 3.1)", seen, step, harm)
        return
    yield from _policy_host(here)


def _policy_host(here: Standpoint) -> Iterator[Said]:
    host = f"mta-sts.{here.zone}"
    found = [here.resolve(host, family) for family in ("A", "AAAA")]
    if any(each.rrs for each in found):
        return
    gap = next((each for each in found if each.unanswered), None)
    if gap is not None:
        yield unseen(gap, f"the addresses of {bare(host)} are not known")
        return
    yield Flaw(
        f"the host {bare(host)}, from which senders fetch the MTA-STS policy",
        f"{bare(found[0].end)} {'does not exist (NXDOMAIN)' if found[0].gone else 'has no address'}",
        f"create {bare(host)}, or take _mta-sts.{bare(here.zone)} out",
        "senders cannot fetch a new policy, and go by the old one until it expires: new mail servers are refused",
    )


def reports_of(here: Standpoint) -> Iterator[Said]:
    """TLSRPT: asked for by nobody, and to be right if it is there."""
    name = f"_smtp._tls.{here.zone}"
    found = here.resolve(name, "TXT")
    if found.unanswered:
        yield unseen(found, f"the TLSRPT record of {bare(here.zone)} is not known")
        return
    meant = [text for text in map(joined, found.rrs) if "tlsrpt" in text.lower()]
    texts = [text for text in meant if text.startswith("v=TLSRPTv1")] or meant
    if not meant:
        if here.resolve(f"_mta-sts.{here.zone}", "TXT").rrs:
            yield Note(f"{bare(here.zone)}: MTA-STS without TLSRPT: nobody tells you when senders cannot deliver")
        return
    problem = dmarc.reporting_problem(texts[0]) if len(texts) == 1 else f"{len(texts)} TXT records"
    if problem:
        step = f'let {bare(name)} have one TXT record, "v=TLSRPTv1; rua=mailto:..."'
        harm = "senders do not report when they cannot deliver over TLS"
        yield Flaw(f"a TLSRPT record at {bare(name)} that can be read (RFC 8460 section 3)", problem, step, harm)
