"""What is asked of a prober on one source, in the form each rung reads, and its answers in one form."""

from __future__ import annotations

import json
import math
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from pydantic import TypeAdapter

from preflight.finding import NotChecked
from preflight.remote import Rung
from preflight_ports.advice import INSTALL_PYTHON, name
from preflight_ports.certificate import certificate_of
from preflight_ports.datagrams import datagram
from preflight_ports.fields import PortRange
from preflight_ports.observation import Address, Ports, State
from preflight_ports.spec import FlowSpec, TlsSpec

# What connect() ends with, as bash and nc tell it: they see no more than its errno. strerror(3), in the C locale.
_SAID: tuple[tuple[str, State], ...] = (
    ("refused", "refused"),
    ("timed out", "filtered"),
    ("timeout", "filtered"),
    ("no route to host", "unreachable"),
    ("network is unreachable", "local-policy"),
    ("permission denied", "local-policy"),
    ("operation not permitted", "local-policy"),
    ("invalid argument", "local-policy"),
)


_PORTS: TypeAdapter[Ports] = TypeAdapter(Ports)


@dataclass(frozen=True, slots=True)
class Job:
    """Ports of one protocol at one host, all asked in the same way. `written` is what prober.py reads."""

    id: int
    flow: FlowSpec
    written: Mapping[str, Any]

    @property
    def for_python_only(self) -> bool:
        return bool(self.written["protocol"] == "udp")


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a prober says to our listener, and hears from it: words of each listener's own, new in each run."""

    hello: str
    reply: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What a prober said of one job: what it saw at each address, or why it could not look."""

    job: Job
    addresses: tuple[Address, ...] = ()
    not_checked: NotChecked | None = None


class Jobs:
    """The jobs of one source."""

    def __init__(self) -> None:
        self.by_id: dict[int, Job] = {}

    def add(
        self,
        flow: FlowSpec,
        ports: Iterable[PortRange],
        ours: Collection[tuple[int, str]] = (),
        greeting: Greeting | None = None,
    ) -> None:
        """Jobs for ports at the flow's destination; on those in `ours`, (port, protocol), waits who says `greeting`."""
        alike: dict[tuple[str, str, bool], list[tuple[int, int]]] = defaultdict(list)
        for each in ports:
            if ours or each.protocol == "udp":
                for port in each.numbers:
                    octets = datagram(port, flow.send) if each.protocol == "udp" else ""
                    alike[(each.protocol, octets, (port, each.protocol) in ours)].append((port, port))
            else:
                alike[(each.protocol, "", False)].append((each.first, each.last))
        for (protocol, octets, listened), ranges in alike.items():
            written: dict[str, Any] = {
                "id": len(self.by_id),
                "host": flow.pair.address,
                "families": list(flow.families or ()),
                "protocol": protocol,
                "ports": ranges,
                "timeout": flow.connect_timeout,
                "locate": flow.expect != "blocked",
                "payload": octets,
            }
            if listened and greeting:
                written["listener"] = {"hello": greeting.hello, "reply": greeting.reply}
            if flow.tls:
                verify = flow.tls.verify if isinstance(flow.tls, TlsSpec) else True
                written["tls"] = {"name": flow.tls_name(), "verify": verify}
            self.by_id[written["id"]] = Job(written["id"], flow, written)

    @property
    def request(self) -> dict[str, Any]:
        """What prober.py reads."""
        return {"jobs": [job.written for job in self.by_id.values()]}

    def rungs(self) -> list[Rung]:
        """The ladder: python3 tells everything, bash and nc whether a TCP connect succeeds."""
        folder = files("preflight_ports")
        shell = (folder / "prober.sh").read_text()
        lines = "".join(self._lines()).encode()
        return [
            Rung("python3", (folder / "prober.py").read_text(), json.dumps(self.request).encode()),
            Rung("bash", shell, lines, requires=("timeout",)),
            Rung("sh", shell, lines, requires=("nc",)),
        ]

    def _lines(self) -> Iterator[str]:
        for job in self.by_id.values():
            written = job.written
            for first, last in () if job.for_python_only else written["ports"]:
                families = ",".join(written["families"])
                for port in range(first, last + 1):
                    # Whole seconds: few of the tools that bash and nc need know others.
                    yield f"{job.id} {written['host']} {port} {math.ceil(written['timeout'])} {families}\n"
        yield "end - - - -\n"

    def seconds(self) -> float:
        """How long all of it may take: every port silent, on the slowest rung, and names slow to resolve."""
        ports = sum(last - first + 1 for job in self.by_id.values() for first, last in job.written["ports"])
        longest = max((job.written["timeout"] for job in self.by_id.values()), default=0.0)
        return float(60 + 4 * longest * (1 + ports / 25))

    def answered(self, result: Mapping[str, Any]) -> Answered:
        """One result of prober.py."""
        job = self.by_id[result["id"]]
        addresses = tuple(
            Address(seen["address"], seen["source"], job.written["protocol"], tuple(map(_ports, seen["ports"])))
            for seen in result["addresses"]
        )
        return Answered(job, addresses, _unresolved(job, result["error"]) if result["error"] else None)

    def answered_by_shell(self, lines: Iterable[str]) -> Iterator[Answered]:
        """All results of prober.sh, which come at its end."""
        seen: dict[int, dict[str, dict[int, Ports]]] = defaultdict(lambda: defaultdict(dict))
        errors: dict[int, str] = {}
        for line in lines:
            number, address, port, said = line.split(" ", 3)
            if address == "-":
                errors[int(number)] = said
            else:
                seen[int(number)][address][int(port)] = _said(int(port), said)
        for job in self.by_id.values():
            addresses = tuple(
                Address(address, "", "tcp", _joined(ports.values())) for address, ports in sorted(seen[job.id].items())
            )
            not_checked = None
            if job.for_python_only:
                not_checked = _needs_python(job.flow.pair.source)
            elif not addresses:
                not_checked = _unresolved(job, errors.get(job.id, "nothing was found"))
            yield Answered(job, addresses, not_checked)


def _unresolved(job: Job, why: str) -> NotChecked:
    host, source = job.written["host"], job.flow.pair.source
    where = name(source)
    return NotChecked(
        f"{where} does not resolve {host}: {why}",
        cause=f"{where} does not resolve {host}",
        next_step=f"see what it asks (`getent ahosts {host}` there), or write an address",
    )


def _needs_python(source: str) -> NotChecked:
    why = f"only python3 can probe UDP, and there is none on {source}"
    return NotChecked(why, cause=why, next_step=INSTALL_PYTHON.format(source))


def _ports(seen: Mapping[str, Any]) -> Ports:
    """From what a prober says: a host may say anything. Raises ValueError, KeyError or TypeError."""
    fields = {**seen, "hops": tuple((hop, by) for hop, by in seen.get("hops", ()))}
    if "tls" in seen:
        told = dict(seen["tls"])
        certificate = certificate_of(told.pop("certificate", ""))
        fields["tls"] = {**told, "certificate": certificate, "at": time.time()}
    ports = _PORTS.validate_python(fields)
    if not 0 < ports.first <= ports.last < 1 << 16:
        raise ValueError(f"ports {ports.first} to {ports.last}")
    return ports


def _said(port: int, said: str) -> Ports:
    if said.strip() == "open":
        return Ports(port, port, "open")
    for words, state in _SAID:
        if words in said.lower():
            return Ports(port, port, state)
    unsaid = "its attempt began, and ended without a word"
    return Ports(port, port, "not-checked", note=unsaid if said.strip() == "?" else said.strip())


def _joined(ports: Iterable[Ports]) -> tuple[Ports, ...]:
    """Neighbours that fared alike as one."""
    runs: list[Ports] = []
    for each in sorted(ports, key=lambda one: one.first):
        last = runs[-1] if runs else None
        if last and last.last == each.first - 1 and (last.state, last.note) == (each.state, each.note):
            runs[-1] = Ports(last.first, each.last, last.state, note=last.note)
        else:
            runs.append(each)
    return tuple(runs)
