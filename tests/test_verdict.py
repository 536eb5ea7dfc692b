"""Every verdict, its exit code and its line: from outcomes to what a pipeline greps."""

from collections.abc import Sequence

import pytest

from preflight.finding import Outcome
from preflight.verdict import Verdict, verdict_line, verdict_of
from tests.conftest import Site

P, F, N, W, V = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_CHECKED, Outcome.WARNED, Outcome.WAIVED


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ([P], "GO"),
        ([P, W], "GO-WITH-CONDITIONS"),
        ([P, V], "GO-WITH-CONDITIONS"),
        ([P, W, N], "INCOMPLETE"),
        ([N], "INCOMPLETE"),
        ([P, F], "NO-GO"),
        ([P, N, F, W], "NO-GO"),
        ([], "INCOMPLETE"),
    ],
)
def test_verdict_of_outcomes(outcomes: Sequence[Outcome], verdict: str) -> None:
    assert verdict_of(outcomes) == verdict


def test_the_line_for_grep() -> None:
    line = verdict_line(Verdict.NO_GO, ["prod"], {P: 41, F: 7, N: 1, W: 2})
    assert line == "PREFLIGHT verdict=NO-GO inventory=prod passed=41 failed=7 not-checked=1 waived=0 warned=2"


OK, WRONG, WARNED, DEAD = (
    "name: a",
    "name: b, mode: wrong",
    "name: c, mode: wrong, severity: warning",
    "name: d, mode: dead",
)


@pytest.mark.parametrize(
    ("things", "code", "line"),
    [
        ([OK], 0, "GO inventory=toy passed=1 failed=0 not-checked=0 waived=0 warned=0"),
        ([OK, WARNED], 0, "GO-WITH-CONDITIONS inventory=toy passed=1 failed=0 not-checked=0 waived=0 warned=1"),
        ([OK, WRONG], 1, "NO-GO inventory=toy passed=1 failed=1 not-checked=0 waived=0 warned=0"),
        ([OK, WRONG, WARNED, DEAD], 1, "NO-GO inventory=toy passed=1 failed=1 not-checked=1 waived=0 warned=1"),
        ([OK, WARNED, DEAD], 11, "INCOMPLETE inventory=toy passed=1 failed=0 not-checked=1 waived=0 warned=1"),
    ],
)
def test_exit_code_and_last_line(site: Site, things: list[str], code: int, line: str) -> None:
    site.things(*things)
    result = site.check()
    assert result.ret == code
    assert result.outlines[-1] == f"PREFLIGHT verdict={line}"


@pytest.mark.parametrize("text", ["", "# nothing yet", "toy: []", "hosts: {}", "toy: [{name: a, phase: after}]"])
def test_an_inventory_without_checks_is_no_go_ahead(site: Site, text: str) -> None:
    site.write(text)
    result = site.check()
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    line = "PREFLIGHT verdict=INCOMPLETE inventory=toy passed=0 failed=0 not-checked=0 waived=0 warned=0"
    assert result.outlines[-1] == line
    result.stdout.fnmatch_lines(["inventory toy, phase before: nothing was selected"])


def test_nothing_selected_is_no_go_ahead(site: Site) -> None:
    site.things(OK)
    for args in (["-k", "nothing"], ["-m", "nothing"], ["-k", "nothing", "-n1"]):
        result = site.check(*args)
        assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
        assert result.outlines[-1].startswith("PREFLIGHT verdict=INCOMPLETE inventory=toy passed=0 ")
