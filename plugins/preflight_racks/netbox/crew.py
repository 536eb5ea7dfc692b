"""Threads that do a changing set of jobs, and that nobody has to wait for in the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

J = TypeVar("J")
R = TypeVar("R")


class Crew(Generic[J, R]):
    """Does jobs on a number of threads.

    The threads of concurrent.futures keep the interpreter alive until the last answer is there. These do not: a server
    that hangs holds up nothing once it was given up.
    """

    def __init__(self, work: Callable[[J], R], threads: int) -> None:
        self._work = work
        self._todo: SimpleQueue[tuple[int, J] | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[int, J, R | Exception]] = SimpleQueue()
        self._begun: dict[int, float] = {}
        self._given = 0
        self._threads = [Thread(target=self._run, name="netbox", daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def give(self, job: J) -> None:
        self._given += 1
        self._todo.put((self._given, job))

    def take(self, patience: float) -> tuple[J, R] | None:
        """A job that is done, and what came of it; None if there is none within so many seconds.

        Raises:
            Exception: what the job raised.
        """
        try:
            number, job, result = self._done.get(timeout=patience)
        except Empty:
            return None
        self._begun.pop(number, None)
        if isinstance(result, Exception):
            raise result
        return job, result

    @property
    def longest(self) -> float:
        """For how many seconds the job has been under way that was begun first."""
        return time.monotonic() - min(list(self._begun.values()), default=time.monotonic())

    def dismiss(self) -> None:
        for _ in self._threads:
            self._todo.put(None)

    def _run(self) -> None:
        while (given := self._todo.get()) is not None:
            number, job = given
            self._begun[number] = time.monotonic()
            try:
                result: R | Exception = self._work(job)
            except Exception as error:  # it is raised by take()
                result = error
            self._done.put((number, job, result))
