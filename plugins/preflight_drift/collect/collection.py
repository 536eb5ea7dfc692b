"""What is asked of a host, and what its answer comes to: everything but the way there."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files as resources

from preflight.remote import Rung
from preflight_drift.collect import files, processes, system
from preflight_drift.collect.frames import Frames
from preflight_drift.collect.part import FILE_SECONDS, SECONDS_EACH, Part
from preflight_drift.collect.request import Wanted
from preflight_drift.model import Piece

_SPARE = 30.0  # s; for what has no limit of its own, and for a slow line


class Collection:
    """From one host.

    Attributes:
        rung: the program to run there; its lines are to be fed.
        seconds: the most that all its limits come to.
    """

    def __init__(self, wanted: Wanted) -> None:
        self._parts = list(_parts(wanted))
        self._frames = Frames([part.cap for part in self._parts for _ in part.calls])
        source = (resources(__package__) / "collect.sh").read_text("utf-8")
        self.rung = Rung("sh", source, "\n".join(self._request()).encode("utf-8", "surrogateescape"))
        # Three searches for each pattern, and up to three programs for each call.
        calls = sum(len(part.calls) for part in self._parts)
        self.seconds = _SPARE + 3 * FILE_SECONDS * len(wanted.files) + 3 * SECONDS_EACH * calls

    def _request(self) -> Iterator[str]:
        """The rest of the program that collect.sh is."""
        yield f"seconds_each={SECONDS_EACH} file_seconds={FILE_SECONDS}"
        number = 0
        for part in self._parts:
            yield part.setup
            for call in part.calls:
                yield f"section {number} {part.cap} {call}"
                number += 1

    def feed(self, line: str) -> None:
        """A line of the program, without its token. Raises `frames.Garbled`."""
        self._frames.feed(line)

    @property
    def empty(self) -> bool:
        """Whether nothing is asked."""
        return not self._parts

    @property
    def anything(self) -> bool:
        """Whether anything has come whole."""
        return any(came.status is not None for came in self._frames.sections.values())

    def pieces(self, why: str = "") -> Iterator[Piece]:
        """What has come. `why` is the reason for what has not. Raises `frames.Garbled`."""
        number = 0
        for part in self._parts:
            came = [self._frames.sections.get(number + each) for each in range(len(part.calls))]
            number += len(part.calls)
            yield from part.pieces(came, why)


def _parts(wanted: Wanted) -> Iterator[Part]:
    """What may take long comes last, so that nothing is lost with it."""
    if wanted.packages:
        yield system.packages()
    if wanted.sysctl:
        yield system.settings(wanted)
    if wanted.services:
        yield system.services()
    if wanted.users:
        yield system.users()
    if wanted.mounts:
        yield system.mounts()
    if wanted.env:
        yield processes.environment(wanted)
    if wanted.files:
        yield files.part(wanted)
    if wanted.effective:
        yield processes.effective(wanted)
    if wanted.commands:
        yield processes.commands(wanted)
