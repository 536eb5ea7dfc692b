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
    written = [(flow, list(expanding.pairs(flow))) for flow in section.flows]
    yield from expanding.problems
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


class _Expanding:
    """From the words of a flow to pairs of hosts."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.groups = ground.groups
        self.problems: list[Problem] = []
        self.closes: datetime | None = ground.cutover.closes

    def plan(self, pairs: Iterable[Pair]) -> Plan:
        """The hosts that are logged in to."""
        used = {name for pair in pairs for name in (pair.source, pair.destination)}
        return Plan(tuple((name, host) for name, host in self.ground.hosts.items() if name in used))

    def pairs(self, flow: FlowSpec) -> Iterator[Pair]:
        sources = [name for word in flow.from_ for name in self._sources(flow, word)]
        destinations = [pair for word in flow.to for pair in self._destinations(flow, word)]
        if flow.listener and "listener" not in self.ground.allow:
            self._refuse(flow, "listener", "this changes the destination for a moment: it needs `allow: [listener]`")
        made = 0
        for source in dict.fromkeys(sources):
            for destination, address in dict.fromkeys(destinations):
                if source == destination and len(sources) * len(destinations) > 1:
                    continue  # a member of both groups: its traffic to itself crosses no network
                made += 1
                yield Pair(source, destination, address, self._source_address(source), self.closes)
        if sources and destinations and not made:
            self._refuse(flow, "to", "no traffic: the only host of `from` is the only one of `to`")

    def _sources(self, flow: FlowSpec, word: str) -> tuple[str, ...]:
        if word == HERE:
            return (HERE,)
        names = self._members(flow, "from", word)
        if not names:
            self._refuse(flow, "from", f'there is no host or group "{word}" here{self._meant(word, HERE)}')
        return names

    def _source_address(self, source: str) -> str:
        host = self.ground.hosts.get(source)
        return _address("", host) if host else ""

    def _destinations(self, flow: FlowSpec, word: str) -> Iterator[tuple[str, str]]:
        names = self._members(flow, "to", word)
        for name in names:
            yield name, _address(name, self.ground.hosts[name])
        if names:
            return
        if flow.listener:
            self._refuse(flow, "listener", f"a listener runs on a host of the inventory only, and {word} is none")
        if not _is_address(word) and "." not in word and word != "localhost":
            hint = "; a name for the source to resolve has a dot in it, if only at its end"
            self._refuse(flow, "to", f'there is no host or group "{word}" here{self._meant(word)}{hint}')
            return
        yield word, word

    def _members(self, flow: FlowSpec, key: str, word: str) -> tuple[str, ...]:
        if word in self.ground.hosts and word in self.groups:
            self._refuse(flow, key, f"{word} is the name of a host and of a group: rename one of them")
        return (word,) if word in self.ground.hosts else self.groups.get(word, ())

    def _meant(self, word: str, *more: str) -> str:
        return did_you_mean(word, {*self.ground.hosts, *self.groups, *more})

    def _refuse(self, flow: FlowSpec, key: str, message: str) -> None:
        self.problems.append(Problem(flow.place(key), f"ports.flows.{key}", message))


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
