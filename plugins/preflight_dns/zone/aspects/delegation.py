"""Does the zone above lead to servers that serve the zone, and do these do what resolvers rely on?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from preflight.finding import Finding, NotChecked
from preflight_dns.chain import within
from preflight_dns.zone.asked import Asked, Traits
from preflight_dns.zone.aspect import Asker, Aspect
from preflight_dns.zone.behaved import judge_traits
from preflight_dns.zone.delegated import changes, hints, judge_alias, judge_names, judge_parent, unasked
from preflight_dns.zone.parent import Addresses, Delegated, delegated, names_in
from preflight_dns.zone.serving import heard
from preflight_dns.zone.spec import ZoneSpec


@dataclass(frozen=True, slots=True)
class DelegationSeen:
    """What leads to the zone's servers, and how they behave.

    Attributes:
        soa, ns: on each server of the zone.
        above: the NS of the zone on each server of the zone above; None for the root.
        addresses: of every name server that either names.
        unlisted: the SOA, on name servers that only the zone above names.
        alias: the CNAME at the zone's own name, on each of its servers.
    """

    soa: Asked
    ns: Asked
    above: Asked | None
    addresses: tuple[Addresses, ...]
    unlisted: Asked | None
    traits: tuple[Traits, ...]
    alias: Asked | None = None
    aspect: Literal["delegation"] = "delegation"


async def look(asker: Asker, spec: ZoneSpec) -> DelegationSeen:
    zone = asker.zone
    soa, ns = await asker.ask(zone, "SOA"), await asker.ask(zone, "NS")
    above = await asker.ask_above(zone, "NS") if zone != "." else None
    parents = delegated(zone, above) if above is not None else []
    own = frozenset(name for reply in ns.replies for name in names_in(zone, reply.answer))
    # Before the change, the servers that are delegated to are others, and not the matter here.
    theirs = frozenset(name for parent in parents for name in parent.names) if spec.is_delegated else frozenset()
    addresses = [
        Addresses(name, *[await _address(asker, name, rdtype) for rdtype in ("A", "AAAA")])
        for name in sorted(own | theirs)
    ]
    unlisted = await _unlisted(asker, theirs - own, addresses, parents)
    alias = await asker.ask(zone, "CNAME")
    return DelegationSeen(soa, ns, above, tuple(addresses), unlisted, await asker.traits(), alias)


async def _address(asker: Asker, name: str, rdtype: str) -> Asked:
    return await (asker.ask if within(name, asker.zone) else asker.resolve)(name, rdtype)


async def _unlisted(
    asker: Asker, names: frozenset[str], addresses: Sequence[Addresses], parents: Sequence[Delegated]
) -> Asked | None:
    """Whoever follows the delegation asks these too."""
    known = {one.name: one.found for one in addresses}
    glue = {name: frozenset(a for parent in parents for a in parent.glue_of(name)) for name in names}
    servers = [(name.rstrip("."), address) for name in sorted(names) for address in sorted(known[name] | glue[name])]
    return await asker.ask_at(servers, asker.zone, "SOA") if servers else None


def judge(spec: ZoneSpec, seen: DelegationSeen, _at: datetime) -> Sequence[Finding | NotChecked]:
    zone = seen.soa.name
    reasons = [*judge_parent(spec, seen.ns, seen.above, seen.addresses), *judge_names(spec, seen.addresses)]
    reasons += judge_alias(spec, seen.alias) if seen.alias is not None else ()
    reasons += judge_traits(spec, seen.soa, seen.traits)
    reasons += heard(zone, seen.unlisted).reasons if seen.unlisted is not None else ()
    return [*dict.fromkeys([*reasons, *heard(zone, seen.soa).reasons])]


def sketch(spec: ZoneSpec, seen: DelegationSeen) -> list[str]:
    lines: list[str] = []
    if not spec.is_delegated:
        lines += [*changes(seen.ns, seen.above, seen.addresses), *unasked(spec, seen.ns, seen.addresses)]
    return [f"{spec.name}: {line}" for line in (*lines, *hints(seen.ns, seen.above, seen.addresses))]


def _whom(_spec: ZoneSpec) -> str:
    return "; the servers of the zone above; and, for addresses of name servers elsewhere, the resolvers"


ASPECT = Aspect(look, judge, sketch, contacts=_whom)
