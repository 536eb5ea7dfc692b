"""Beside other plugins: pytest-xdist, pytest-timeout, pytest-rerunfailures and pytest-randomly."""

import pytest

from tests.conftest import INI, Site

THINGS = [
    "name: ok, box: one",
    "name: wrong, mode: wrong, box: one",
    "name: dead, mode: dead",
    "name: dead too, mode: dead",
    "name: warned, mode: wrong, severity: warning",
    "name: needs, needs: ['toy.thing[dead]']",
    "name: other, box: two",
]
VERDICT = "PREFLIGHT verdict=NO-GO inventory=toy passed=2 failed=1 not-checked=3 waived=0 warned=1"


def switch_on(site: Site, plugin: str) -> None:
    site.pytester.makefile(".ini", pytest=INI.replace(f" -p no:{plugin}", ""))


@pytest.mark.parametrize(
    "args", [["-n1"], ["-n2"], ["-n3", "--dist", "loadscope"], ["-n2", "--dist", "worksteal"]], ids=str
)
def test_xdist_observes_every_check_once_and_the_controller_says_the_verdict(site: Site, args: list[str]) -> None:
    site.things(*THINGS)
    result = site.check("-v", *args)
    assert (result.ret, result.outlines[-1]) == (1, VERDICT)
    assert result.stdout.str().count("PREFLIGHT") == 1
    assert site.observed() == ["dead", "dead", "ok", "other", "too", "warned", "wrong"]
    for name in ("ok", "wrong", "dead", "dead too", "warned", "needs", "other"):
        reported = [line for line in result.outlines if f"toy.thing[{name}] " in line and "%]" in line]
        assert len(reported) == 1
    result.stdout.fnmatch_lines_random(["not checked  box  is off: blocks 3 checks", "observed      2, by the toy"])


def test_xdist_observes_every_check_of_a_large_batch_once(site: Site) -> None:
    site.things(*(f"name: t{n}, box: b{n % 3}" for n in range(60)))
    assert " passed=60 " in site.check("-n2").outlines[-1]
    assert site.observed() == sorted(f"t{n}" for n in range(60))


def test_xdist_observes_a_check_again_once_for_all_workers(site: Site) -> None:
    site.things(*(f"name: t{n}, mode: heals, retry: 1" for n in range(20)))
    assert " passed=20 " in site.check("-n2").outlines[-1]
    assert site.observed() == sorted(f"t{n}" for n in [*range(20)] * 2)


def test_xdist_observes_what_a_worker_that_died_was_at(site: Site) -> None:
    site.things("name: crashes, mode: crashes", *(f"name: t{n}, box: b{n}" for n in range(6)))
    result = site.check("-n2")
    counts = result.outlines[-1].split("inventory=toy ")[1]
    assert counts in (
        "passed=7 failed=0 not-checked=0 waived=0 warned=0",
        "passed=6 failed=0 not-checked=1 waived=0 warned=0",  # what the worker was waiting for as it died
    )
    assert site.observed().count("crashes") == 2


def test_xdist_reports_what_no_worker_could_do(site: Site) -> None:
    site.things("name: a, mode: exits", "name: b, mode: raises, box: one", "name: c, box: two")
    assert site.check("-n2").outlines[-1].endswith("passed=1 failed=0 not-checked=2 waived=0 warned=0")


@pytest.mark.parametrize("order", [["preflight.plugin", "xdist.plugin"], ["xdist.plugin", "preflight.plugin"]], ids=str)
def test_xdist_may_be_loaded_before_or_after(site: Site, monkeypatch: pytest.MonkeyPatch, order: list[str]) -> None:
    """Which of two plugins pytest finds first depends on the order of folders on a disk."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    site.things("name: a", "name: b, box: two")
    result = site.check_apart(*(f"-p{plugin}" for plugin in (*order, "xdist.looponfail")), "-n2")
    assert " passed=2 " in result.outlines[-1], result.stdout.str()
    assert site.observed() == ["a", "b"]


def test_xdist_leaves_nothing_behind(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    (site.path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(site.path / "tmp"))
    site.things(*THINGS)
    site.check("-n2")
    assert list((site.path / "tmp").glob("preflight-*")) == []


def test_xdist_with_an_inventory_that_cannot_be_used(site: Site) -> None:
    site.write("toy: [{nme: a}]")
    result = site.check("-n2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "Traceback" not in result.stderr.str()
    result.stderr.fnmatch_lines(["ERROR: inventory toy cannot be used, 2 problems:"])


def test_pytest_timeout_ends_a_check_that_takes_too_long(site: Site) -> None:
    switch_on(site, "timeout")
    site.things("name: fast", "name: slow, delay: 60, box: two", "name: other, box: three")
    site.write("import time\ndef test_own(): time.sleep(60)", "test_own.py")
    for args in ([], ["-n1"]):
        result = site.check("inventories", "test_own.py", "--timeout", "0.5", *args)
        assert result.duration < 30
        assert result.outlines[-1].endswith("passed=2 failed=1 not-checked=1 waived=0 warned=0")
    site.check("--timeout=0.1").stdout.fnmatch_lines(["not checked   not observed within the timeout of 0.1s"])


def test_pytest_rerunfailures_observes_again(site: Site) -> None:
    switch_on(site, "rerunfailures")
    site.things("name: ok", "name: heals, mode: heals", "name: wrong, mode: wrong", "name: dead, mode: dead, box: one")
    result = site.check("--reruns", "1", "-v")
    assert result.outlines[-1].endswith("passed=2 failed=1 not-checked=1 waived=0 warned=0")
    assert site.observed() == ["dead", "dead", "heals", "heals", "ok", "wrong", "wrong"]
    result.stdout.fnmatch_lines(["*toy.thing[[]heals] RERUN *", "*toy.thing[[]heals] PASSED *"])


def test_pytest_rerunfailures_and_what_needs_a_check_that_heals(site: Site) -> None:
    switch_on(site, "rerunfailures")
    site.things("name: heals, mode: heals", "name: needs, needs: ['toy.thing[heals]']")
    assert "verdict=GO " in site.check("--reruns", "1").outlines[-1]


def test_pytest_rerunfailures_under_xdist(site: Site) -> None:
    switch_on(site, "rerunfailures")
    site.things("name: heals, mode: heals", "name: wrong, mode: wrong", "name: ok")
    result = site.check("--reruns", "1", "-n2")
    assert result.outlines[-1].endswith("passed=2 failed=1 not-checked=0 waived=0 warned=0")


def test_pytest_randomly_may_shuffle(site: Site) -> None:
    switch_on(site, "randomly")
    site.things(*THINGS)
    for args in ([], ["-n2"], ["-p", "randomly", "-p", "no:cacheprovider"]):
        assert site.check(*args).outlines[-1] == VERDICT


def test_without_the_core_a_domain_is_a_plugin_like_any_other(site: Site) -> None:
    site.write("def test_own(): pass", "test_own.py")
    assert site.pytest("-p", "no:preflight").ret == 0
