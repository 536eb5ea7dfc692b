"""The records that are asked on hosts: each host is logged in to once, for all of them."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from preflight.finding import NotChecked, bug
from preflight.kind import Batch, Key, Sink
from preflight.model import Host
from preflight.remote import Unreachable, connect
from preflight_dns.fields import FromHost
from preflight_dns.host.heard import Garbled, Heard, read
from preflight_dns.host.program import Wanted, program
from preflight_dns.host.trace import Traced
from preflight_dns.observation import Lookup, Observation
from preflight_dns.spec import RecordSpec

MOST_HOSTS = 64  # asked at once
PATIENCE = 600.0  # s; for all that is asked on one host
Checks = list[tuple[Key, RecordSpec]]


def ask(batch: Batch[RecordSpec], sink: Sink) -> None:
    hosts = dict(batch.shared.hosts)
    by_host: dict[str, Checks] = defaultdict(list)
    for key, spec in batch.checks:
        assert isinstance(spec.ask, FromHost)
        by_host[spec.ask.name].append((key, spec))

    def stopped() -> bool:
        return sink.stopped or (batch.deadline is not None and time.time() > batch.deadline)

    room = threading.BoundedSemaphore(MOST_HOSTS)

    def look(name: str, checks: Checks) -> None:
        with room:
            for key, seen in _on_host(name, hosts[name], checks, batch.deadline, stopped):
                sink(key, seen)

    threads = [threading.Thread(target=look, args=each, daemon=True) for each in by_host.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _on_host(
    name: str, host: Host, checks: Checks, deadline: float | None, stopped: Callable[[], bool]
) -> Iterator[tuple[Key, Observation | NotChecked]]:
    try:
        wanted = list(dict.fromkeys(each for _, spec in checks for each in _wanted(spec)))
        with connect(name, host, deadline=deadline, stopped=stopped) as connection:
            rung, queries = program(wanted)
            with connection.run([rung], timeout=PATIENCE) as running:
                setting, heard = read(running.lines())
        traced = (
            Traced(name, each, query, setting, heard.get(number, Heard()))
            for number, (each, query) in enumerate(zip(wanted, queries, strict=True))
        )
        lookups = {each.wanted: each.lookup() for each in traced}
        yield from ((key, _observation(spec, lookups)) for key, spec in checks)
    except Unreachable as error:
        yield from ((key, error.not_checked) for key, _ in checks)
    except Garbled:
        cause = f"what {name} says of the names it looks up cannot be read"
        why = NotChecked(cause, cause, f"log in to {name} and see what disturbs its output")
        yield from ((key, why) for key, _ in checks)
    except Exception as error:
        yield from ((key, bug("the probe of dns.record raised", error)) for key, _ in checks)


def _wanted(spec: RecordSpec) -> Iterable[Wanted]:
    types = (spec.type, *(("A", "AAAA") if spec.final is not None else ()))
    return (Wanted(spec.name, rdtype) for rdtype in types)


def _observation(spec: RecordSpec, lookups: dict[Wanted, Lookup]) -> Observation:
    return Observation(tuple(lookups[each] for each in _wanted(spec)))
