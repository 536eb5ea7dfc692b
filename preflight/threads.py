"""Threads for probes that nobody has to wait for.

`concurrent.futures.ThreadPoolExecutor` joins its threads when the interpreter ends, so one probe that hangs in a
system call (a dead NFS mount) would keep pytest from ending after the verdict. These threads are daemons.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import Any

Work = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class DaemonThreads(Executor):
    """Up to `most` threads, each started when there is work and none of the others is idle."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._work: SimpleQueue[Work | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._started = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._work.put((future, fn, args, kwargs))
        if not self._idle.acquire(blocking=False) and self._started < self._most:
            self._start()
        return future

    def add_one(self) -> None:
        """One of the threads is stuck: another one takes its place."""
        self._most += 1
        self._start()

    def _start(self) -> None:
        self._started += 1
        threading.Thread(target=self._run, name=f"preflight-{self._started}", daemon=True).start()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002  never waits
        for _ in range(self._started):
            self._work.put(None)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            future, fn, args, kwargs = work
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(fn(*args, **kwargs))
                except BaseException as error:
                    future.set_exception(error)
            self._idle.release()
