"""Checks are observed at the same time and reported as they become known; `needs` and `retry` hold some back."""

import re

import pytest

from tests.conftest import Site


def reported(result: pytest.RunResult) -> list[str]:
    """`name OUTCOME` in the order of the reports of a run with -v."""
    lines = [line for line in result.outlines if "toy.thing[" in line and "%]" in line]
    return [re.sub(r".*toy\.thing\[(.*?)\] (\w+) .*", r"\1 \2", line) for line in lines]


def test_a_slow_check_does_not_hold_up_a_fast_one(site: Site) -> None:
    site.things("name: slow, delay: 0.5, box: one", "name: fast, box: two", "name: slower, delay: 0.7, box: three")
    assert reported(site.check("-v")) == ["fast PASSED", "slow PASSED", "slower PASSED"]


def test_within_a_batch_too_what_is_known_is_reported(site: Site) -> None:
    site.things("name: fast", "name: slow, delay: 0.7", "name: other, box: two, delay: 0.3")
    assert reported(site.check("-v")) == ["fast PASSED", "other PASSED", "slow PASSED"]


def test_batches_are_observed_at_the_same_time(site: Site) -> None:
    site.things(*(f"name: t{n}, delay: 0.5, box: b{n}" for n in range(20)))
    result = site.check()
    assert result.ret == 0
    assert result.duration < 5  # one after the other, it would be 10


def test_a_check_waits_for_what_it_needs(site: Site) -> None:
    site.things(
        "name: b, needs: ['toy.thing[a]']", "name: c, needs: ['toy.thing[b]', 'toy.thing[a]']", "name: a, delay: 0.1"
    )
    assert reported(site.check("-v")) == ["a PASSED", "b PASSED", "c PASSED"]
    assert site.log.read_text().split() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("mode", "verdict", "cause", "reason"),
    [
        ("dead", "INCOMPLETE", "box here is off: blocks 4 checks", "could not be checked"),
        ("wrong", "NO-GO", "toy.thing[a] failed: blocks 3 checks", "failed"),
    ],
)
def test_what_it_needs_is_not_right(site: Site, mode: str, verdict: str, cause: str, reason: str) -> None:
    site.things(
        f"name: a, mode: {mode}, box: here",
        "name: b, needs: ['toy.thing[a]']",
        "name: c, needs: ['toy.thing[b]']",
        "name: d, needs: ['toy.thing[a]', 'toy.thing[c]']",
        "name: e",
    )
    result = site.check()
    assert site.observed() == ["a", "e"]  # nobody asks about the others
    result.stdout.fnmatch_lines([f"not checked   needs toy.thing[[]a], which {reason}*", f"not checked  {cause}"])
    assert f"verdict={verdict} " in result.outlines[-1]
    assert " passed=1 " in result.outlines[-1]


def test_what_it_needs_is_not_part_of_the_run(site: Site) -> None:
    site.things("name: a, mode: dead", "name: b, needs: ['toy.thing[a]']")
    assert "verdict=GO " in site.check("-k", "[b]").outlines[-1]


def test_a_check_is_observed_again_before_it_counts(site: Site) -> None:
    site.things(
        "name: heals, mode: heals, retry: 1",
        "name: needs it, needs: ['toy.thing[heals]']",
        "name: once, mode: heals, severity: warning",
        "name: ok, retry: 3",
    )
    assert reported(site.check("-v")) == ["once WARNED", "ok PASSED", "heals PASSED", "needs it PASSED"]
    assert site.log.read_text().splitlines() == ["heals", "once", "ok", "heals", "needs it"]


def test_what_stays_wrong_is_wrong_after_the_last_retry(site: Site) -> None:
    site.things("name: a, mode: wrong, retry: 1", "name: b, mode: dead, retry: 1", "name: c, needs: ['toy.thing[a]']")
    assert " passed=0 failed=1 not-checked=2 " in site.check().outlines[-1]
    assert site.observed() == ["a", "a", "b", "b"]
