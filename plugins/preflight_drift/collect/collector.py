"""Collects from one host, in one round trip."""

from __future__ import annotations

from collections.abc import Callable

from preflight.finding import NotChecked
from preflight.model import Host
from preflight.remote import Lost, connect
from preflight_drift.collect.collection import Collection
from preflight_drift.collect.frames import Garbled
from preflight_drift.collect.request import Wanted
from preflight_drift.model import Piece


def collect(
    name: str,
    host: Host,
    wanted: Wanted,
    *,
    deadline: float | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> list[Piece]:
    """What the host called `name` in the inventory has of what is wanted.

    Where the host is lost half-way, what has arrived whole is there, and the rest has its `trouble`.

    Args:
        deadline: `time.time()` after which nobody waits for the answer.
        stopped: whether anybody still does.

    Raises:
        ValueError: what is wanted cannot be: a pattern that is none.
        Unreachable: the host cannot be reached.
        Lost: it was reached, and nothing arrived whole.
    """
    collection = Collection(wanted)
    if collection.empty:
        return []
    try:
        try:
            with (
                connect(name, host, deadline=deadline, stopped=stopped) as connection,
                connection.run([collection.rung], timeout=collection.seconds) as running,
            ):
                for line in running.lines():
                    collection.feed(line)
        except Lost as lost:
            if not collection.anything:
                raise
            return list(collection.pieces(lost.not_checked.reason))
        return list(collection.pieces())
    except Garbled:
        why = f"host {name}: what the collector says there cannot be read"
        raise Lost(NotChecked(why, why, f"log in to {name} and see what disturbs its output")) from None
