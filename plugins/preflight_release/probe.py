"""What goes over the wire: each host is logged in to once, and one program runs there for each of its releases."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from preflight.finding import NotChecked, bug
from preflight.kind import Batch, Key, Sink
from preflight.model import Host
from preflight.remote import Connection, Lost, Rung, Unreachable, connect
from preflight_release import nodes
from preflight_release.manifest import parse
from preflight_release.observation import Observation
from preflight_release.program import collect, fetch
from preflight_release.promise import Manifest, Unusable
from preflight_release.records import Garbled, decoded, observed, records
from preflight_release.saying import why
from preflight_release.spec import ArtifactSpec, OnHost

MOST_HOSTS = 64  # looked at, at once
PATIENCE = 600.0  # s; for one release on one host, unless its `timeout` says otherwise
MOST = 1 << 28  # octets that a host may send of one release: some two million files


@dataclass(slots=True)
class _Release:
    """One release: its checks by host, and what was seen so far. Handed in when all hosts are heard of."""

    checks: dict[str, list[tuple[Key, ArtifactSpec]]] = field(default_factory=lambda: defaultdict(list))
    seen: dict[str, Observation | NotChecked] = field(default_factory=dict)

    def heard(self, host: str, what: Observation | NotChecked, sink: Sink) -> None:
        """To be called by one thread at a time."""
        self.seen[host] = what
        if isinstance(what, NotChecked):  # nobody needs to wait for the others to know that
            self._hand_in(host, what, sink)
        if self.seen.keys() == self.checks.keys():
            self.finish(sink)

    def finish(self, sink: Sink) -> None:
        heard = ((host, self.seen.get(host)) for host in self.checks)  # in the order of the inventory
        there = {host: what for host, what in heard if isinstance(what, Observation)}
        unheard = tuple(host for host in self.checks if host not in there)
        if there:
            ((_, spec), *_) = self.checks[next(iter(there))]
            for host, what in nodes.compared(spec, there, unheard).items():
                self._hand_in(host, what, sink)

    def fail(self, why: NotChecked, sink: Sink) -> None:
        for host in self.checks:
            self._hand_in(host, why, sink)

    def _hand_in(self, host: str, what: Observation | NotChecked, sink: Sink) -> None:
        for key, _ in self.checks[host]:
            sink(key, what)


def probe(batch: Batch[ArtifactSpec], sink: Sink) -> None:
    hosts = dict(batch.shared.hosts)
    releases: dict[int, _Release] = defaultdict(_Release)
    for key, spec in batch.checks:
        releases[spec.where.number].checks[spec.where.host].append((key, spec))
    by_host: dict[str, list[int]] = defaultdict(list)
    for number, release in releases.items():
        for host in release.checks:
            by_host[host].append(number)

    def stopped() -> bool:
        return sink.stopped or (batch.deadline is not None and time.time() > batch.deadline)

    lock, room = threading.Lock(), threading.BoundedSemaphore(MOST_HOSTS)

    def look(name: str) -> None:
        with room:
            wanted = [(number, releases[number].checks[name][0][1]) for number in by_host[name]]
            for number, what in _on_host(name, hosts[name], wanted, batch.deadline, stopped):
                with lock:
                    try:
                        releases[number].heard(name, what, sink)
                    except Exception as error:
                        releases[number].fail(bug("the probe of release.artifact raised", error), sink)

    threads = [threading.Thread(target=look, args=(name,), daemon=True) for name in by_host]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _on_host(
    name: str,
    host: Host,
    wanted: Iterable[tuple[int, ArtifactSpec]],
    deadline: float | None,
    stopped: Callable[[], bool],
) -> Iterator[tuple[int, Observation | NotChecked]]:
    left = dict(wanted)
    try:
        with connect(name, host, deadline=deadline, stopped=stopped) as connection:
            for number, spec in list(left.items()):
                what = _release(name, spec, connection)
                del left[number]
                yield number, what
    except Unreachable as error:
        for number in left:
            yield number, error.not_checked
    except Exception as error:
        for number in left:
            yield number, bug("the probe of release.artifact raised", error)


def _release(name: str, spec: ArtifactSpec, connection: Connection) -> Observation | NotChecked:
    """What is known of a release on a host, if it is lost meanwhile, too."""
    until = time.monotonic() + (spec.timeout or PATIENCE)
    manifest, unusable, lost = spec.where.manifest, "", None
    try:
        if isinstance(spec.manifest, OnHost):
            try:
                manifest = _fetched(spec.manifest.on_host, connection, until)
            except Unusable as error:
                unusable = error.message
        data, lost = _run(connection, collect(spec, manifest), until)
        found = observed(name, spec, manifest, records(data))
    except Lost as error:
        return error.not_checked
    except Garbled:
        cause = f"what the collector on {name} says cannot be read"
        return NotChecked(cause, cause, f"log in to {name} and see what disturbs its output")
    return replace(found, unusable=unusable, lost=lost)


def _run(connection: Connection, rung: Rung, until: float) -> tuple[bytes, NotChecked | None]:
    """What it printed, and why that is not all of it, if it is not."""
    lines: list[str] = []
    length = 0
    try:
        with connection.run([rung], timeout=max(until - time.monotonic(), 1.0)) as running:
            for line in running.lines():
                lines.append(line)
                length += len(line)
                if length > MOST:
                    cause = "there are more files than can be compared"
                    return decoded(lines), NotChecked(cause, cause, "write `extra: ignore`, or a deeper `root`")
    except Lost as error:
        if not lines:
            raise
        return decoded(lines), error.not_checked
    return decoded(lines), None


def _fetched(path: str, connection: Connection, until: float) -> Manifest:
    """Raises Unusable, with its place in the message."""
    data, lost = _run(connection, fetch(path), until)
    if lost is not None:
        raise Lost(lost)
    text, _, state = data.rpartition(b"\0")
    if state != b"ok":
        raise Unusable(f"{path}: {why(text)}")
    try:
        return parse(text, path)
    except Unusable as error:
        raise Unusable(f"{path}:{error.line}:{error.column}: {error.message}") from None
