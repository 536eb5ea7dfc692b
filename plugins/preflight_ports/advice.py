"""What a judge says to an operator: what was seen, from where, who is in the way, and the rule to ask for."""

from __future__ import annotations

from preflight.duration import format_duration
from preflight.finding import Finding, NotChecked
from preflight_ports.fields import PortRange
from preflight_ports.observation import Observation
from preflight_ports.place import Place
from preflight_ports.spec import HERE, FlowSpec

# RFC 792, RFC 1812 5.2.7.1; RFC 4443 3.1
ICMP = {
    "3/0": "network unreachable",
    "3/1": "host unreachable",
    "3/2": "protocol unreachable",
    "3/3": "port unreachable",
    "3/9": "network administratively prohibited",
    "3/10": "host administratively prohibited",
    "3/13": "communication administratively prohibited",
    "11/0": "time to live exceeded: a routing loop",
    "1/0": "no route to destination",
    "1/1": "communication administratively prohibited",
    "1/3": "address unreachable",
    "1/4": "port unreachable",
    "1/5": "source address failed policy",
    "1/6": "reject route",
    "3/0v6": "hop limit exceeded: a routing loop",
}
INSTALL_PYTHON = "install python3 (3.6 or later) on {}"
CANNOT_TELL = "cannot tell refused from rejected, nor who sent it, nor where a drop happens"


def rule(flow: FlowSpec, place: Place) -> str:
    """The rule to ask for, as a network engineer writes it down: protocol, source, destination, port."""
    # bash and nc do not say which address the source sends from.
    source = _both(place.address.source or flow.pair.source_address, name(flow.pair.source))
    return f"{place.address.protocol} from {source} to {_both(place.at, flow.pair.destination)} {place.ports}"


def wrong(flow: FlowSpec, observation: Observation, place: Place) -> Finding:
    """Observed, and not as expected."""
    return Finding(
        expected(flow),
        f"{_whence(flow, observation, place)}: {_seen(flow, observation, place)}",
        next_step=_remedy(flow, place),
        consequence=_consequence(flow, place),
        cause=_cause(flow, place),
    )


def unknown(flow: FlowSpec, observation: Observation, place: Place) -> NotChecked:
    """What was observed does not tell."""
    pair, source, whence = flow.pair, name(flow.pair.source), _whence(flow, observation, place)
    failed = f"no listener could run on {pair.destination}: {place.failed}" if place.failed else ""
    if place.state == "not-checked":
        short = " (`ulimit -n`, `ss -s`, `sysctl net.ipv4.ip_local_port_range`)" if "socket" in place.fared.note else ""
        why = place.fared.note or "no reason was given"
        return NotChecked(f"{whence}: {why}", f"{source}: {why}", f"see what holds {source} up{short}")
    if place.state == "open":
        why = f"connected, but {observation.rung} cannot tell whether it was our listener that accepted"
        return NotChecked(
            f"{whence}: {why}", f"only python3 talks to our listener: {source} has none", INSTALL_PYTHON.format(source)
        )
    if failed and flow.expect != "blocked":
        return NotChecked(
            f"{whence}: {place.state}, and {failed}",
            failed,
            f"see to {pair.destination}, or leave `listener` out" + _path_open_instead(flow),
        )
    if place.state == "silent":
        return NotChecked(
            f"{whence}: silent: dropped on the way, or the service has nothing to say to what was sent",
            f"{pair.destination} says nothing over UDP on {place.ports}",
            "write `send:` with octets that it answers to, or `listener: if-free` where nothing listens yet",
        )
    if place.state == "refused":
        cause = f"{observation.rung} on {source} {CANNOT_TELL}"
        step = f"{INSTALL_PYTHON.format(source)}, or write `listener: if-free`"
        return NotChecked(f"{whence}: {_seen(flow, observation, place)}", cause, step)
    closed = f"; none of its control ports ({_ports(flow.control)}) is open" if flow.control else ""
    shown = failed or f"nothing shows that {source} reaches {place.at} at all{closed}"
    return NotChecked(
        f"{whence}: {_seen(flow, observation, place)}; but {shown}, so this proves nothing",
        failed or f"no control from {source} to {pair.destination}",
        f"write `control:` with a port that {source} does reach there" + ("" if failed else ", or `listener: if-free`"),
    )


def _path_open_instead(flow: FlowSpec) -> str:
    return " and write `expect: path-open`" if flow.expect == "open" else ""


def unseen(flow: FlowSpec, protocol: str, count: int) -> NotChecked:
    source = name(flow.pair.source)
    what = f"{count} {protocol} {'port' if count == 1 else 'ports'} of {flow.pair.destination}"
    cause = f"the prober on {source} ended without a word on some ports"
    return NotChecked(
        f"{cause}: {what}", cause, f"run again; if it stays so, see what {source} is short of (`ulimit -a`)"
    )


def peer_unknown(flow: FlowSpec, observation: Observation, place: Place) -> NotChecked:
    if place.failed:
        why, step = f"no listener could run on {flow.pair.destination}: {place.failed}", "see to it"
    else:
        why, step = "a service is there, and only our own listener sees the source address", "leave `seen_as` out"
    return NotChecked(f"{_whence(flow, observation, place)}: {place.state}, but {why}", why, step)


def translated(flow: FlowSpec, observation: Observation, place: Place, wanted: str) -> Finding:
    destination, source = flow.pair.destination, name(flow.pair.source)
    return Finding(
        f"{destination} sees {source} as {wanted}",
        f"{_whence(flow, observation, place)}: our listener saw {place.fared.peer}: the source address is "
        "translated on the way (NAT)",
        next_step=f"allow {place.fared.peer} wherever {destination} lists its clients, or remove the NAT",
        consequence="" if flow.why else f"what {destination} allows by source address does not let {source} in",
        cause=f"{source} is translated to {place.fared.peer}",
    )


def expected(flow: FlowSpec) -> str:
    pair, ports = flow.pair, _ports(flow.port)
    to = f"{pair.destination} port {ports} from {name(pair.source)}"
    if flow.expect == "path-open":
        return f"a path open to {to}, whether or not anything listens there yet"
    return f"{to} {flow.expect}"


def _ports(ports: tuple[PortRange, ...]) -> str:
    return ",".join(map(str, ports))


def name(source: str) -> str:
    return "this machine" if source == HERE else source


def _both(address: str, name: str) -> str:
    if not address:
        return name
    return address if address == name else f"{address} ({name})"


def _whence(flow: FlowSpec, observation: Observation, place: Place) -> str:
    rung = f", by {observation.rung}" if observation.rung not in ("python3", "") else ""
    return f"from {_both(place.address.source, name(flow.pair.source))}{rung}, {place.where}"


def _icmp(place: Place) -> str:
    fared = place.fared
    v6 = ":" in place.address.address
    name = ICMP.get(f"{fared.icmp}v6" if v6 and fared.icmp == "3/0" else fared.icmp, "")
    return f"ICMP{'v6' if v6 else ''} {fared.icmp}{f', {name}' if name else ''}"


def _seen(flow: FlowSpec, observation: Observation, place: Place) -> str:
    to, fared, state = flow.pair.destination, place.fared, place.state
    limits = "" if observation.error_queue else f" ({observation.rung} {CANNOT_TELL})"
    if state == "intercepted":
        return f"intercepted: something on the way accepted, and our listener on {to} never saw it"
    if state == "mtu-hole":
        way = f"from {to}" if fared.lost == "back" else f"to {to}"
        return f"mtu-hole: the connection opens, and segments of full size {way} are lost on the way"
    if state in ("refused", "closed"):
        return _reset(to, place, limits)
    if state == "rejected":
        itself = " itself" if fared.by == place.at else ""
        return f"rejected by {fared.by}{itself} ({_icmp(place)})" if fared.by else f"rejected ({fared.errno}){limits}"
    if state == "unreachable":
        return _unreachable(place) + limits
    if state == "local-policy":
        by = f"{_icmp(place)}" if fared.icmp else fared.errno or "no route, or not permitted"
        return f"local-policy: {name(flow.pair.source)}'s own routes or filter stop it ({by}){limits}"
    if state in ("filtered", "silent"):
        return f"{state}: no answer in {format_duration(observation.timeout)}{_how_far(place)}{limits}"
    return state


def _reset(to: str, place: Place, limits: str) -> str:
    how = "refused (RST)" if place.state == "refused" else "closed (ICMP port unreachable by the host itself)"
    if place.something_listens:
        whose = "our listener runs" if place.we_listen else f"something on {to} accepts"
        return f"{how}, although {whose} there: a firewall answers for {to}"
    if place.taken_elsewhere:
        return f"{how}: something on {to} has that port, but does not accept at {place.at}"
    return f"{how}: nothing listens there" + (f", or a firewall resets{limits}" if place.state == "refused" else "")


def _unreachable(place: Place) -> str:
    fared, address = place.fared, place.address
    if not fared.by:
        return f"unreachable ({fared.errno or 'no route to host'})"
    if fared.by == address.source:
        return "unreachable: nobody on its own network answers to that address (ARP, neighbour discovery)"
    return f"unreachable, says {fared.by} ({_icmp(place)})"


def _how_far(place: Place) -> str:
    if place.last_hop is None:
        return ""
    hops, router = place.last_hop
    return f"; packets get as far as {router}, {hops} {'hop' if hops == 1 else 'hops'} away, and no farther"


def _remedy(flow: FlowSpec, place: Place) -> str:
    to, fared, state, asked = flow.pair.destination, place.fared, place.state, rule(flow, place)
    if flow.expect == "blocked":
        or_told = "; if one resets it already, `listener: if-free` can tell" if state == "refused" else ""
        return f"have a firewall on the way block {asked}{or_told}"
    if state == "intercepted":
        return f"find the proxy or NAT on the way that takes this traffic, and ask for: allow {asked}, unproxied"
    if state == "mtu-hole":
        return (
            "have ICMP 3/4 (fragmentation needed) and ICMPv6 2 (packet too big) let through on the way, or the MSS "
            f"clamped; meanwhile, lower the MTU of {to}"
        )
    if state in ("refused", "closed"):
        return _start(to, place, asked)
    if state == "rejected":
        on = f"{to} itself" if fared.by == place.at else fared.by
        return f"ask for: allow {asked}{f', on {on}' if on else ''}"
    if state == "unreachable":
        return f"see whether {to} is up and has this address, and whether there is a route to it: {asked}"
    if state == "local-policy":
        no_ipv6 = ":" in place.at and not place.address.source
        source = name(flow.pair.source)
        return (
            f"on {source}: `ip route get {place.address.address}`, `ip rule`, and `nft list ruleset` for its output"
            + ("; if it is to have no IPv6, write `families: ipv4`" if no_ipv6 else "")
        )
    beyond = f", on {place.last_hop[1]} or what comes after it" if place.last_hop else ""
    if place.we_listen:
        return f"ask for: allow {asked}{beyond}"
    answers = (
        f"the service there answers {name(flow.pair.source)} (its own access list)"
        if place.address.protocol == "udp"
        else "its accept queue not full (`ss -ltn` there: Recv-Q above Send-Q)"
    )
    return f"ask for: allow {asked}{beyond}; if that is allowed, see whether {to} is up and {answers}"


def _start(to: str, place: Place, asked: str) -> str:
    tool = f"`ss {'-lunp' if place.address.protocol == 'udp' else '-ltnp'}`"
    if place.something_listens:
        return f"ask for: allow {asked}, on each firewall on the way and on {to} itself"
    if place.taken_elsewhere:
        return f"let the service on {to} listen at {place.at} too ({tool} there shows where it does, often 127.0.0.1)"
    return (
        f"start the service on {to} ({tool} lists what listens, and at which address); before it is installed, write "
        "`expect: path-open`, or `listener: if-free` to be sure"
    )


def _consequence(flow: FlowSpec, place: Place) -> str:
    source, to, state = name(flow.pair.source), flow.pair.destination, place.state
    if flow.why:
        return ""
    if flow.expect == "blocked" and state in ("refused", "closed"):
        return f"nothing but a missing service keeps {source} out"
    if flow.expect == "blocked":
        return f"{source} can reach what it must not"
    if state == "intercepted":
        return f"{source} talks to something else than {to}"
    if state == "mtu-hole":
        return "connections open, and hang as soon as much is sent"
    if flow.expect == "path-open":
        return f"{source} will not reach {to} {place.ports}, whatever is started there"
    waits = " waits for its own timeout and" if state in ("filtered", "silent") else ""
    return f"what on {source} needs {to} {place.ports}{waits} fails"


def _cause(flow: FlowSpec, place: Place) -> str:
    """What flows with one root share; empty for a flow that stands alone."""
    to, fared, state = flow.pair.destination, place.fared, place.state
    if flow.expect == "blocked":
        return ""
    if state == "rejected" and fared.by:
        return f"{fared.by} rejects ({_icmp(place)})"
    if state == "filtered":
        beyond = f" get lost after {place.last_hop[1]}" if place.last_hop else f" {place.ports} get no answer"
        return f"packets to {to}{beyond}"
    if state in ("refused", "closed") and not place.something_listens:
        nobody = f"what has it does not accept at {place.at}" if place.taken_elsewhere else "nothing listens"
        return f"{to} {place.ports}: {nobody}"
    if state == "unreachable" and fared.by:
        return f"{place.at}: unreachable, says {fared.by}"
    return ""
