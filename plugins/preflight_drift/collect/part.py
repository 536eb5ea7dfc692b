"""What each subject asks a host for, and what it makes of the answers: a `Part`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from preflight_drift.collect.frames import ENDED, Came
from preflight_drift.model import Piece

SECONDS_EACH = 20  # for a program that tells something
FILE_SECONDS = 60  # for a search of files


@dataclass(frozen=True, slots=True)
class Part:
    """Some sections of collect.sh.

    Attributes:
        calls: of functions of collect.sh, one for each section.
        cap: bytes of each of them.
        setup: what the shell is told before the first of them.
        pieces: of what came of each of them, in that order; None for one that did not begin. The text is why what is
            missing did not come, "" when the script ran to its end.
    """

    calls: tuple[str, ...]
    pieces: Callable[[Sequence[Came | None], str], Iterator[Piece]]
    cap: int = 8_000_000
    setup: str = ""


def trouble_of(came: Came | None, why: str, seconds: int = SECONDS_EACH) -> str:
    """Why not all of a section came, or ""."""
    if came is None or came.status is None:
        return f"not collected: {why or 'the host did not say anything of it'}"
    if came.status == ENDED:
        return f"ended before it had said all: it was killed, as everything is after {seconds} s"
    if came.cut:
        return f"not all of it: it says more than {size(len(came.data))}"
    return ""


def failed(came: Came) -> str:
    """How its program failed, or ""."""
    if came.status == 0:
        return ""
    return came.last_words or f"it ended with {came.status}, and said nothing"


def size(octets: int) -> str:
    """`100 MB`, `1.5 MB`, `12 bytes`."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if octets >= factor:
            return f"{octets / factor:.3g} {unit}" if octets < 1000 * factor else f"{octets // factor} {unit}"
    return f"{octets} bytes"
