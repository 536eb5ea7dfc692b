"""`--budget` and `timeout`: what is not observed in time is not checked, and nobody waits for it."""

import threading

import pytest

from tests.conftest import Site


def test_what_is_not_observed_within_the_budget_is_not_checked(site: Site) -> None:
    site.things("name: fast", "name: slow, delay: 20, box: one", "name: deaf, mode: deaf, delay: 20, box: two",
                "name: dependent, needs: ['toy.thing[slow]']")  # fmt: skip
    result = site.check_apart("--budget", "0.3")
    assert result.ret == 11
    assert result.duration < 10  # also the probe that does not listen holds nothing up
    assert result.outlines[-1].endswith("passed=1 failed=0 not-checked=3 waived=0 warned=0")
    result.stdout.fnmatch_lines([
        "*not checked   the time budget of this run was spent*",
        "*next step     run again with a larger --budget, or with --only and -k to check less",
        "not checked  the time budget of this run was spent: blocks 3 checks",
    ])  # fmt: skip


def test_a_probe_that_looks_hands_in_what_it_knows_when_the_budget_is_spent(site: Site) -> None:
    site.things("name: known", "name: slow, delay: 20", "name: never")
    assert site.check("--budget", "300ms").ret == pytest.ExitCode.USAGE_ERROR
    result = site.check("--budget", "0.3s")
    assert result.outlines[-1].endswith("passed=1 failed=0 not-checked=2 waived=0 warned=0")


def test_a_budget_that_is_enough_changes_nothing(site: Site) -> None:
    site.things("name: a", "name: b, delay: 0.1")
    assert site.check("--budget", "1m").ret == 0


@pytest.mark.parametrize("budget", ["soon", "0", "-5s", ""])
def test_a_budget_is_a_length_of_time(site: Site, budget: str) -> None:
    site.things("name: a")
    result = site.check(f"--budget={budget}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --budget {budget}: should be a length of time above 0*"])


def test_a_check_keeps_its_own_timeout_whatever_its_probe_does(site: Site) -> None:
    site.things("name: deaf, mode: deaf, delay: 20, box: one, timeout: 0.1", "name: other, delay: 0.2")
    result = site.check_apart()
    assert result.duration < 10
    assert result.outlines[-1].endswith("passed=1 failed=0 not-checked=1 waived=0 warned=0")
    result.stdout.fnmatch_lines(["not checked   not observed within its own timeout of 0.1s"])


def test_the_timeout_of_a_check_starts_when_its_batch_does(site: Site) -> None:
    # More batches than threads: half of them wait for their turn longer than their timeout.
    site.things(*(f"name: t{n}, delay: 0.7, box: b{n}, timeout: 0.8" for n in range(128)))
    assert " passed=128 " in site.check().outlines[-1]


def test_probes_that_are_stuck_do_not_use_up_the_threads(site: Site) -> None:
    site.things(*(f"name: t{n}, mode: deaf, delay: 20, box: b{n}, timeout: 0.1" for n in range(64)), "name: other")
    result = site.check_apart("-q", "--tb=no")
    assert result.duration < 15
    assert " passed=1 failed=0 not-checked=64 " in result.outlines[-1]


def test_no_thread_outlives_a_run_in_the_same_process(site: Site) -> None:
    site.things(*(f"name: t{n}, box: b{n % 5}" for n in range(10)))
    assert site.check().ret == 0
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("preflight-")]
    for thread in threads:
        thread.join(timeout=10)
    assert [thread.name for thread in threads if thread.is_alive()] == []
