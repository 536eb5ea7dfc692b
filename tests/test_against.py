"""Two environments in one run: `--against`, the other inventory, its secrets, and what there is to compare."""

from __future__ import annotations

import pytest

from tests.conftest import Site

STAGING = """
    environment: staging
    vars: {word: stg}
    toy: [{name: a}]
"""


@pytest.fixture
def peers(site: Site) -> Site:
    """A site with a plugin that compares; toy.yaml asks for staging."""
    site.write(STAGING, "inventories/staging.yaml")
    site.write("{environment: prod, vars: {word: prd}, peers: {against: staging, names: [x]}}")
    return site


def check(site: Site, *args: str) -> pytest.RunResult:
    return site.check("-p", "tests.peers", *args)


def test_a_section_sees_the_other_inventory(peers: Site) -> None:
    result = check(peers)
    result.stdout.fnmatch_lines(["observed * prod prd surveys peers.x | staging stg surveys  checks toy.thing[[]a]"])


def test_against_wins(peers: Site) -> None:
    peers.write("{environment: other, toy: []}", "inventories/other.yaml")
    for name in ("other", "inventories/other.yaml"):
        check(peers, "--against", name).stdout.fnmatch_lines(["observed * | other None surveys *"])


@pytest.mark.parametrize("against", ["staging", "toy"])
def test_the_other_one_compares_with_nobody_in_turn(peers: Site, against: str) -> None:
    """They ask for each other, or for themselves: each is loaded once, and without what would ask."""
    peers.write("{environment: staging, toy: [{name: a}], peers: {against: toy, names: [y]}}",
                "inventories/staging.yaml")  # fmt: skip
    result = check(peers, "--against", against)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*1 failed*"])


def test_what_is_wrong_with_a_section_that_is_left_out_does_not_matter(peers: Site) -> None:
    peers.write("{environment: staging, toy: [{name: a}], peers: {gainst: toy}}", "inventories/staging.yaml")
    check(peers).stdout.fnmatch_lines(["observed * | staging *"])


def test_an_unknown_inventory_is_told_with_those_there_are(peers: Site) -> None:
    peers.write("{peers: {against: stagin}}")
    result = check(peers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "inventories/toy.yaml:1:19: peers.against: there is no inventory 'stagin' in inventories/; "
            'did you mean "staging"[?]'
        ]
    )


def test_one_that_cannot_be_used_is_told_with_its_own_place(peers: Site) -> None:
    peers.write("toy: [{name: a, mdoe: ok}]", "inventories/staging.yaml")
    result = check(peers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*peers.against: staging cannot be used: inventories/staging.yaml:1:17: *mode*"])


def test_secrets_of_the_other_one_are_masked(peers: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "Zebra/9&Zebra")
    peers.write("{environment: staging, vars: {word: '${env:WORD}'}, toy: [{name: a}]}", "inventories/staging.yaml")
    for args in ([], ["--plan"], ["-n1"], ["--junitxml=junit.xml"]):
        result = check(peers, *args)
        shown = result.stdout.str() + result.stderr.str()
        assert "ebra" not in shown
        assert args == ["--plan"] or "staging" in shown
    assert "ebra" not in (peers.path / "junit.xml").read_text()
    assert "***" in (peers.path / "junit.xml").read_text()


def test_secrets_of_one_that_cannot_be_used_are_masked(peers: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "Zebra/9&Zebra")
    peers.write("toy: [{name: '${env:WORD}', mode: '${env:WORD}'}]", "inventories/staging.yaml")
    result = check(peers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "ebra" not in result.stderr.str()


def test_its_vars_come_from_conftest_too(peers: Site) -> None:
    peers.write(
        "def pytest_preflight_vars(inventory): return {'word': inventory.stem}\n", "inventories/conftest.py"
    )  # fmt: skip
    peers.write("{environment: staging, toy: [{name: a}]}", "inventories/staging.yaml")
    check(peers).stdout.fnmatch_lines(["observed * | staging staging *"])


def test_against_without_anything_that_compares_is_a_mistake(peers: Site) -> None:
    peers.write("toy: [{name: a}]")
    result = check(peers, "--against", "staging", "-p", "no:preflight_drift")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --against staging: nothing in toy compares it with another environment; a section `peers:` does"]
    )
    assert peers.observed() == []
    result = peers.check("--against", "staging", "-p", "no:preflight_drift")
    result.stderr.fnmatch_lines(["ERROR: --against staging: nothing in toy compares *; no loaded plugin does"])


def test_of_several_inventories_one_has_to_compare(peers: Site) -> None:
    result = check(peers, "--inventory", "staging", "--against", "staging")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*1 failed*1 passed*"])


def test_against_goes_with_an_inventory(site: Site) -> None:
    result = site.pytest("--against", "staging")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *--against* go with --inventory NAME"])


def test_a_recorded_run_is_read_for_who_compares(peers: Site) -> None:
    """Its name, whose it is, and what was seen, by the ids of checks; or why not, where it is asked for."""
    peers.write("{peers: {against: 'ledger:nothing'}}")
    result = check(peers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["inventories/toy.yaml:1:19: peers.against: there is no recorded run 'nothing', *"])
    peers.write("{environment: x, toy: [{name: a, says: '1'}]}", "inventories/one.yaml")
    peers.write("{environment: y, toy: [{name: b}]}", "inventories/two.yaml")
    peers.pytest("--inventory", "one")
    peers.pytest("--inventory", "one", "--inventory", "two")
    first, second = sorted((peers.path / ".preflight/runs").glob("2*"))
    peers.write(f"{{peers: {{against: 'ledger:{first.name}'}}}}")
    check(peers).stdout.fnmatch_lines([f"observed * {first.name} one x toy.thing[[]a]: {{'says': '1', 'times': 1}}"])
    peers.write(f"{{peers: {{against: 'ledger:{second.name}'}}}}")
    result = check(peers)
    result.stderr.fnmatch_lines([f"*: peers.against: the run {second.name} is of one, two, and not of toy"])
