"""`{before: ..., after: ...}` inside a check is shorthand for one check a phase."""

import pytest

from tests.conftest import Site

BY_PHASE = "name: shop, mode: {before: ok, after: wrong}"


@pytest.mark.parametrize(
    ("things", "phase", "ids"),
    [
        ([BY_PHASE], "before", ["shop:before"]),
        ([BY_PHASE], "during", []),
        ([BY_PHASE], "after", ["shop:after"]),
        ([BY_PHASE + ", phase: after"], "before", []),
        ([BY_PHASE + ", id: flyer"], "after", ["flyer:after"]),
        (["name: a, mode: {during: ok}, says: {during: '1', after: '1'}"], "after", ["a:after"]),
        (["name: a", BY_PHASE, "name: b"], "before", ["a", "shop:before", "b"]),
        (["name: a, phase: [before, after]"], "after", ["a:before+after"]),
    ],
)
def test_what_is_checked_in_a_phase(site: Site, things: list[str], phase: str, ids: list[str]) -> None:
    site.things(*things)
    listed = site.check("--phase", phase, "--co", "-q").outlines
    assert [line.partition("toy.thing[")[2].removesuffix("]") for line in listed if "toy.thing[" in line] == ids


def test_each_phase_has_its_own_outcome(site: Site) -> None:
    site.things(BY_PHASE)
    assert site.check("--phase", "before").ret == 0
    assert site.check("--phase", "after").ret == 1
    assert site.check("--phase", "during").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_mistake_for_a_later_phase_is_found_today(site: Site) -> None:
    site.things("name: shop, mode: {before: ok, after: wrnog}", "name: a, mode: {before: ok, afterr: wrong}")
    result = site.check("--phase", "before")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            'inventories/toy.yaml:2:42: toy*.mode: "wrnog" is not allowed; did you mean "wrong"?',
            "inventories/toy.yaml:3:19: toy[[]1].mode: *",
        ]
    )


def test_checks_of_several_phases_that_are_not_told_apart(site: Site) -> None:
    site.things(BY_PHASE, "name: shop, phase: before")
    result = site.check()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*toy.thing[[]shop:before] is also at inventories/toy.yaml:2:3*"])
