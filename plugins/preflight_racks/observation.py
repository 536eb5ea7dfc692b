"""What is seen of racks: one rack, or what a planned group came to."""

from __future__ import annotations

from dataclasses import dataclass

from preflight_racks.answer import Answer, Share
from preflight_racks.demand import Demand, Limit, Place
from preflight_racks.room import Rack


@dataclass(frozen=True, slots=True)
class Standing:
    """A rack as it stands.

    Attributes:
        source: what says so: `the inventory`, `NetBox at https://netbox.example`.
        trouble: records of it that could not be taken as they are, each with what is wrong.
        today: the ISO date on which it was read.
    """

    rack: Rack
    source: str
    power_factor: float
    today: str
    trouble: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditObservation:
    """The rack of a check; several, where only their source knew which racks a pattern means."""

    racks: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class AlmostOurs:
    """Units of a rack that are kept for somebody who is called nearly as those a group is for."""

    rack: str
    units: tuple[int, ...]
    holder: str


@dataclass(frozen=True, slots=True)
class PlacementObservation:
    """What became of one planned group among all of them.

    Attributes:
        demand: the group, as it was searched for.
        answer: of all groups together; of its shares, only this one's, and of the places those in these racks.
        racks: those in which a device of the group was placed, and if some have none, those that come nearest to taking
            one.
        others: the other groups that have places there; all others, if some of this one have none.
        looked_at: how many racks the search had.
        almost_ours: in all racks, where the group has a holder. Those for whom something is planned are left out.
    """

    demand: Demand
    answer: Answer
    racks: tuple[Rack, ...]
    others: tuple[Demand, ...]
    limits: tuple[Limit, ...]
    source: str
    power_factor: float
    today: str
    looked_at: int
    almost_ours: tuple[AlmostOurs, ...] = ()

    @property
    def share(self) -> Share:
        return self.answer.shares[0]

    @property
    def places(self) -> tuple[Place, ...]:
        """Of every group, in these racks."""
        return self.answer.places

    @property
    def mine(self) -> tuple[Place, ...]:
        return tuple(place for place in self.answer.places if place.demand == self.demand.name)
