"""What is asked of the system? statvfs(3) of each path. All I/O of this plugin is here."""

import os
from dataclasses import dataclass

from preflight.finding import NotChecked
from preflight.kind import Batch, Sink
from preflight_disk.spec import Space


@dataclass(frozen=True, slots=True)
class Room:
    """What a file system holds, in octets; `free` is what an ordinary user may still take of `total`."""

    total: int
    free: int


def probe(batch: Batch[Space], sink: Sink) -> None:
    for key, spec in batch.checks:
        try:
            seen = os.statvfs(spec.path)
        except OSError as error:
            cause = f"{spec.path} on this machine: {error.strerror}"
            next_step = f"mount or create it, or mend `path:` (`findmnt`, `ls -ld {spec.path}`)"
            sink(key, NotChecked(f"statvfs of {spec.path}: {error.strerror}", cause, next_step))
        else:
            sink(key, Room(total=seen.f_blocks * seen.f_frsize, free=seen.f_bavail * seen.f_frsize))
