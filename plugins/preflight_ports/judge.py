"""Why is a flow not as it should be?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

from preflight.finding import Finding, NotChecked
from preflight_ports import advice
from preflight_ports.datagrams import answer_is_due
from preflight_ports.observation import Address, Listener, Observation, Ports
from preflight_ports.place import Place
from preflight_ports.spec import FlowSpec
from preflight_ports.tls import judge_tls

Verdict = Literal["right", "wrong", "unknown"]

_BLOCKED = {"rejected", "filtered", "local-policy"}
_NOBODY = {"refused", "closed"}
_THROUGH = {"open", "refused", "closed", "intercepted", "mtu-hole"}


def judge(flow: FlowSpec, observation: Observation) -> list[Finding | NotChecked]:
    """One reason for all ports that went wrong alike."""
    listeners = {(one.port, one.protocol): one for one in observation.listeners}
    reasons: list[Finding | NotChecked] = list(_unseen(flow, observation))
    for place in _places(flow, observation, listeners):
        verdict = _VERDICTS[flow.expect](flow, observation, place)
        if verdict == "wrong":
            reasons.append(advice.wrong(flow, observation, place))
        elif verdict == "unknown":
            reasons.append(advice.unknown(flow, observation, place))
        elif flow.tls:
            reasons += judge_tls(flow, place)
        elif flow.seen_as:
            reasons += _seen_as(flow, observation, place)
    return reasons


def seen(observation: Observation) -> str:
    """What was seen, in a word or two: `open`, or `open 6, filtered 5` where ports differ."""
    count: Counter[str] = Counter()
    for address in observation.addresses:
        for ports in address.ports:
            count[ports.state] += ports.last - ports.first + 1
    if len(count) == 1:
        if "open" in count and any(one.state == "listening" for one in observation.listeners):
            note = " (our listener)"
        else:
            note = ""
        peers = {p.peer for a in observation.addresses for p in a.ports if p.peer and p.peer != a.source}
        return next(iter(count)) + (f" as {', '.join(sorted(peers))}" if peers else "") + note
    return ", ".join(f"{state} {number}" for state, number in count.most_common())


def _unseen(flow: FlowSpec, observation: Observation) -> Iterator[NotChecked]:
    """What no prober said anything of: a pass is only what was seen."""
    for protocol in dict.fromkeys(ports.protocol for ports in flow.port):
        wanted = {n for each in flow.port if each.protocol == protocol for n in each.numbers}
        addresses = [address for address in observation.addresses if address.protocol == protocol]
        left = [wanted.difference(*(p.numbers for p in address.ports)) for address in addresses]
        if not addresses or any(left):
            yield advice.unseen(flow, protocol, len(set().union(*left) if addresses else wanted))


def _places(flow: FlowSpec, observation: Observation, listeners: Mapping[tuple[int, str], Listener]) -> Iterator[Place]:
    """Ports that fared alike, at however many addresses, as one."""
    alike: dict[tuple[object, Address], list[Ports]] = defaultdict(list)
    for address in observation.addresses:
        for ports in _apart(address, listeners):
            listener = listeners.get((ports.first, address.protocol))
            tls = replace(ports.tls, at=0.0) if ports.tls else None
            due = address.protocol == "udp" and _answer_due(flow, ports)
            how = (ports.state, ports.by, ports.icmp, ports.errno, ports.lost, ports.note, tls, ports.peer, due)
            whence = (address.protocol, address.source, ":" in address.address, address.control)
            ours = (listener.state, listener.answers, listener.note) if listener else None
            alike[(how, whence, ours), address].append(ports)
    merged: dict[object, Place] = {}
    for (how_and_whence, address), same in alike.items():
        ranges = _neighbours((ports.first, ports.last) for ports in same)
        hop = max((hop for ports in same for hop in ports.hops), default=None)
        place = merged.get((how_and_whence, ranges, hop))
        merged[how_and_whence, ranges, hop] = (
            replace(place, addresses=(*place.addresses, address))
            if place
            else Place((address,), same[0], ranges, hop, listeners.get((same[0].first, address.protocol)))
        )
    yield from merged.values()


def _apart(address: Address, listeners: Mapping[tuple[int, str], Listener]) -> Iterator[Ports]:
    """Neighbouring ports one by one where listeners may have fared differently on them."""
    for ports in address.ports:
        if any((number, address.protocol) in listeners for number in ports.numbers):
            yield from (replace(ports, first=number, last=number) for number in ports.numbers)
        else:
            yield ports


def _neighbours(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and joined[-1][1] == first - 1:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return tuple(joined)


def _open(flow: FlowSpec, _: Observation, place: Place) -> Verdict:
    state = place.state
    if state == "open":
        # bash and nc only connect to our listener: somebody else may have accepted.
        return "unknown" if place.we_listen and not place.fared.peer else "right"
    if state == "not-checked" or (state in _NOBODY and place.failed):
        return "unknown"
    if state == "silent":
        return "wrong" if place.we_listen or _answer_due(flow, place.fared) else "unknown"
    return "wrong"


def _path_open(flow: FlowSpec, observation: Observation, place: Place) -> Verdict:
    # Where something listens, a reset comes from somebody else.
    if place.state in _NOBODY and not place.something_listens and not place.failed:
        # Without the error queue it may as well be iptables' default, which is a reject by ICMP.
        return "right" if observation.error_queue or place.state == "closed" else "unknown"
    return _open(flow, observation, place)


def _blocked(_: FlowSpec, observation: Observation, place: Place) -> Verdict:
    state, reset_by_firewall = place.state, place.state in _NOBODY and place.something_listens
    if state == "refused" and not observation.error_queue and not reset_by_firewall:
        return "unknown"  # iptables' default reject looks the same there
    if state in _THROUGH and not reset_by_firewall:
        return "wrong"
    if state == "silent":  # most UDP services say nothing to what they do not understand
        return "right" if place.we_listen else "unknown"
    # An address of which another port answers is no dead host, whatever a router says of this one.
    if state in _BLOCKED or state == "unreachable" or reset_by_firewall:
        return "right" if place.control else "unknown"
    return "unknown"


def _answer_due(flow: FlowSpec, ports: Ports) -> bool:
    return all(answer_is_due(port, flow.send) for port in ports.numbers)


def _seen_as(flow: FlowSpec, observation: Observation, place: Place) -> Iterator[Finding | NotChecked]:
    wanted = place.address.source if flow.seen_as == "unchanged" else flow.seen_as
    if not place.fared.peer or not wanted:
        yield advice.peer_unknown(flow, observation, place)
    elif place.fared.peer != wanted:
        yield advice.translated(flow, observation, place, wanted)


_VERDICTS = {"open": _open, "path-open": _path_open, "blocked": _blocked}
