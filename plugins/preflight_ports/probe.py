"""What goes on the wire: listeners first, then from each source all its flows, all sources at once."""

from __future__ import annotations

import threading
import time
from collections import defaultdict

from preflight.kind import Batch, Sink
from preflight_ports.listeners import ListenerOn, wanted_on
from preflight_ports.source import Check, Source, Surroundings
from preflight_ports.spec import FlowSpec

MOST_SOURCES = 64  # probed from at once


def probe(batch: Batch[FlowSpec], sink: Sink) -> None:
    hosts = dict(batch.shared.hosts)
    by_source: dict[str, list[Check]] = defaultdict(list)
    for key, flow in batch.checks:
        by_source[flow.pair.source].append((key, flow))

    def stopped() -> bool:
        return sink.stopped or (batch.deadline is not None and time.time() > batch.deadline)

    wanted = wanted_on(flow for _, flow in batch.checks)
    listeners = {name: ListenerOn(name, hosts[name], ports) for name, ports in wanted.items()}
    around = Surroundings(listeners, sink, stopped, batch.deadline)
    sources = [Source(name, hosts.get(name), checks, around) for name, checks in by_source.items()]
    room = threading.BoundedSemaphore(MOST_SOURCES)
    threads = [threading.Thread(target=source.probe, args=(room,), daemon=True) for source in sources]
    for listener in listeners.values():
        listener.start(stopped, batch.deadline)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for listener in listeners.values():
            listener.release()
