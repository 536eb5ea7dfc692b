"""Whom the records that are asked on hosts log in to. Plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from preflight import remote
from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.model import Host
from preflight.nearest import did_you_mean
from preflight_dns.fields import FromHost
from preflight_dns.host.program import FAMILIES
from preflight_dns.spec import RecordSpec


@dataclass(frozen=True, slots=True)
class Hosts:
    """What those checks share: the hosts of the inventory that any of them asks, by name."""

    hosts: tuple[tuple[str, Host], ...]


def contacts(spec: RecordSpec, shared: Hosts) -> str:
    """Who is logged in to, and what is read and asked there."""
    name = spec.ask.name if isinstance(spec.ask, FromHost) else ""
    how = "as its programs do (getent), and " if spec.type in FAMILIES else ""
    what = f"reads /etc/hosts, nsswitch.conf and resolv.conf, and looks it up {how}at the name servers of resolv.conf"
    return f"{what}, on {remote.contacts(name, dict(shared.hosts)[name])}"


def expanded(number: int, spec: RecordSpec, whom: FromHost, ground: Ground) -> Iterator[RecordSpec | Problem]:
    """The record on each host that is meant."""
    known = ground.hosts if whom.what == "host" else ground.groups
    if whom.name not in known:
        other = "group" if whom.what == "host" else "host"
        others = ground.groups if whom.what == "host" else ground.hosts
        hint = f"; write `{other}:{whom.name}`" if whom.name in others else did_you_mean(whom.name, known)
        message = f'there is no {whom.what} "{whom.name}" here{hint}'
        yield Problem(spec.place("ask"), f"dns.records[{number}].ask", message)
        return
    names = (whom.name,) if whom.what == "host" else ground.groups[whom.name]
    for name in names:
        yield spec.on(name, alone=len(names) == 1)


def shared(asked: Iterable[Sequence[RecordSpec | Problem]], ground: Ground) -> Hosts:
    specs = (spec for each in asked for spec in each if not isinstance(spec, Problem))
    used = {spec.ask.name for spec in specs if isinstance(spec.ask, FromHost)}
    return Hosts(tuple((name, host) for name, host in ground.hosts.items() if name in used))
