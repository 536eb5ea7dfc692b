"""The search for places: 200 servers into 1,000 racks, and 50 rooms that are full to the last unit, kg and watt.

    python benchmarks/racks_fitting.py [--seconds N] [--rooms N] [--without-cp-sat]

In the first part the search and the check of what it found are timed together; the peer is HiGHS alone with the model
described below. In the second, each solver has the same time for each room, on one thread, and what counts is in how
many rooms it shows that all fit, or that they do not. CP-SAT is OR-tools', in a virtual environment of its own, since
it cannot be loaded beside highspy.

The rooms of the second part are made by filling racks with gaps of 1 to 5 units at random; then weight and power are
cut down to what was put there and up to 6 % more, and 95 to 105 % of what was put there is planned.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import highspy
from measure import met, print_table
from preflight_racks.answer import Answer
from preflight_racks.demand import Demand, Limit
from preflight_racks.fitting import highs
from preflight_racks.fitting.search import search
from preflight_racks.room import Device, Feed, Rack, Room, Supply
from preflight_racks.verify import broken

GOAL = 5.0
LIMITS: frozenset[Limit] = frozenset({"weight", "power"})
PAIR = (Supply("1", "A"), Supply("2", "B"))
# Units, kg and W.
SORTS = [(1, 18.5, 350), (2, 27.0, 520), (2, 31.0, 640), (3, 44.0, 800), (4, 58.0, 1150), (1, 9.0, 140)]


@dataclass(frozen=True)
class Said:
    """What a solver came to: devices placed, no more than which can be placed, and in how many seconds."""

    placed: int
    at_most: int
    seconds: float

    def shown(self, wanted: int) -> str:
        return "fits" if self.placed == wanted else "does not fit" if self.at_most < wanted else "open"


@dataclass(frozen=True)
class Problem:
    """A room in plain numbers, as the peers get it. All devices have full depth and a redundant pair of supplies.

    In a run of free units, any devices go that are together no taller; so no position is a variable: how many devices
    of each group are in each run is. That is a much easier model than one with positions.

    Attributes:
        groups: for each, how many, units, weight in 100 g, draw in W.
        racks: for each, its runs in units, what it carries more in 100 g, and what either feed carries more in W.
    """

    groups: list[tuple[int, int, int, int]]
    racks: list[tuple[list[int], int, int]]


def problem_of(room: Room, demands: Sequence[Demand]) -> Problem:
    racks = []
    for rack in room.racks:
        taken = {cell // 2 for d in rack.devices if d.position for cell in range(d.position, d.position + d.height)}
        runs, length = [], 0
        for unit in [*rack.numbers, 0]:
            if unit in taken or not unit:
                runs += [length] if length else []
                length = 0
            else:
                length += 1
        feed = rack.feeds[0]
        watts = (feed.volts or 0) * (feed.amps or 0) * feed.derate - sum(d.draw or 0 for d in rack.devices)
        weight = (rack.max_weight or 0) - sum(d.weight or 0 for d in rack.devices)
        racks.append((runs, int(max(weight, 0) * 10 + 1e-6), int(max(watts, 0) + 1e-6)))
    groups = [(d.count, d.height // 2, round((d.weight or 0) * 10), round(d.draw or 0)) for d in demands]
    return Problem(groups, racks)


def ours(room: Room, demands: Sequence[Demand], seconds: float) -> Answer:
    deadline = time.monotonic() + seconds
    answer = search(room, demands, LIMITS, deadline=deadline, progress=lambda *_: None, stopped=lambda: False)
    wrong = broken(room.racks, demands, answer.places, LIMITS, room.power_factor)
    if wrong:
        sys.exit(f"a placement does not hold: {wrong}")
    return answer


def without_highs(room: Room, demands: Sequence[Demand], seconds: float) -> Answer:
    installed, highs.VERSION = highs.VERSION, ""
    try:
        return ours(room, demands, seconds)
    finally:
        highs.VERSION = installed


def highs_alone(problem: Problem, seconds: float) -> Said:
    started = time.monotonic()
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("time_limit", seconds)
    per_group: list[list[highspy.highs.highs_var]] = [[] for _ in problem.groups]
    for runs, weight, watts in problem.racks:
        here = []
        for run in runs:
            row = [(i, solver.addIntegral(0, run // g[1])) for i, g in enumerate(problem.groups) if g[1] <= run]
            if row:
                solver.addConstr(solver.qsum(variable * problem.groups[index][1] for index, variable in row) <= run)
            here += row
        if here:
            solver.addConstr(solver.qsum(variable * problem.groups[index][2] for index, variable in here) <= weight)
            solver.addConstr(solver.qsum(variable * problem.groups[index][3] for index, variable in here) <= watts)
        for index, variable in here:
            per_group[index].append(variable)
    for (count, *_), variables in zip(problem.groups, per_group, strict=True):
        if variables:
            solver.addConstr(solver.qsum(variables) <= count)
    every = [variable for variables in per_group for variable in variables]
    if every:
        solver.maximize(solver.qsum(every))
    info = solver.getInfo()
    placed = round(info.objective_function_value) if info.primal_solution_status == 2 else 0
    total = sum(count for count, *_ in problem.groups)
    at_most = int(min(total, info.mip_dual_bound + 1e-6)) if every else 0
    return Said(placed, at_most, time.monotonic() - started)


CP_SAT = """
import json, sys, time
from ortools.sat.python import cp_model
from ortools import __version__
found = []
for problem in json.load(open(sys.argv[1])):
    started = time.monotonic()
    model = cp_model.CpModel()
    groups = problem["groups"]
    per_group = [[] for _ in groups]
    for runs, weight, watts in problem["racks"]:
        here = []
        for run in runs:
            row = [(i, model.new_int_var(0, run // g[1], "")) for i, g in enumerate(groups) if g[1] <= run]
            model.add(sum(v * groups[i][1] for i, v in row) <= run)
            here += row
        model.add(sum(v * groups[i][2] for i, v in here) <= weight)
        model.add(sum(v * groups[i][3] for i, v in here) <= watts)
        for i, v in here:
            per_group[i].append(v)
    for (count, *_), variables in zip(groups, per_group):
        model.add(sum(variables) <= count)
    model.maximize(sum(v for variables in per_group for v in variables))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = float(sys.argv[2])
    status = solver.solve(model)
    placed = round(solver.objective_value) if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else 0
    total = sum(g[0] for g in groups)
    found.append([placed, int(min(total, solver.best_objective_bound + 1e-6)), time.monotonic() - started])
print(json.dumps([__version__, found]))
"""


def cp_sat(problems: Sequence[Problem], seconds: float) -> tuple[str, list[Said]]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
        python = folder / "venv" / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "ortools"], check=True)
        (folder / "problems.json").write_text(json.dumps([asdict(problem) for problem in problems]))
        (folder / "solve.py").write_text(CP_SAT)
        command = [python, folder / "solve.py", folder / "problems.json", str(seconds)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    number, found = json.loads(output)
    return number, [Said(*each) for each in found]


def large() -> tuple[Room, list[Demand]]:
    """1,000 racks, each with about half of its units taken; 200 servers of five groups."""
    chance = random.Random(1)
    racks = []
    for number in range(1000):
        feeds = (Feed("A", f"P{number % 4}A", 230, 32), Feed("B", f"P{number % 4}B", 230, 32))
        devices, unit = [], 1
        while unit <= 42:
            height = chance.choice((1, 1, 2, 2, 4))
            if chance.random() < 0.4 or unit + height > 43:
                unit += 1
                continue
            weight, draw = chance.choice((10.0, 18.0, 28.0)), chance.choice((150.0, 250.0, 400.0))
            devices.append(
                Device(f"d{number}-{unit}", "x", 2 * height, 2 * unit, weight=weight, draw=draw, supplies=PAIR)
            )
            unit += height
        racks.append(Rack(f"R{number:04}", 42, max_weight=900, feeds=feeds, devices=tuple(devices)))
    counts = (80, 40, 30, 30, 20)
    return Room(tuple(racks)), _planned(SORTS[:5], counts)


def tight(seed: int) -> tuple[Room, list[Demand]]:
    chance = random.Random(seed)
    sorts = chance.sample(SORTS, chance.randint(3, 5))
    shares = [chance.uniform(0.5, 1.5) / units for units, _, _ in sorts]
    counts = [0] * len(sorts)
    racks = []
    for number in range(chance.randint(10, 20)):
        devices, gaps, unit = [], [], 1
        while unit <= 42:
            gap = min(chance.choice((0, 1, 1, 2, 3, 4, 5)), 43 - unit)
            gaps += [gap] if gap else []
            unit += gap
            height = chance.choice((1, 2, 2, 3, 4))
            if unit + height > 43:
                break
            weight, draw = chance.choice((12.0, 19.0, 27.0)), chance.choice((120.0, 180.0, 240.0))
            devices.append(Device(f"d{unit}", "x", 2 * height, 2 * unit, weight=weight, draw=draw, supplies=PAIR))
            unit += height
        kilograms = watts = 0.0
        for gap in gaps:
            while any(units <= gap for units, _, _ in sorts):
                index = chance.choices(range(len(sorts)), shares)[0]
                units, weight, draw = sorts[index]
                if units <= gap:
                    gap -= units
                    counts[index] += 1
                    kilograms, watts = kilograms + weight, watts + draw
        load = sum(device.draw or 0 for device in devices) + watts * chance.uniform(1, 1.06)
        weight = sum(device.weight or 0 for device in devices) + kilograms * chance.uniform(1, 1.06)
        feeds = tuple(Feed(name, f"P{name}", 230, round(load / (230 * 0.8) + 0.005, 2)) for name in "AB")
        racks.append(Rack(f"R{number:02}", 42, max_weight=round(weight + 0.05, 1), feeds=feeds, devices=tuple(devices)))
    share = chance.uniform(0.95, 1.05)
    return Room(tuple(racks)), _planned(sorts, [max(1, round(count * share)) for count in counts])


def _planned(sorts: Sequence[tuple[int, float, int]], counts: Sequence[int]) -> list[Demand]:
    return [
        Demand(f"g{number}", "x", count, 2 * units, weight=weight, draw=float(draw), psus=2, needed=1)
        for number, (count, (units, weight, draw)) in enumerate(zip(counts, sorts, strict=True))
    ]


def first_part() -> None:
    room, demands = large()
    rows = []
    for name, find in (("without HiGHS", without_highs), ("with HiGHS", ours)):
        times = []
        for _ in range(3):
            started = time.monotonic()
            answer = find(room, demands, 60)
            times.append(time.monotonic() - started)
        used = len({place.rack for place in answer.places})
        rows.append([f"the search and its check, {name}", answer.status, str(len(answer.places)), str(used)])
        rows[-1] += [f"{median(times):.2f} s", met(median(times), GOAL)]
    alone = highs_alone(problem_of(room, demands), 60)
    rows.append(
        [f"HiGHS {version('highspy')} alone", alone.shown(200), str(alone.placed), "", f"{alone.seconds:.2f} s", ""]
    )
    print(f"200 servers of {len(demands)} groups into 1,000 racks; goal: {GOAL:.0f} s; median of 3")
    print_table(["", "answer", "placed", "racks used", "time", ""], rows)


def second_part(number: int, seconds: float, *, with_cp_sat: bool) -> None:
    rooms = [tight(seed) for seed in range(number)]
    wanted = [sum(demand.count for demand in demands) for _, demands in rooms]
    problems = [problem_of(*each) for each in rooms]
    found: dict[str, list[Said]] = {
        "preflight without HiGHS": [_said(without_highs, *each, seconds) for each in rooms],
        "preflight with HiGHS": [_said(ours, *each, seconds) for each in rooms],
        f"HiGHS {version('highspy')} alone": [highs_alone(problem, seconds) for problem in problems],
    }
    if with_cp_sat:
        name, said = cp_sat(problems, seconds)
        found[f"CP-SAT {name} alone"] = said
    best = [max(said[index].placed for said in found.values()) for index in range(number)]
    for index in range(number):
        shown = {said[index].shown(wanted[index]) for said in found.values()} - {"open"}
        if len(shown) > 1:
            sys.exit(f"room {index}: some show that all fit, and some that they do not")
    rows = []
    for name, said in found.items():
        shown = Counter(each.shown(total) for each, total in zip(said, wanted, strict=True))
        missed = sum(top - each.placed for top, each in zip(best, said, strict=True))
        times = [each.seconds for each in said]
        settled = (number - shown["open"]) / number
        rows.append([name, f"{settled:.0%}", str(shown["fits"]), str(shown["does not fit"]), str(shown["open"])])
        rows[-1] += [str(missed), f"{median(times):.2f} s", f"{sum(times):.0f} s"]
    print(f"\n{number} tight rooms, {sum(wanted)} devices; {seconds:.0f} s for each, one thread")
    head = ["", "settled", "fit", "do not", "open", "fewer placed than the best", "median", "in all"]
    print_table(head, rows)


def _said(find: Callable[[Room, Sequence[Demand], float], Answer], room: Room, demands: list[Demand], s: float) -> Said:
    started = time.monotonic()
    answer = find(room, demands, s)
    return Said(len(answer.places), answer.at_most, time.monotonic() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each tight room and solver (%(default)s)")
    parser.add_argument("--rooms", type=int, default=50, help="tight rooms (%(default)s)")
    parser.add_argument("--without-cp-sat", action="store_true", help="do not install OR-tools")
    options = parser.parse_args()
    first_part()
    second_part(options.rooms, options.seconds, with_cp_sat=not options.without_cp_sat)


if __name__ == "__main__":
    main()
