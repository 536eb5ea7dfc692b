"""What was seen of two databases: plain data, recorded as it is and judged later.

Not two whole catalogues: of ten thousand tables that are the same, nobody wants a record.
"""

from __future__ import annotations

from dataclasses import dataclass

from preflight_database.catalogue.model import Server
from preflight_database.parity.compare import Difference


@dataclass(frozen=True, slots=True)
class ParityObservation:
    """Where the database differs from the other one.

    Attributes:
        tables: how many tables there are here and there.
        differences: all of them, whatever the entry ignores; none are looked for between two engines.
    """

    here: Server
    there: Server
    tables: tuple[int, int]
    differences: tuple[Difference, ...] = ()
