"""The words of a finding on a record: what was seen, what follows from it, and what to do at 3 a.m. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from preflight.duration import format_duration
from preflight_dns.names import bare, parent, without_dot
from preflight_dns.observation import ADDRESS_UNKNOWN, NO_ADDRESS
from preflight_dns.spec import RecordSpec
from preflight_dns.tls import NO_HTTP2
from preflight_dns.views import Sight, View

ADDRESS = "address"  # A and AAAA together, where either will do
MOST_LISTED = 8
_THERE = (Sight.FOUND, Sight.NODATA, Sight.DANGLING, Sight.LOOP, Sight.ENDLESS)
_REACHED_BY = ("A", "AAAA", "CNAME", ADDRESS)
NOTHING = {
    "NXDOMAIN": "NXDOMAIN: no such name",
    "NODATA": "NODATA: the name, but no record of this type",
    "SERVFAIL": "SERVFAIL",
    "REFUSED": "REFUSED",
}


def listed(values: Sequence[str]) -> str:
    """Values, the first few of them."""
    more = len(values) - MOST_LISTED
    return ", ".join(values[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def sight(view: View, rdtype: str) -> str:
    """What a server shows where it shows no RRset."""
    end = bare(view.end)
    through = " -> ".join([bare(rr.name) for rr in view.chain] + [end])
    match view.sight:
        case Sight.DANGLING:
            return f"a dangling CNAME: {through}, and {end} does not exist (NXDOMAIN)"
        case Sight.LOOP:
            return f"a CNAME loop: {through}"
        case Sight.ENDLESS:
            begins = " -> ".join(bare(rr.name) for rr in view.chain[:2])
            way = f"{begins} -> ... -> {end}"
            return f"a chain of CNAMEs that goes on after {len(view.chain)} names: {way}; resolvers give up on it"
        case Sight.LAME:
            return f"it answers without authority for {bare(view.zone)} (lame)"
        case Sight.REFERRAL:
            return f"no answer but a referral to the servers of {bare(view.detail)}"
        case Sight.NXDOMAIN:
            return NOTHING["NXDOMAIN"]
        case Sight.NODATA:
            return f"{through + ' has ' if view.chain else ''}no {rdtype} record (NODATA)"
        case Sight.SERVFAIL if view.bogus:
            return "SERVFAIL, as validation fails there: with checking disabled (CD) it answers"
        case Sight.SERVFAIL if view.unchecked == Sight.SERVFAIL:
            return "SERVFAIL, with checking disabled (CD) as well: no matter of DNSSEC"
        case Sight.SERVFAIL if view.unchecked:
            return f"SERVFAIL, and {view.unchecked} with checking disabled (CD)"
    return view.sight


def next_step(spec: RecordSpec, rdtype: str, view: View, servers: list[str], good: list[str]) -> str:
    """What to do about one wrong answer."""
    zone = f"the zone {bare(view.zone)}" if view.zone else "its zone"
    end, them = bare(view.end), " and ".join(servers)
    match view.sight:
        case Sight.DANGLING if not good and (meant := without_dot(view.end, view.zone)):
            alias = f"{bare(view.chain[-1].name)} CNAME"
            return f"write {meant}. in {alias}: without the final dot, the zone's name comes behind it"
        case Sight.DANGLING if not good:
            return f"create {end}, or point {bare(view.chain[-1].name)} at a name that exists"
        case Sight.LOOP if not good:
            return f"let one of these CNAMEs end at an address: {', '.join(bare(rr.name) for rr in view.chain)}"
        case Sight.ENDLESS if not good:
            return f"point {spec.name} at the end of the chain, or at an address"
        case Sight.LAME:
            return f"configure {zone} on {them}, or take it out of the delegation"
        case Sight.REFERRAL:
            return f"ask the servers of {bare(view.detail)}, which {them} points to, or leave `ask:` out"
        case Sight.SERVFAIL if view.bogus:
            return (
                f"see with `delv {end} {'A' if rdtype == ADDRESS else rdtype}`, or `checks: [dnssec]` on its zone, "
                f"which link of the chain is broken; if none is, see the clock and the trust anchor of {them}, and "
                f"flush {end} from its cache"
            )
        case Sight.SERVFAIL if view.unchecked:
            return (
                f"read the log of {them}: it does not reach the zone's servers, or these answer nothing that it takes"
            )
        case Sight.SERVFAIL:
            return f"read the log of {them}: an expired zone, a DNSSEC error, or no way to its upstream"
        case Sight.REFUSED:
            return f"see whether {them} serves {zone} and allows queries from here; if not, nothing must delegate to it"
    if view.error:
        return error_step(view.sight, them)
    if good and spec.ask == "resolvers":
        return f"flush {end} from the cache of {them}, or wait until it expires there; then see whom it forwards to"
    if good:
        return (
            f"bring {them} up to date: compare its SOA serial with that of {good[0]}, "
            "see whether NOTIFY and zone transfers reach it, and reload"
        )
    if spec.status in ("SERVFAIL", "REFUSED"):
        return f"see why {them} answers for {spec.name}"
    if spec.status == "NODATA" and view.sight != Sight.FOUND:
        return f"see why {spec.name} is not in {zone}: it should be there, with records of other types"
    if spec.status is not None:
        what = rdtype if view.sight == Sight.FOUND else "and all that is below it"
        wild = f"; if it is not in there, it is a wildcard (*.{bare(parent(f'{spec.name}.'))}, say) that answers for it"
        step = f"take {spec.name} {what} out of {zone} on its primary, and raise the serial"
        return step + (wild if view.sight == Sight.FOUND and not view.chain else "")
    if view.sight == Sight.FOUND:
        return f"change {end} {rdtype} in {zone} on its primary, raise the serial, and let the secondaries follow"
    return f"create {end} {rdtype} in {zone} on its primary, and raise the serial"


def error_step(rcode: str, servers: str, *, resolver: bool = False) -> str:
    """What to do about servers that answer with an error, which says nothing of the name."""
    match rcode:
        case "SERVFAIL" if resolver:
            return f"read the log of {servers}: it does not reach the servers of that name, or a DNSSEC error"
        case "SERVFAIL":
            return f"read the log of {servers}: an expired zone, a zone that does not load, or a DNSSEC error"
        case "REFUSED":
            return f"see whether {servers} allows queries from here"
    return (
        f"see what makes {servers} answer {rcode}: mostly a firewall or a load balancer before it that does not "
        "understand the question (its type, or EDNS)"
    )


def unanswered(view: View) -> str:
    """What to do about a server that says nothing."""
    if view.detail == NO_ADDRESS:
        return f"give {view.server} an address record, or take it out of the delegation"
    if view.detail.startswith(ADDRESS_UNKNOWN):
        return f"see why, or write the address of {view.server} under dns.zones"
    if "IPv6" in view.detail:
        return "give this machine IPv6, or write `families: ipv4` under `dns:` if IPv6 is not to be checked"
    if NO_HTTP2 in view.detail:
        return "pip install 'pytest-preflight[doh]' on this machine, or ask with tls://"
    if "certificate" in view.detail:
        return (
            f"have {view.server} show a certificate that is valid for the name it is asked by, from an authority that "
            "this machine trusts (`ca:` under `dns:` names a file with others)"
        )
    if "://" in view.server:
        return f"see whether {view.server} is served there, and whether TCP to it is open from this machine"
    return (
        f"see whether the name server runs, and whether UDP and TCP to {view.server} are open from this machine; "
        "if it is not meant to answer, take it out of the delegation"
    )


def consequence(spec: RecordSpec, rdtype: str, view: View, wrong: int, answered: int) -> str:
    """What users would meet, where the inventory does not say."""
    if wrong < answered:
        return f"whoever happens to ask {wrong} of {answered} servers goes wrong, and caches keep what they were told"
    if isinstance(spec.ask, tuple):  # what others are told by others, nobody asked
        return f"whoever asks {'this server' if answered == 1 else 'these servers'} goes wrong"
    if spec.status is not None and view.sight in _THERE:
        return "what should be gone is still there for whoever looks it up"
    if view.sight == Sight.FOUND:
        return "everybody who looks it up is told this, and caches keep it"
    if spec.status is not None:
        return "whoever looks it up is told something else than is meant"
    return "nobody can reach it by this name" if rdtype in _REACHED_BY else "nobody who looks it up finds it"


def cause(view: View, servers: list[str], whole: bool) -> str:
    """The root that findings on different records share: one server that is not like the others."""
    them, several = " and ".join(servers), len(servers) > 1
    if view.sight == Sight.LAME:
        return f"{them} {'are' if several else 'is'} lame for {bare(view.zone)}"
    if view.bogus:
        return f"validation fails at {them}"
    if view.error:
        return f"{them} {'answer' if several else 'answers'} {view.sight}"
    return "" if whole or several else f"{them} differs from the other servers"


def ttl_range(low: int, high: int) -> str:
    if low == high:
        return length(low)
    if high >= 2**31 - 1:
        return f"at least {length(low)}"
    return f"at most {length(high)}" if not low else f"{length(low)} to {length(high)}"


def ttl_step(highest: int, bounds: tuple[int, int]) -> str:
    if highest > bounds[1]:
        wait = format_duration(highest)
        return f"lower it in the zone now, and wait {wait} for what caches hold already before you change the record"
    return f"raise it to at least {bounds[0]} s in the zone"


def ttl_consequence(highest: int, bounds: tuple[int, int]) -> str:
    if highest > bounds[1]:
        return f"caches may give out the old answer for up to {format_duration(highest)} after the change"
    return "caches ask again more often than planned, which loads the servers"


def length(seconds: int) -> str:
    return f"{seconds} s ({format_duration(seconds)})" if seconds >= 60 else f"{seconds} s"
