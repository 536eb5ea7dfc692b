"""Batches of probes, run concurrently; results in the order in which they become known.

Only probes run in the executor. Everything else, judging included, happens in the thread that asks
for results, so nothing here needs a lock.
"""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import replace
from queue import Empty, SimpleQueue
from types import MappingProxyType
from typing import Any

from preflight.duration import format_duration
from preflight.finding import BUDGET_SPENT, Finding, NotChecked, Result, bug
from preflight.kind import Batch, Check, Key
from preflight.observe import Collected, Handover, Observe, Progress, observe
from preflight.threads import DaemonThreads

MOST_THREADS = 64
# After the deadline a probe still gets this long to hand in what it knows.
GRACE = 0.5


class Schedule:
    """Observes and judges a fixed set of checks."""

    def __init__(
        self,
        checks: Iterable[Check],
        *,
        executor: Executor | None = None,
        budget: float | None = None,
        timeout: float | None = None,
        observe: Observe = observe,
        show: Callable[[Check, Progress], None] = lambda *_: None,
        retry: bool = True,
        conditions: Mapping[Key, NotChecked] = MappingProxyType({}),
        past: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        """With `timeout`, that is how long a check may take that says nothing of its own; `show` hears of progress.

        `conditions` are why checks do not count, whatever is seen of them; what fails has failed all the same.
        `past` is what batches know of earlier runs.
        """
        self.checks: dict[Key, Check] = {check.key: check for check in checks}
        self.results: dict[Key, Result] = {}
        self._foreign = executor
        self._executor = executor
        self._observe = observe
        self._show = show
        self._retry = retry
        self._conditions = conditions
        self._past = past
        self._timeout = timeout
        self._deadline = time.time() + budget if budget else None
        self._queue: SimpleQueue[tuple[Key, Any]] = SimpleQueue()
        self._handovers: list[Handover] = []
        self._asked: dict[Key, Handover] = {}
        self._done: deque[Key] = deque()
        self._attempts: dict[Key, int] = {}
        self._retries: list[tuple[float, Key]] = []  # a heap: when to observe again
        self._expiries: list[tuple[float, Key, int]] = []  # a heap: when which attempt has had its `timeout`
        self._missing: dict[Key, set[Key]] = {}  # what a check still waits for
        self._dependents: dict[Key, list[Key]] = {}

    def start(self) -> None:
        """Send out everything that needs nothing else first. Does not wait."""
        for key, check in self.checks.items():
            needed = {(check.inventory, n) for n in check.spec.needs} & self.checks.keys()
            if needed:
                self._missing[key] = needed
                for other in needed:
                    self._dependents.setdefault(other, []).append(key)
        self._launch([key for key in self.checks if key not in self._missing])

    def stop(self) -> None:
        """Nobody waits any more: tell the probes, and let go of the threads."""
        for handover in self._handovers:
            handover.stop()
        if self._foreign is None and self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)

    def next_key(self, *, wait: bool) -> Key | None:
        """The next check whose result is known; each is given out once. None: none left, or none yet."""
        while not self._done and len(self.results) < len(self.checks):
            if not self._pump(wait=wait):
                break
        return self._done.popleft() if self._done else None

    def result(self, key: Key) -> Result:
        """The result of one check, waited for."""
        while key not in self.results:
            self._pump(wait=True)
        return self.results[key]

    def again(self, key: Key) -> Result:
        """Observe one check once more (a rerun), and wait for its result."""
        if self._missing.get(key):
            return self.results[key]  # what it needs is still not right
        del self.results[key]
        self._launch([key])
        result = self.result(key)
        self._done.remove(key)  # it has been given out before
        return result

    def _launch(self, keys: Iterable[Key]) -> None:
        batches: dict[tuple[Any, Any], list[Key]] = {}
        for key in keys:
            check = self.checks[key]
            batches.setdefault((check.kind.probe, check.shared), []).append(key)
        if not batches:
            return
        if self._executor is None:
            self._executor = DaemonThreads(MOST_THREADS)
        for (_, shared), members in batches.items():
            pairs = tuple((key, self.checks[key].spec) for key in members)
            self._submit(Batch(self.checks[members[0]].kind, pairs, shared, self._deadline, self._past))

    def _submit(self, batch: Batch[Any]) -> None:
        assert self._executor is not None
        keys = [key for key, _ in batch.checks]
        for key, spec in batch.checks:
            timeout = spec.timeout or self._timeout
            if timeout:
                heapq.heappush(self._expiries, (time.time() + timeout + GRACE, key, self._attempts.get(key, 0)))
        handover = Handover(keys, self._queue.put, self._queue.put)
        self._handovers.append(handover)
        self._asked.update(dict.fromkeys(keys, handover))
        future: Future[Any]
        if self._foreign is None:
            future = self._executor.submit(self._begin, batch, handover)
        else:
            handover.started = time.time()
            future = self._executor.submit(Collected(self._observe), batch)

        def hand_in(done: Future[Any]) -> None:
            error = done.exception() if not done.cancelled() else None
            for key, seen in () if error or done.cancelled() else done.result() or ():
                handover(key, seen)
            handover.finish(bug("the executor gave the batch back undone", error))

        future.add_done_callback(hand_in)

    def _begin(self, batch: Batch[Any], handover: Handover) -> None:
        handover.started = time.time()
        self._observe(batch, handover)

    def _pump(self, *, wait: bool) -> bool:
        """Take in what has arrived; True if there was anything. Blocks for it if `wait`."""
        now = time.time()
        self._launch(self._due(now))
        if self._expire(now):
            return True
        limits = [at for at, _ in self._retries[:1]] + [at for at, _, _ in self._expiries[:1]]
        limits += [self._deadline + GRACE] if self._deadline else []
        try:
            key, seen = self._queue.get(block=wait, timeout=max(0.0, min(limits) - now) if limits else None)
        except Empty:
            if self._deadline is not None and time.time() >= self._deadline + GRACE:
                self._give_up()
            return wait
        freed: list[Key] = []
        while True:
            if isinstance(seen, Progress):
                self._show(self.checks[key], seen)
            elif key not in self.results:
                self._take(key, seen, freed)
            try:
                key, seen = self._queue.get_nowait()
            except Empty:
                break
        self._launch(freed)
        return True

    def _due(self, now: float) -> list[Key]:
        due: list[Key] = []
        while self._retries and self._retries[0][0] <= now:
            due.append(heapq.heappop(self._retries)[1])
        return due

    def _expire(self, now: float) -> bool:
        """A probe that does not keep a check's own `timeout` does not hold it up. True if that befell any."""
        before = len(self.results) + len(self._retries)
        while self._expiries and self._expiries[0][0] <= now:
            _, key, attempt = heapq.heappop(self._expiries)
            if key not in self.results and self._attempts.get(key, 0) == attempt:
                own = self.checks[key].spec.timeout
                timeout = own or self._timeout or 0
                over = (self._asked[key].started or now) + timeout + GRACE
                if over > now:  # its batch had to wait for a thread
                    heapq.heappush(self._expiries, (over, key, attempt))
                    continue
                reason = f"not observed within {'its own' if own else 'the'} timeout of {format_duration(timeout)}"
                advice = "raise its `timeout:`, or leave it out" if own else "raise --timeout, or give it a `timeout:`"
                self._take(key, NotChecked(reason, next_step=advice), [])
                if self._asked[key].give_up_on(key) and isinstance(self._executor, DaemonThreads):
                    self._executor.add_one()
        return len(self.results) + len(self._retries) > before

    def _take(self, key: Key, seen: Any, freed: list[Key]) -> None:
        result = self._judged(key, seen)
        attempt = self._attempts.get(key, 0)
        if self._retry and result.reasons and attempt < self.checks[key].spec.retry:
            self._attempts[key] = attempt + 1
            heapq.heappush(self._retries, (self._again_at(key, 2.0**attempt), key))
        else:
            self._settle(result, freed)

    def _again_at(self, key: Key, patience: float) -> float:
        """What fails of a batch at nearly one time is observed again at one time: in one batch, by one login."""
        now, batch = time.time(), self._asked[key]
        if batch.again < now + patience / 2:
            batch.again = now + patience
        return batch.again

    def _judged(self, key: Key, seen: Any) -> Result:
        if isinstance(seen, NotChecked):
            return Result(key, None, (seen,))
        check = self.checks[key]
        try:
            reasons = tuple(check.kind.judge(check.spec, seen))
            for reason in reasons:
                if not isinstance(reason, Finding | NotChecked):
                    raise TypeError(f"{reason!r} is neither a Finding nor a NotChecked")
        except Exception as error:  # a bug in a plugin must not take the run down
            return Result(key, seen, (bug(f"the judge of {check.kind.name} raised", error),))
        if fix := check.spec.fix:
            reasons = tuple(replace(one, next_step=fix) if isinstance(one, Finding) else one for one in reasons)
        return Result(key, seen, reasons)

    def _settle(self, result: Result, freed: list[Key]) -> None:
        """Note a result; what needs it is freed, or not checked because of it."""
        settled = [result]
        while settled:
            done = settled.pop()
            if done.key in self.results:
                continue
            if done.key in self._conditions and not done.failed:
                done = replace(done, reasons=(*done.reasons, self._conditions[done.key]))
            waiver = self.checks[done.key].waiver
            done = replace(done, waived=waiver is not None and waiver.covers(done))
            self.results[done.key] = done
            self._done.append(done.key)
            for dependent in self._dependents.get(done.key, ()):
                if done.reasons:
                    settled.append(Result(dependent, None, (_because_of(done),)))
                    continue
                self._missing[dependent].discard(done.key)
                if not self._missing[dependent] and dependent not in self.results:
                    freed.append(dependent)

    def _give_up(self) -> None:
        for key in self.checks.keys() - self.results.keys():
            self._settle(Result(key, None, (BUDGET_SPENT,)), [])


def _because_of(needed: Result) -> NotChecked:
    reason = needed.reasons[0]
    _, check_id = needed.key
    if isinstance(reason, Finding):
        cause = reason.cause or f"{check_id} failed"
        return NotChecked(f"needs {check_id}, which failed", cause, f"mend {check_id} first")
    return NotChecked(f"needs {check_id}, which could not be checked", reason.root, f"make {check_id} checkable first")
