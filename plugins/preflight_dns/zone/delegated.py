"""The delegation against the zone: names, glue, and what will have to change. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from preflight.finding import Finding, NotChecked
from preflight_dns.advice import error_step, listed
from preflight_dns.names import bare, parent
from preflight_dns.zone.asked import Asked
from preflight_dns.zone.parent import Addresses, Delegated, delegated, names_in, needs_glue, one_network, serves_both
from preflight_dns.zone.serving import heard, unanswered
from preflight_dns.zone.spec import ZoneSpec, listed_servers


def judge_parent(
    spec: ZoneSpec, ns: Asked, above: Asked | None, addresses: Sequence[Addresses]
) -> Iterator[Finding | NotChecked]:
    """Each server of the zone above against the NS that the zone itself has."""
    zone = ns.name
    own = own_names(ns)
    if not own and any(not reply.rrs(zone, "CNAME") for reply in heard(zone, ns).replies):
        yield _no_ns(ns)
    if above is None:
        return
    yield from _unseen(above)
    if not spec.is_delegated or not own:
        return
    by_names: dict[frozenset[str], list[Delegated]] = {}
    for one in delegated(zone, above):
        by_names.setdefault(one.names, []).append(one)
    for names, parents in by_names.items():
        if names != own:
            yield _names_differ(spec, parents, names, own)
        yield from _glue(spec, parents, addresses)


def own_names(ns: Asked) -> frozenset[str]:
    """The name servers that the zone itself names; of servers that differ, all."""
    return frozenset(name for reply in heard(ns.name, ns).replies for name in names_in(ns.name, reply.answer))


def _no_ns(ns: Asked) -> Finding:
    return Finding(
        expected=f"NS records at the top of {bare(ns.name)}",
        observed=f"{listed([reply.server for reply in heard(ns.name, ns).replies])}: none",
        next_step="add the NS records of all its servers to the zone, and raise the serial",
        consequence="resolvers that look for them take the zone for broken",
    )


def _unseen(above: Asked) -> Iterator[NotChecked]:
    name = bare(parent(above.name))
    if above.unasked:
        step = f"{above.advice}; or name the servers of {name}, or of a zone above it, under `dns.zones`"
        yield NotChecked(f"what {name} delegates is not known: {above.unasked}", above.unasked, step)
    for reply in above.replies:
        if reply.unanswered:
            yield unanswered(reply.server, reply.unanswered, dead=reply.dead)
        elif reply.rcode not in ("NOERROR", "NXDOMAIN"):
            why = f"{reply.server}, a server of {name}, answers {reply.rcode}: what it delegates is not known"
            yield NotChecked(why, f"{reply.server} answers {reply.rcode}", f"ask who runs {name}, or try again later")


def _names_differ(spec: ZoneSpec, parents: Sequence[Delegated], names: frozenset[str], own: frozenset[str]) -> Finding:
    servers, above = listed([one.server for one in parents]), bare(parent(f"{spec.name}."))
    parts = [f"only in {above}: {_names(names - own)}"] * bool(names - own)
    parts += [f"only in the zone: {_names(own - names)}"] * bool(own - names)
    return Finding(
        expected=f"the same NS in {above} as in {spec.name} itself: {_names(own)}",
        observed=f"{servers}: {_names(names) or 'no delegation'} ({'; '.join(parts)})",
        next_step=f"let who runs {above} (mostly through the registrar) delegate to {_names(own)}; or, where {above} "
        "is right, change the NS records in the zone",
        consequence=spec.why or "resolvers ask servers that are not meant to answer, or not all of those that are",
        cause=f"{above} does not delegate {spec.name} as the zone says",
    )


def _glue(spec: ZoneSpec, parents: Sequence[Delegated], addresses: Sequence[Addresses]) -> Iterator[Finding]:
    """Addresses of its own name servers, as the zone above gives them out, are those that they have."""
    above = bare(parent(f"{spec.name}."))
    for one in addresses:
        if one.unknown or one.alias:
            continue
        groups: dict[frozenset[str], list[str]] = {}
        for server in parents:
            glue = server.glue_of(one.name)
            wanted = needs_glue(f"{spec.name}.", one.name) and one.name in server.names
            if (glue or wanted) and glue != one.found:
                groups.setdefault(glue, []).append(server.server)
        for glue, servers in groups.items():
            right = listed(sorted(one.found)) or "no address"
            yield Finding(
                expected=f"as glue in {above}, the addresses of its name servers: {bare(one.name)} has {right}",
                observed=f"{listed(servers)}: {listed(sorted(glue)) or 'no glue'} for {bare(one.name)}",
                next_step=f"let who runs {above} set the host record of {bare(one.name)} to {right}",
                consequence=spec.why or _astray(glue - one.found),
                cause=f"{above} does not delegate {spec.name} as the zone says",
            )


def _astray(addresses: frozenset[str]) -> str:
    if addresses:
        return f"resolvers that follow the delegation ask {listed(sorted(addresses))}, whatever answers there"
    return "resolvers that follow the delegation do not find it, or not at all of its addresses"


def judge_alias(spec: ZoneSpec, alias: Asked) -> Iterator[Finding | NotChecked]:
    """A zone has an SOA and NS at its name, beside which no CNAME can stand."""
    # Errors and lame servers are told of once, by the SOA.
    yield from (reason for reason in heard(alias.name, alias).reasons if isinstance(reason, NotChecked))
    found = [(reply, rr) for reply in heard(alias.name, alias).replies for rr in reply.rrs(alias.name, "CNAME")]
    for target in dict.fromkeys(rr.text for _, rr in found):
        name, end = spec.name, bare(target)
        yield Finding(
            expected=f"no CNAME at the top of {name} (RFC 1034 section 3.6.2)",
            observed=f"{listed([reply.server for reply, rr in found if rr.text == target])}: {name} CNAME {end}",
            next_step=f"give {name} the A and AAAA records of {end} instead, or what the provider has for that (ALIAS, "
            "ANAME, flattening)",
            consequence=spec.why
            or f"a resolver that has it in its cache takes {name} for {end}, its NS, MX and TXT too: mail gets lost",
        )


def judge_names(spec: ZoneSpec, addresses: Sequence[Addresses]) -> Iterator[Finding | NotChecked]:
    """Each name server has a name with addresses of its own."""
    for one in addresses:
        name = bare(one.name)
        if one.alias:
            yield Finding(
                expected="name servers whose names have addresses of their own (RFC 2181 section 10.3)",
                observed=f"{name} is an alias: CNAME {bare(one.alias)}",
                next_step=f"let the NS name {bare(one.alias)}, or give {name} A and AAAA records instead of the CNAME",
                consequence=spec.why or "many resolvers follow no alias there: for them, this server does not exist",
            )
        elif one.unknown:
            error = one.error
            unknown = f"the addresses of {name} are not known"
            yield NotChecked(
                f"{unknown}: {one.unknown}",
                f"{error.server} answers {error.rcode}" if error and not error.recursion else unknown,
                error_step(error.rcode, error.server, resolver=error.recursion)
                if error
                else "make its servers or a resolver reachable, or set dns.resolvers",
            )
        elif not one.found:
            yield Finding(
                expected="an address for each name server",
                observed=f"{name} has none",
                next_step=f"give {name} A and AAAA records, or take it out of the NS records and of the delegation",
                consequence=spec.why or "it cannot be asked; the others have to carry its part",
            )


def changes(ns: Asked, above: Asked | None, addresses: Sequence[Addresses]) -> list[str]:
    """What the zone above will have to say for the servers to count that were asked here."""
    if above is None or above.unasked or not (own := own_names(ns)):
        return []
    zone, name = ns.name, bare(parent(ns.name))
    parents = delegated(zone, above)
    names = frozenset(each for one in parents for each in one.names)
    glue = frozenset(pair for one in parents for pair in one.glue if needs_glue(zone, pair[0]) and pair[0] in own)
    wanted = frozenset((one.name, address) for one in addresses if needs_glue(zone, one.name) for address in one.found)
    parts = [f"add NS {_names(own - names)}"] * bool(own - names)
    parts += [f"remove NS {_names(names - own)}"] * bool(names - own)
    parts += [f"add glue {_pairs(wanted - glue)}"] * bool(wanted - glue)
    parts += [f"remove glue {_pairs(glue - wanted)}"] * bool(glue - wanted)
    if not parts:
        return [f"{name} delegates to these servers already"] if parents else []
    return [f"to delegate to these servers, {name} has to {'; '.join(parts)}"]


def unasked(spec: ZoneSpec, ns: Asked, addresses: Sequence[Addresses]) -> list[str]:
    """Name servers of the zone itself that are not among those that the inventory names."""
    asked = {name for server in listed_servers(spec) for name in (server.host.lower(), server.label)}
    own = own_names(ns)
    others = [one for one in addresses if one.name in own and asked.isdisjoint({bare(one.name), *one.found})]
    if not others:
        return []
    names = listed([f"{bare(one.name)} ({', '.join(sorted(one.found)) or 'no address'})" for one in others])
    return [f"the zone names servers that are not among `servers:`, and nobody looked at them: {names}"]


def hints(ns: Asked, above: Asked | None, addresses: Sequence[Addresses]) -> Iterator[str]:
    """What is no fault, and worth a thought."""
    own = own_names(ns)
    network = one_network(address for one in addresses if one.name in own for address in one.found)
    if len(own) == 1:
        yield f"{_names(own)} is its only name server (RFC 2182 asks for two)"
    elif network:
        yield f"all its name servers are in one network, {network}: they may fail together"
    found = [(address, one.name) for one in addresses if one.name in own for address in one.found]
    shared = sorted({address for address, _ in found if sum(address == other for other, _ in found) > 1})
    if shared:
        yield f"{listed(shared)} is the address of several of its name servers: they are one"
    both = [reply.server for reply in above.replies if serves_both(ns.name, reply)] if above is not None else []
    if both:
        yield f"{listed(both)} serves the zone above as well, so its delegation cannot be seen there"


def _names(names: Iterable[str]) -> str:
    return listed([bare(name) for name in sorted(names)])


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return listed([f"{bare(name)} {address}" for name, address in sorted(pairs)])
