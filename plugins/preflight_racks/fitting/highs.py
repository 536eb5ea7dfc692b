"""HiGHS, where it is installed: linear and mixed-integer programming for rooms that are nearly full.

https://highs.dev, as `highspy` from PyPI; `pip install 'pytest-preflight[highs]'`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from math import ceil, inf
from typing import Any

from preflight_racks.fitting.choices import Choices
from preflight_racks.fitting.interior import Counts
from preflight_racks.fitting.items import Item

try:
    VERSION = version("highspy")
except PackageNotFoundError:
    VERSION = ""
ADVICE = "`pip install 'pytest-preflight[highs]'`"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What each rack takes, by its number; and no more devices than that by choices that were given."""

    counts: dict[int, Counts]
    at_most: int


class Model:
    """One choice for each rack, so that the fewest devices are left.

    How often each choice of each sort of rack is made is a variable; so is how many of each item are left.
    """

    def __init__(
        self, found: Sequence[Choices], items: Sequence[Item], wanted: Counts, *, known: bool, seconds: float
    ) -> None:
        highspy: Any = import_module("highspy")
        self.solver = solver = highspy.Highs()
        solver.silent()
        solver.setOptionValue("threads", 1)
        solver.setOptionValue("time_limit", max(seconds, 0.1))
        self.wanted = wanted
        self.total = sum(item.size * number for item, number in zip(items, wanted, strict=True))
        # Of several answers that leave as many, one that places the earlier groups; all this together is less than one.
        self.nudge = 1 / (self.total + 1)
        costs = [item.size * (1 + self.nudge * (len(items) - at) / len(items)) for at, item in enumerate(items)]
        rows: list[list[tuple[Any, int]]] = [
            [(solver.addVariable(0, number, cost), 1)] for number, cost in zip(wanted, costs, strict=True)
        ]
        self.variables = [row[0][0] for row in rows]
        self.taken = []
        for each in found:
            vectors = [v for v in (each.known if known else each.possible or ()) if any(v)]
            variables = [solver.addVariable(0, len(each.racks)) for _ in vectors]
            if variables:
                solver.addConstr(solver.qsum(variables) <= len(each.racks))
            for variable, vector in zip(variables, vectors, strict=True):
                for index, number in enumerate(vector):
                    if number:
                        rows[index].append((variable, number))
            self.taken.append((each, vectors, variables))
            self.variables += variables
        self.rows = [
            solver.addConstr(solver.qsum(variable * factor for variable, factor in row) >= number)
            for row, number in zip(rows, wanted, strict=True)
        ]

    def prices(self) -> list[float]:
        """What one more of each item would save, if choices could be made in parts."""
        self.solver.run()
        duals = self.solver.getSolution().row_dual
        return [max(0.0, duals[row.index]) for row in self.rows]

    def choose(self, start: dict[int, Counts]) -> Chosen:
        """Solve it; from a choice that is known, if its time is short."""
        highspy: Any = import_module("highspy")
        for variable in self.variables:
            self.solver.changeColIntegrality(variable.index, highspy.HighsVarType.kInteger)
        self._begin(highspy, start)
        self.solver.run()
        info = self.solver.getInfo()
        bound = info.mip_dual_bound if -inf < info.mip_dual_bound < inf else 0.0
        fewest = max(0, ceil(bound / (1 + self.nudge) - 1e-6))
        if info.primal_solution_status != 2:
            return Chosen({}, self.total - fewest)
        values = self.solver.getSolution().col_value
        racks = {}
        for each, vectors, variables in self.taken:
            numbers = iter(each.racks)
            for variable, vector in zip(variables, vectors, strict=True):
                for _ in range(round(values[variable.index])):
                    racks[next(numbers)] = vector
        return Chosen(_trimmed(racks, self.wanted), self.total - fewest)

    def _begin(self, highspy: Any, start: dict[int, Counts]) -> None:
        solution = highspy.HighsSolution()
        values = [0.0] * len(self.variables)
        left = list(self.wanted)
        for each, vectors, variables in self.taken:
            for rack in each.racks:
                wish = start.get(rack)
                for vector, variable in zip(vectors, variables, strict=True):
                    if wish is not None and all(a >= b for a, b in zip(vector, wish, strict=True)):
                        values[variable.index] += 1
                        left = [max(0, a - b) for a, b in zip(left, vector, strict=True)]
                        break
        values[: len(left)] = [float(number) for number in left]
        solution.col_value = values
        self.solver.setSolution(solution)


def _trimmed(racks: dict[int, Counts], wanted: Counts) -> dict[int, Counts]:
    """No more of an item than there are."""
    left = wanted
    counts = {}
    for number, vector in sorted(racks.items()):
        counts[number] = tuple(map(min, vector, left))
        left = tuple(a - b for a, b in zip(left, counts[number], strict=True))
    return counts
