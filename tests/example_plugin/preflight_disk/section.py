"""The section `disk:` and the kind of check it holds, put together."""

from collections.abc import Iterator

from preflight.inventory import Ground
from preflight.kind import Expectation, Kind, Section
from preflight_disk.judge import judge
from preflight_disk.probe import Room, probe
from preflight_disk.spec import Disk, Space


def target(spec: Space) -> str:
    return spec.path


def contacts(spec: Space, _shared: str) -> str:
    return f"the file system of {spec.path}, on this machine, as yourself"


SPACE = Kind("disk.space", Space, Room, target, probe, judge, contacts)


def expectations(disk: Disk, _ground: Ground) -> Iterator[Expectation[Space]]:
    for spec in disk.space:
        # A batch for each path: a network mount that hangs holds up nothing but itself.
        yield Expectation(SPACE, spec, shared=spec.path)


SECTION = Section(Disk, (SPACE,), expectations)
