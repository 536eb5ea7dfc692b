"""What a search for places came to. Plain data: `fitting` finds it, `verify` checks it, `placement` says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from preflight_racks.demand import Limit, Place

Status = Literal["fits", "does-not-fit", "unproven"]
# Why no more of a group goes into a rack: a limit, the group's own wish to be spread, power supplies that no two
# panels of the rack keep alive, or data of the rack that contradict each other.
Bind = Literal["", Limit, "spread", "redundancy", "contradiction"]


@dataclass(frozen=True, slots=True)
class Berth:
    """What one rack has for one group, if nobody competes with it.

    Attributes:
        most: how many of the group it takes.
        by_units: how many it takes if only units count.
        largest: the largest run of half units that one of the group could stand in.
        binds: why not one more.
    """

    rack: str
    most: int
    by_units: int
    largest: int
    binds: Bind


@dataclass(frozen=True, slots=True)
class Relief:
    """What would make room for more.

    Attributes:
        what: `blanks` of a rack taken out, a `reservation` given back, a `limit` that would not count.
        rack: which; empty for a limit.
        detail: the holder of the reservation, or the limit.
        units: whole units, by number, that would be free.
        room_for: how many of the group could be placed then, all told.
    """

    what: Literal["blanks", "reservation", "limit"]
    rack: str
    detail: str
    room_for: int
    units: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """One group's part of the answer.

    Attributes:
        placed: how many have a place in the best placement found.
        alone: how many would have one if no other group competed; None if that is not known.
        alone_proven: no more than that are possible.
        berths: of the racks it may stand in, in the order of the room.
        reliefs: the ones that help most first; only where some have no place.
    """

    demand: str
    placed: int
    alone: int | None
    alone_proven: bool
    berths: tuple[Berth, ...]
    reliefs: tuple[Relief, ...] = ()


@dataclass(frozen=True, slots=True)
class Unsure:
    """A limit that could not be held against a rack that is used, since something is not known.

    Attributes:
        missing: what, with how much of it there is: `9 of 15 devices have no draw`, `no max_weight`.
    """

    rack: str
    limit: Limit
    missing: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of all groups together.

    Attributes:
        status: `fits` if all have places, `does-not-fit` if it is shown that they cannot, `unproven` if neither.
        places: of all, or of the largest part for which places were found.
        at_most: no more devices than this can be placed, all groups together; as far as that is shown.
        proof: what shows it, in a few words: `placed`, `the units of the racks`, `HiGHS 1.15.1`.
        unsure: what the places rest on without being known. Empty for a placement that holds.
        seconds: how long the search took.
    """

    status: Status
    places: tuple[Place, ...]
    at_most: int
    proof: str
    shares: tuple[Share, ...]
    unsure: tuple[Unsure, ...] = ()
    seconds: float = 0.0
