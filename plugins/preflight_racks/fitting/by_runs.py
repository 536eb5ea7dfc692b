"""All racks as one linear program in whole numbers: how many pieces of each shape are in each run of cells.

Pieces that are in one run are together no taller than it; where the run is open to all of them alike, that is all there
is to it, so no position is a variable. Where a rack is not as simple as that (runs that some shapes share in part,
supplies that could be spread in several ways, legs), the program asks less than the rack does: its bound holds, and
what it finds is cut down to what the rack admits.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from math import inf
from typing import Any

from preflight_racks.fitting.bays import Bay
from preflight_racks.fitting.highs import Chosen
from preflight_racks.fitting.interior import Counts, Interior
from preflight_racks.fitting.items import Item
from preflight_racks.fitting.packing import Stretch, stretches
from preflight_racks.fitting.pricing import rows


def choose_by_runs(bays: Sequence[Bay], items: Sequence[Item], seconds: float) -> Chosen:
    """As many devices as can be placed, and of as many, rather those of the earlier groups."""
    highspy: Any = import_module("highspy")
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("time_limit", max(seconds, 0.1))
    total = sum(item.size * item.quantity for item in items)
    by_rack: dict[int, dict[int, Any]] = {}
    for number, bay in enumerate(bays):
        numbers = _rack(solver, bay.interior, items)
        if numbers:
            by_rack[number] = numbers
    worth = []
    for index, item in enumerate(items):
        here = [numbers[index] for numbers in by_rack.values() if index in numbers]
        if here:
            solver.addConstr(solver.qsum(here) <= item.quantity)
            # All that is added for being early is less than one device.
            price = item.size * (1 + (len(items) - index) / len(items) / (total + 1))
            worth.append(solver.qsum(here) * price)
    if not worth:
        return Chosen({}, 0)
    solver.maximize(solver.qsum(worth))
    info = solver.getInfo()
    at_most = min(total, int(info.mip_dual_bound + 1e-6)) if -inf < info.mip_dual_bound < inf else total
    if info.primal_solution_status != 2:
        return Chosen({}, at_most)
    values = solver.getSolution().col_value
    counts = {}
    for rack, numbers in by_rack.items():
        found = tuple(round(values[numbers[index].index]) if index in numbers else 0 for index in range(len(items)))
        counts[rack] = _admitted(bays[rack].interior, found)
    return Chosen(counts, at_most)


def _rack(solver: Any, interior: Interior, items: Sequence[Item]) -> dict[int, Any]:
    """How many of each item there are, and what keeps them."""
    caps = {index: interior.cap(index) for index in range(len(items))}
    numbers = {index: solver.addIntegral(0, cap) for index, cap in caps.items() if cap}
    if not numbers:
        return {}
    for row in rows(interior, items):
        takes = [(variable, row.takes[index]) for index, variable in numbers.items() if row.takes[index]]
        if takes:
            solver.addConstr(solver.qsum(variable * each for variable, each in takes) <= row.have + 1e-6)
    shapes = interior.inside.shapes
    pieces: list[list[Any]] = [[] for _ in shapes]
    for _, part in stretches(shapes):
        variables = {i: solver.addIntegral(0, shape.starts.bit_count()) for i, shape in enumerate(part) if shape.starts}
        for index, variable in variables.items():
            pieces[index].append(variable)
        for mine, cells in _faces(part):
            solver.addConstr(solver.qsum(variables[index] * part[index].height for index in mine) <= cells)
    for index, variables_of in enumerate(pieces):
        wanted = [(v, items[i].pieces) for i, v in numbers.items() if interior.inside.shape[i] == index]
        if wanted:
            solver.addConstr(solver.qsum(v * each for v, each in wanted) - solver.qsum(variables_of) <= 0)
    return numbers


def _faces(part: Stretch) -> set[tuple[tuple[int, ...], int]]:
    """For each face of a stretch, the shapes that take it, and how many cells of it they can take together."""
    found = set()
    for face in (1, 2):
        mine = tuple(index for index, shape in enumerate(part) if shape.starts and shape.faces & face)
        covered = 0
        for index in mine:
            for step in range(part[index].height):
                covered |= part[index].starts << step
        if mine:
            found.add((mine, covered.bit_count()))
    return found


def _admitted(interior: Interior, counts: Counts) -> Counts:
    """So many, or as few fewer as are taken off before it is known that the rack takes them."""
    while any(counts) and interior.admits(counts) is not True:
        last = max(index for index, number in enumerate(counts) if number)
        counts = (*counts[:last], counts[last] - 1, *counts[last + 1 :])
    return counts
