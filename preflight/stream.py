"""What running a program on a host needs of the way there: bytes in, bytes out, and never to wait for ever."""

from __future__ import annotations

import concurrent.futures
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")
GRACE = 1.0  # s; for a command whose stdin has ended
POLL = 0.1  # s; how soon a wait notices that nobody needs its answer any more


class TroubleError(Exception):
    """What is in the way of a host, in a plain sentence, and what an operator does about it.

    `jump` is the jump host it is about, where it is not about the host itself.
    """

    def __init__(self, what: str, next_step: str = "", jump: str = "") -> None:
        super().__init__(what)
        self.next_step = next_step
        self.jump = jump


NOBODY_WAITS = "the run ended, or its time was spent, before the host answered"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long anybody waits: until `deadline` (`time.time()`), and until `stopped()`."""

    deadline: float | None
    stopped: Callable[[], bool]

    @property
    def over(self) -> bool:
        return self.stopped() or (self.deadline is not None and time.time() >= self.deadline)

    def call(self, seconds: float, function: Callable[[], T]) -> T:
        """What `function()` returns or raises. It runs in a thread, which is left behind when time is up.

        Raises TimeoutError after `seconds`, and TroubleError when nobody waits any more.
        """
        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        threading.Thread(target=_settle, args=(future, function), name="preflight-wait", daemon=True).start()
        until = time.monotonic() + seconds
        while not concurrent.futures.wait({future}, max(0.0, min(POLL, until - time.monotonic()))).done:
            if self.over or time.monotonic() >= until:
                future.add_done_callback(_discard)
                raise TroubleError(NOBODY_WAITS) if self.over else TimeoutError
        return future.result()

    def sleep(self, seconds: float) -> None:
        """Raises TroubleError when nobody waits any more."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.over:
                raise TroubleError(NOBODY_WAITS)
            time.sleep(min(POLL, left))


def _settle(future: concurrent.futures.Future[T], function: Callable[[], T]) -> None:
    try:
        future.set_result(function())
    except BaseException as error:
        future.set_exception(error)


def _discard(late: concurrent.futures.Future[T]) -> None:
    """A connection that came when nobody waited for it is closed."""
    if late.exception() is None and (close := getattr(late.result(), "close", None)):
        close()


class Stream(Protocol):
    """A command on a host. `start`, `send` and `close` are called by one thread, the others by another."""

    def start(self, command: str) -> None:
        """Have the login shell of the host run it. Blocks; raises TroubleError."""

    def send(self, data: bytes) -> None:
        """Write all of it to the command's stdin. Blocks; raises OSError when the command reads no more."""

    def close(self) -> None:
        """End the command's stdin, wait up to `GRACE` for the command to end, and close whatever else there is."""

    def abandon(self) -> None:
        """Make a `send` that blocks return. Does not block."""

    def receive(self) -> bytes | None:
        """Some of its stdout, b"" at its end, None when there was none for `POLL` seconds."""

    def ended(self) -> str:
        """How the command ended, after the end of its stdout: "" for well, else such as "ended with 1"."""

    @property
    def complaint(self) -> str:
        """The end of what it wrote to stderr."""
