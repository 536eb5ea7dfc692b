"""`needs: [check id]`: every check that is needed is there, and none needs itself in the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from preflight.errors import Problem
from preflight.kind import Check
from preflight.nearest import did_you_mean


def wrong_needs(checks: Mapping[str, Check]) -> Iterator[Problem]:
    for check in checks.values():
        for needed in check.spec.needs:
            if needed not in checks:
                message = f"needs {needed}, which is no check here{did_you_mean(needed, checks)}"
                yield Problem(check.mark, "needs", message)
    state: dict[str, bool] = {}  # False while its needs are being followed, True when they are fine
    for check_id, check in checks.items():
        if check.spec.needs:
            yield from _circles(check_id, checks, state)


def _circles(start: str, checks: Mapping[str, Check], state: dict[str, bool]) -> Iterator[Problem]:
    stack = [(start, iter(checks[start].spec.needs))]
    while stack:
        check_id, needs = stack[-1]
        state.setdefault(check_id, False)
        for needed in needs:
            if needed not in checks or state.get(needed) is True:
                continue
            if needed in state:
                yield Problem(checks[check_id].mark, "needs", f"{needed} needs this check in turn: a circle")
                continue
            stack.append((needed, iter(checks[needed].spec.needs)))
            break
        else:
            state[check_id] = True
            stack.pop()
