"""What was seen: who has attested a step, when, and until when. Plain data, recorded as it is and judged later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Attested:
    """What somebody has attested of a step, and where that stands: `inventories/prod.attested:4`."""

    by: str
    at: datetime
    until: datetime
    result: Literal["passed", "failed"]
    note: str
    place: str


@dataclass(frozen=True, slots=True)
class Stranger:
    """An attestation that still counts, of a step that there is not; `near` says which step may be meant."""

    step: str
    by: str
    place: str
    near: str


@dataclass(frozen=True, slots=True)
class Observation:
    """What the file says of one step.

    Attributes:
        at: when it was read.
        file: as it is shown.
        inventory: what `preflight attest` finds the inventory by.
        attested: of this step, the newest first.
        strangers: of no step; with every step, since any of them may be meant.
    """

    at: datetime
    file: str
    inventory: str
    attested: tuple[Attested, ...]
    strangers: tuple[Stranger, ...]
