"""The `ports:` section: its kind, and how its entries become checks."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from datetime import datetime

from preflight import remote
from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.kind import Cell, Expectation, Kind, Section
from preflight.model import Host
from preflight.nearest import did_you_mean
from preflight_ports.fields import PortRange
from preflight_ports.judge import judge, seen
from preflight_ports.observation import Observation
from preflight_ports.plan import Plan
from preflight_ports.probe import probe
from preflight_ports.spec import HERE, FlowSpec, Pair, PortsSection


def target(flow: FlowSpec) -> str:
    """`web-1->db-1:5432`; an IPv6 address stands before a dot (RFC 5952 section 6): `here->2001:db8::80.443`."""
    return f"{flow.pair.source}->{_place(flow)}"


def contacts(flow: FlowSpec, plan: Plan) -> str:
    """What would be connected to what, and what it takes."""
    pair, hosts = flow.pair, dict(plan.hosts)
    whence = "this machine" if pair.source == HERE else remote.contacts(pair.source, hosts[pair.source])
    ports = ",".join(map(str, flow.port))
    noun = "port" if ports.partition("/")[0].isdigit() else "ports"
    what = f"connects to {_destination(pair)} {noun} {ports}" + (", with a TLS handshake" if flow.tls else "")
    if flow.control:
        what += f", and to {','.join(map(str, flow.control))} to see whether it can be reached at all"
    if flow.listener:
        what += (
            f"; for a moment, listens on those of them that are free on "
            f"{remote.contacts(pair.destination, hosts[pair.destination])}"
        )
    return f"{what}, from {whence}"


def cell(flow: FlowSpec, observation: Observation | None) -> Cell:
    return Cell(flow.pair.source, _place(flow), seen(observation) if observation is not None else "")


def _place(flow: FlowSpec) -> str:
    between = "." if ":" in flow.pair.destination else ":"
    return f"{flow.pair.destination}{between}{','.join(map(str, flow.port))}"


def _destination(pair: Pair) -> str:
    return pair.destination if pair.destination == pair.address else f"{pair.destination} ({pair.address})"


def expectations(section: PortsSection, ground: Ground) -> Iterator[Expectation[FlowSpec] | Problem]:
    """One check for each source and destination of a flow."""
    expanding = _Expanding(ground)
    written = [(flow, list(expanding.pairs(number, flow))) for number, flow in enumerate(section.flows)]
    yield from expanding.problems
    yield from _answered_by_our_own(written)
    plan = expanding.plan(pair for _, pairs in written for pair in pairs)
    for flow, pairs in written:
        settled = flow.model_copy(
            update={
                "families": flow.families or section.families,
                "connect_timeout": flow.connect_timeout or section.connect_timeout,
            }
        )
        for pair in pairs:
            yield Expectation(FLOW, settled.between(pair, alone=len(pairs) == 1), plan)


def _answered_by_our_own(written: list[tuple[FlowSpec, list[Pair]]]) -> Iterator[Problem]:
    """Flows that want a service to answer where another flow has us listen."""
    ours: dict[str, list[tuple[PortRange, FlowSpec]]] = {}
    for flow, pairs in written:
        for address in {pair.address for pair in pairs if flow.listener}:
            ours.setdefault(address, []).extend((ports, flow) for ports in flow.port)
    for number, (flow, pairs) in enumerate(written):
        if flow.listener or flow.expect != "open":
            continue
        clashes = (
            (ports, other)
            for address in dict.fromkeys(pair.address for pair in pairs)
            for ports, other in ours.get(address, ())
            if any(ports.overlaps(own) for own in flow.port)
            and (not flow.phase or not other.phase or set(flow.phase) & set(other.phase))
        )
        for ports, other in clashes:
            message = (
                f"port {ports} is listened on for the flow at {other.mark}, so that it would be open in any case; "
                "give this flow `listener: if-free`, too, or `expect: path-open`, or another phase"
            )
            yield Problem(flow.place("port"), f"ports.flows[{number}].port", message)
            break


class _Expanding:
    """From the words of a flow to pairs of hosts."""

    _flow: FlowSpec  # the one that is being expanded
    _number: int

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.groups = ground.groups
        self.problems: list[Problem] = []
        self.closes: datetime | None = ground.cutover.closes

    def plan(self, pairs: Iterable[Pair]) -> Plan:
        """The hosts that are logged in to."""
        used = {name for pair in pairs for name in (pair.source, pair.destination)}
        return Plan(tuple((name, host) for name, host in self.ground.hosts.items() if name in used))

    def pairs(self, number: int, flow: FlowSpec) -> Iterator[Pair]:
        self._flow, self._number = flow, number
        sources = [name for at, word in enumerate(flow.from_) for name in self._sources(at, word)]
        destinations = [pair for at, word in enumerate(flow.to) for pair in self._destinations(at, word)]
        if flow.listener and "listener" not in self.ground.allow:
            self._refuse("listener", None, "this changes the destination for a moment: it needs `allow: [listener]`")
        made = 0
        for source in dict.fromkeys(sources):
            for destination, address in dict.fromkeys(destinations):
                if source == destination and len(sources) * len(destinations) > 1:
                    continue  # a member of both groups: its traffic to itself crosses no network
                made += 1
                yield Pair(source, destination, address, self._source_address(source), self.closes)
        if sources and destinations and not made:
            self._refuse("to", None, "no traffic: the only host of `from` is the only one of `to`")

    def _sources(self, at: int, word: str) -> tuple[str, ...]:
        names = self._members("from", at, word)
        if HERE in names or (word == HERE and HERE in self.groups):
            self._refuse("from", at, "`here` is this machine: rename the host or group of that name")
        if word == HERE:
            return (HERE,)
        if not names:
            self._refuse("from", at, f'there is no host or group "{word}" here{self._meant(word, HERE)}')
        return names

    def _source_address(self, source: str) -> str:
        host = self.ground.hosts.get(source)
        return _address("", host) if host else ""

    def _destinations(self, at: int, word: str) -> Iterator[tuple[str, str]]:
        names = self._members("to", at, word)
        for name in names:
            yield name, _address(name, self.ground.hosts[name])
        if names:
            return
        if self._flow.listener:
            self._refuse("listener", None, f"a listener runs on a host of the inventory only, and {word} is none")
        if not _is_address(word) and "." not in word and word != "localhost":
            hint = "; a name for the source to resolve has a dot in it, if only at its end"
            self._refuse("to", at, f'there is no host or group "{word}" here{self._meant(word)}{hint}')
            return
        yield word, word

    def _members(self, key: str, at: int, word: str) -> tuple[str, ...]:
        if word in self.ground.hosts and word in self.groups:
            self._refuse(key, at, f"{word} is the name of a host and of a group: rename one of them")
        return (word,) if word in self.ground.hosts else self.groups.get(word, ())

    def _meant(self, word: str, *more: str) -> str:
        return did_you_mean(word, {*self.ground.hosts, *self.groups, *more})

    def _refuse(self, key: str, index: int | None, message: str) -> None:
        words = self._flow.from_ if key == "from" else self._flow.to
        listed = f"[{index}]" if index is not None and len(words) > 1 else ""
        path = f"ports.flows[{self._number}].{key}{listed}"
        place = self._flow.place(key) if index is None else self._flow.place(key, index)
        self.problems.append(Problem(place, path, message))


def _address(name: str, host: Host) -> str:
    # The address of a container is its name there, which means nothing on the network.
    return host.address if host.address and host.connection in ("ssh", "local") else name


def _is_address(word: str) -> bool:
    try:
        ipaddress.ip_address(word.partition("%")[0])
    except ValueError:
        return False
    return True


FLOW = Kind("ports.flow", FlowSpec, Observation, target, probe, judge, contacts, cell)
SECTION = Section(PortsSection, (FLOW,), expectations)
