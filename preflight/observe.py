"""Run one batch's probe wherever the executor puts it, and hand in what it sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from preflight.finding import NotChecked, bug
from preflight.kind import Batch, Key

Observe = Callable[[Batch[Any], Any], None]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an observation is, from 0 to 1, and what it is at."""

    share: float
    doing: str


class Handover:
    """A `Sink`: passes the first observation of each check of a batch on, and its progress to who wants to know."""

    def __init__(
        self,
        keys: Iterable[Key],
        put: Callable[[tuple[Key, Any]], None],
        tell: Callable[[tuple[Key, Progress]], None] = lambda _: None,
    ) -> None:
        self._left = set(keys)
        self._put = put
        self._tell = tell
        self.stopped = False
        self.started = 0.0  # `time.time()` when it left the queue
        self.again = 0.0  # `time.time()` when what fails of it now is observed again

    def __call__(self, key: Key, observation: Any) -> None:
        if key in self._left and not self.stopped:
            self._left.discard(key)
            self._put((key, observation))

    def progress(self, key: Key, share: float, doing: str) -> None:
        if key in self._left and not self.stopped:
            self._tell((key, Progress(share, doing)))

    def give_up_on(self, key: Key) -> bool:
        """Nobody waits for this check any more. True if that was the last one: the probe is stuck."""
        self._left.discard(key)
        self.stopped = not self._left
        return self.stopped

    def stop(self) -> None:
        self.stopped = True

    def finish(self, reason: NotChecked) -> None:
        """The probe is over: whatever it did not hand in could not be observed."""
        for key in sorted(self._left):
            self(key, reason)


def observe(batch: Batch[Any], sink: Handover) -> None:
    """Probe a batch. Whatever happens, the sink hears of every one of its checks."""
    if sink.stopped:
        return  # its turn came after the end of the run
    try:
        batch.kind.probe(batch, sink)
    except BaseException as error:  # a bug in a plugin must not take the run down, nor must its sys.exit()
        sink.finish(bug(f"the probe of {batch.kind.name} raised", error))
    else:
        sink.finish(bug(f"the probe of {batch.kind.name} gave no observation", None))


class Collected:
    """Probes a batch in another process or machine, and returns what it saw as a list."""

    def __init__(self, observe: Observe) -> None:
        self._observe = observe

    def __call__(self, batch: Batch[Any]) -> list[tuple[Key, Any]]:
        seen: list[tuple[Key, Any]] = []
        self._observe(batch, Handover([key for key, _ in batch.checks], seen.append))
        return seen
