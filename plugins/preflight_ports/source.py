"""One source of traffic: its jobs in one round trip, and from their answers an observation for each of its flows."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any

from preflight.finding import NotChecked, bug
from preflight.kind import Key, Sink
from preflight.model import Host
from preflight.remote import Unreachable, connect
from preflight_ports import prober
from preflight_ports.fields import PortRange
from preflight_ports.jobs import Answered, Jobs
from preflight_ports.listeners import ListenerOn
from preflight_ports.observation import Address, Listener, Observation
from preflight_ports.spec import FlowSpec

SPARE_FILES = 256  # left to the connections to hosts while this machine probes, too

Check = tuple[Key, FlowSpec]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all sources of a batch have in common."""

    listeners: Mapping[str, ListenerOn]
    sink: Sink
    stopped: Callable[[], bool]
    deadline: float | None


class Garbled(Exception):  # noqa: N818  it says what the answer is
    """A host gave what is no answer of the prober."""


@dataclass(slots=True)
class _Asked:
    """A check, the jobs it is made of, how many of them are not answered yet, and the listeners on its ports."""

    key: Key
    flow: FlowSpec
    jobs: range
    left: int
    listeners: tuple[Listener, ...]


@dataclass(slots=True)
class Source:
    """A host of the inventory, or this machine where there is no host."""

    name: str
    host: Host | None
    checks: Sequence[Check]
    around: Surroundings
    rung: str = ""
    error_queue: bool = False
    answers: dict[int, Answered] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)  # by host: why our listener there is heard of no more, or ""

    def probe(self, room: threading.BoundedSemaphore) -> None:
        """Hand in an observation for each check, or why there is none."""
        with room:
            try:
                why = self._probe()
            except Unreachable as error:
                why = error.not_checked
            except Garbled:
                cause = f"what the prober on {self.name} says cannot be read"
                why = NotChecked(cause, cause, f"log in to {self.name} and see what disturbs its output")
            except Exception as error:
                why = bug("the probe of ports.flow raised", error)
        for key, _ in self.checks:
            self.around.sink(key, why)

    def _probe(self) -> NotChecked:
        jobs = Jobs()
        asked = [self._ask(jobs, key, flow) for key, flow in self.checks]
        by_job = {job: one for one in asked for job in one.jobs}
        try:
            for answered in self._answers(jobs):
                self.answers[answered.job.id] = answered
                one = by_job.get(answered.job.id)
                if one is not None:
                    one.left -= 1
                    if not one.left and not self._in_doubt(one):
                        self.around.sink(one.key, self._seen(one))
        finally:
            for one in asked:
                if not one.left and self._in_doubt(one):
                    self.around.sink(one.key, self._seen(one))
        return NotChecked("the run was stopped before this was known")

    def _ask(self, jobs: Jobs, key: Key, flow: FlowSpec) -> _Asked:
        listeners: tuple[Listener, ...] = ()
        greeting = None
        if flow.listener:
            there = self.around.listeners[flow.pair.destination]
            have, greeting = there.have(), there.greeting
            wanted = ((port, ports.protocol) for ports in flow.port for port in ports.numbers)
            listeners = tuple(have[each] for each in wanted if each in have)
        before = len(jobs.by_id)
        jobs.add(flow, flow.port, {(one.port, one.protocol) for one in listeners if one.state == "listening"}, greeting)
        ids = range(before, len(jobs.by_id))
        jobs.add(flow, flow.control or ())
        return _Asked(key, flow, ids, len(ids), listeners)

    def _answers(self, jobs: Jobs) -> Iterator[Answered]:
        """From this machine by calling the prober, from a host by sending it there."""
        if self.host is None:
            self.rung = "python3"
            yield from self._told(jobs, _called(jobs, self.around.stopped))
            return
        with (
            connect(self.name, self.host, deadline=self.around.deadline, stopped=self.around.stopped) as connection,
            connection.run(jobs.rungs(), timeout=jobs.seconds()) as running,
        ):
            lines = running.lines()
            first = list(islice(lines, 1))  # from then on, the rung is known
            everything = chain(first, lines)
            self.rung = "nc" if running.rung == "sh" else running.rung
            if running.rung == "python3":
                yield from self._told(jobs, map(json.loads, everything))
            else:
                try:
                    yield from list(jobs.answered_by_shell(everything))
                except ValueError as error:
                    raise Garbled from error

    def _told(self, jobs: Jobs, results: Iterable[Mapping[str, Any]]) -> Iterator[Answered]:
        try:
            for result in results:
                if "error_queue" in result:
                    self.error_queue = bool(result["error_queue"])
                else:
                    yield jobs.answered(result)
        except (ValueError, KeyError, TypeError) as error:
            raise Garbled from error

    def _seen(self, one: _Asked) -> Observation | NotChecked:
        answers = [self.answers[job] for job in one.jobs]
        for answered in answers:
            if answered.not_checked is not None:
                return answered.not_checked
        addresses = _merged(chain.from_iterable(answered.addresses for answered in answers))
        if one.flow.expect == "blocked":
            addresses = tuple(replace(each, control=self._control(one, each.address)) for each in addresses)
        pair, timeout = one.flow.pair, one.flow.connect_timeout or 0.0
        listeners = self._listeners(one)
        return Observation(pair.source, pair.destination, self.rung, self.error_queue, timeout, addresses, listeners)

    def _in_doubt(self, one: _Asked) -> bool:
        """What shows that a blocked port is not just one of a dead host may be seen last; so may a listener's end."""
        return one.flow.expect == "blocked" or self._unheard(one)

    def _unheard(self, one: _Asked) -> bool:
        """Whether our listener runs there, and some of the ports did not get through to it."""
        ours = any(listener.state == "listening" for listener in one.listeners)
        seen = (address for job in one.jobs for address in self.answers[job].addresses)
        return ours and not all(ports.peer for address in seen for ports in address.ports)

    def _listeners(self, one: _Asked) -> tuple[Listener, ...]:
        """The listeners; no firewall is to blame for one that was lost meanwhile."""
        if not self._unheard(one):
            return one.listeners
        where = one.flow.pair.destination
        if where not in self.gone:
            self.gone[where] = self.around.listeners[where].gone()
        if not self.gone[where]:
            return one.listeners
        return tuple(
            replace(each, state="failed", note=self.gone[where]) if each.state == "listening" else each
            for each in one.listeners
        )

    def _control(self, one: _Asked, address: str) -> str:
        """What shows that this source does reach the address: another port of it that is open."""
        for each in chain.from_iterable(answered.addresses for answered in self.answers.values()):
            for ports in each.ports if each.address == address else ():
                found = PortRange(ports.first, ports.last, each.protocol)
                if ports.state == "open" and not any(found.overlaps(own) for own in one.flow.port):
                    return f"{ports.first}/{each.protocol} is open"
        return ""


def _called(jobs: Jobs, stopped: Callable[[], bool]) -> Iterator[Mapping[str, Any]]:
    """The prober's results as they come, from this very process."""
    results: queue.SimpleQueue[Mapping[str, Any] | Exception | None] = queue.SimpleQueue()

    def call() -> None:
        try:
            prober.prober(jobs.request, results.put, stopped, SPARE_FILES)
            results.put(None)
        except Exception as error:
            results.put(error)

    threading.Thread(target=call, daemon=True).start()
    while (result := results.get()) is not None:
        if isinstance(result, Exception):
            raise result
        yield result


def _merged(seen: Iterable[Address]) -> tuple[Address, ...]:
    """One entry for each address and protocol, its ports in order."""
    merged: dict[tuple[str, str], Address] = {}
    for each in seen:
        before = merged.get((each.address, each.protocol))
        ports = (*before.ports, *each.ports) if before else each.ports
        merged[each.address, each.protocol] = replace(each, ports=tuple(sorted(ports, key=lambda one: one.first)))
    return tuple(merged.values())
