"""What goes on the wire for a zone: whatever its checks ask, once for all of them."""

from __future__ import annotations

import asyncio
import time
from contextlib import nullcontext, suppress

from preflight.finding import NotChecked, bug
from preflight.kind import Batch, Key, Sink
from preflight_dns.delegation import Delegation
from preflight_dns.exchange import Exchange
from preflight_dns.zone.asker import ZoneAsker
from preflight_dns.zone.aspects import aspect
from preflight_dns.zone.observation import ZoneObservation
from preflight_dns.zone.spec import ZoneSpec

TRIES = (1.0, 2.0, 3.0)  # seconds to wait for a datagram, each time it is sent
TCP_TIMEOUT = 3.0  # seconds
WATCH = 0.2  # seconds between looks at whether anybody still waits


def probe(batch: Batch[ZoneSpec], sink: Sink) -> None:
    asyncio.run(_probe(batch, sink))


async def _probe(batch: Batch[ZoneSpec], sink: Sink) -> None:
    deadline = None if batch.deadline is None else time.monotonic() + batch.deadline - time.time()
    ca = batch.shared.ways.ca
    async with Exchange(tries=TRIES, tcp_timeout=TCP_TIMEOUT, deadline=deadline, ca=ca) as exchange:

        def tell(share: float, doing: str) -> None:
            for key, _ in batch.checks:
                sink.progress(key, share, doing)

        specs = [spec for _, spec in batch.checks]
        asker = ZoneAsker(batch.shared, exchange, Delegation(exchange, batch.shared.ways), specs, tell)
        checks = [asyncio.create_task(_observe(asker, key, spec, sink)) for key, spec in batch.checks]
        left = set(checks)
        while left and not sink.stopped:
            _, left = await asyncio.wait(left, timeout=WATCH)
        for task in left:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*checks)


async def _observe(asker: ZoneAsker, key: Key, spec: ZoneSpec, sink: Sink) -> None:
    try:
        async with asyncio.timeout(spec.timeout) if spec.timeout else nullcontext():
            seen = await aspect(spec.aspect).look(asker, spec)
    except TimeoutError:
        seen = NotChecked(
            f"not everything was answered within its own timeout of {spec.timeout:g} s",
            next_step="raise its `timeout:`, or leave it out",
        )
    except Exception as error:  # one check's bug is not the others'
        seen = bug("the probe of dns.zone raised", error)
    sink(key, seen if isinstance(seen, NotChecked) else ZoneObservation(spec.name, asker.at, seen))
