"""Since last time: what has become better and worse than in the last finished run of the same inventory and phase."""

import re
import signal
import subprocess
import sys
import time

import pytest

from preflight.ledger.reading import read
from preflight.ledger.since import since
from tests.conftest import Site
from tests.ledgers import folders, has_a_check
from tests.test_ledger_runs import ledger_appears, started


def said(result: pytest.RunResult) -> str:
    """The line, without its time; all of it."""
    text = " ".join(line for line in result.outlines)
    found = re.search(r"since \d{4}-\d\d-\d\d \d\d:\d\d UTC: (.*?)  ", text.replace("evidence .preflight", "  "))
    return found[1].strip() if found else ""


def test_what_has_become_worse_and_better(site: Site) -> None:
    site.things("name: a", "name: b, mode: wrong", "name: c, mode: dead, box: x", "name: d", "name: e, mode: wrong")
    assert said(site.check()) == ""  # nothing to compare with
    site.things("name: a, mode: dead, box: y", "name: b", "name: c, mode: wrong", "name: d", "name: f, mode: wrong")
    line = said(site.check())
    assert line.startswith(
        "newly failing 2 (toy.thing[a], toy.thing[f]), newly passing 1, still failing 1, 1 not part of it then, "
        "1 not part of it now"
    )
    earlier, run = map(read, folders(site))
    change = since(run, earlier)
    assert (change.newly_passing, change.still_failing) == (("toy.thing[b]",), ("toy.thing[c]",))
    assert (change.new, change.gone) == (("toy.thing[f]",), ("toy.thing[e]",))


def test_waived_and_warned_do_not_pass(site: Site) -> None:
    site.things("name: a", "name: b, severity: warning")
    site.check()
    site.things("name: a, mode: wrong", "name: b, mode: wrong, severity: warning")
    with (site.path / "inventories/toy.yaml").open("a") as file:
        file.write(
            'waivers: [{check: "toy.thing[a]", reason: r, approver: me, ticket: T-1, expires: 2100-01-01T00:00Z}]\n'
        )
    assert said(site.check()).startswith("newly failing 2 (toy.thing[a], toy.thing[b])")


@pytest.mark.parametrize("args", [(), ("-n1",)], ids=["", "xdist"])
def test_what_never_got_its_turn_has_become_neither(site: Site, args: tuple[str, ...]) -> None:
    site.things("name: a", "name: b, mode: wrong", "name: c, owner: dba, delay: 0.5", "name: d, mode: dead, delay: 0.5")
    site.check(*args)
    result = site.check("-x", *args)
    assert said(result).startswith("nothing has changed, still failing 1, ")
    assert said(result).endswith("2 not part of it now")
    result.stdout.fnmatch_lines(
        [
            "not checked  the run ended before its turn: blocks 2 checks",
            "             toy.thing[[]c]  [[]dba]  inventories/toy.yaml:4",
            "             toy.thing[[]d]  inventories/toy.yaml:5",
            "to act: nobody named 2, dba 1",
        ]
    )
    ended = read(folders(site)[-1])
    assert [(each["id"], each["inventory"]) for each in ended.checks.values()][-2:] == [
        ("toy.thing[c]", "toy"), ("toy.thing[d]", "toy"),
    ]  # fmt: skip


@pytest.mark.parametrize("args", [("-k", "thing[a]"), ("-k", "nothing"), ("-x",)], ids=" ".join)
def test_a_run_that_left_checks_out_is_not_last_time(site: Site, args: tuple[str, ...]) -> None:
    site.things("name: a", "name: b, mode: wrong", "name: c, mode: wrong", "name: d")
    site.check()
    site.check(*args)
    site.things("name: a", "name: b, mode: wrong", "name: c", "name: d, mode: wrong", "name: new")
    assert said(site.check()).startswith(
        "newly failing 1 (toy.thing[d]), newly passing 1, still failing 1, 1 not part of it then"
    )
    # Of the same part, it is.
    site.things("name: a, mode: wrong", "name: b", "name: c", "name: d")
    site.check("-k", "thing[a]")
    assert said(site.check("-k", "thing[a]")).startswith("nothing has changed, still failing 1")


def test_nothing_has_changed(site: Site) -> None:
    site.things("name: a", "name: b, mode: wrong")
    site.check()
    assert said(site.check()).startswith("nothing has changed, still failing 1")


def test_many_are_not_all_named(site: Site) -> None:
    site.things(*(f"name: t{n}" for n in range(9)))
    site.check()
    site.things(*(f"name: t{n}, mode: wrong" for n in range(9)))
    assert said(site.check()).startswith("newly failing 9 (toy.thing[t0], toy.thing[t1], toy.thing[t2], and 6 more)")


def test_tests_are_compared_as_checks_are_and_xdist_changes_nothing(site: Site) -> None:
    site.things("name: a", file="inventories/toy/a.yaml")
    own = site.write("def test_own(): pass\n", "inventories/toy/test_own.py")
    site.check()
    own.write_text("def test_own(): assert 0\n")
    assert said(site.check("-n2")).startswith("newly failing 1 (inventories/toy/test_own.py::test_own)")


def test_of_two_inventories_each_check_is_named_with_its_own(site: Site) -> None:
    for name in ("one", "two"):
        site.things("name: a", file=f"inventories/{name}.yaml")
    site.pytest("--inventory", "one", "--inventory", "two")
    site.things("name: a, mode: wrong", file="inventories/two.yaml")
    line = said(site.pytest("--inventory", "one", "--inventory", "two"))
    assert line.startswith("newly failing 1 (two: toy.thing[a])")


def test_other_phases_other_inventories_replays_and_runs_without_a_verdict_are_not_last_time(site: Site) -> None:
    site.things("name: a", "name: slow, delay: 60, box: s, phase: during")
    site.check()
    (last,) = folders(site)
    site.check("--phase", "after")
    site.things("name: a", file="inventories/other.yaml")
    site.pytest("--inventory", "other")
    site.things("name: a, mode: wrong")
    site.check("--replay", str(last))
    site.things("name: a", "name: slow, delay: 60, box: s")
    command = [sys.executable, "-m", "pytest", "--inventory", "toy"]
    with subprocess.Popen(command, cwd=site.path, stdout=subprocess.DEVNULL) as killed:
        while len(folders(site)) < 5 or not has_a_check(folders(site)[-1]):
            time.sleep(0.01)
        killed.kill()
    site.things("name: a")
    assert said(site.check()).startswith("nothing has changed")


def test_a_run_that_was_interrupted_is_not_last_time(site: Site) -> None:
    site.things("name: a", "name: b")
    site.check()
    site.things("name: a", "name: b, delay: 60, box: s")
    run = started(site)
    folder = ledger_appears(site, run, than=1)
    while not read(folder).checks:
        time.sleep(0.01)
    run.send_signal(signal.SIGTERM)
    run.communicate()
    assert read(folder).finished
    site.things("name: a", "name: b")
    assert said(site.check()).startswith("nothing has changed")


def test_a_damaged_one_is_passed_over_and_named(site: Site) -> None:
    site.things("name: a")
    site.check()
    site.things("name: a, mode: wrong")
    site.check()
    damaged = folders(site)[-1]
    (damaged / "ledger.jsonl").write_bytes((damaged / "ledger.jsonl").read_bytes().replace(b'"failed"', b'"passed"'))
    result = site.check()
    assert said(result).startswith("newly failing 1")
    text = " ".join(line.strip() for line in result.outlines)
    assert f"passed over as the run before this one, it is not as it was written: {damaged.name}: line 3:" in text
    (folders(site)[-1] / "ledger.jsonl").write_bytes(b"gone\n")
    text = " ".join(line.strip() for line in site.check("-q").outlines)
    assert "ledger.jsonl: line 1: is no record of a ledger" in text


def test_a_replay_is_compared_with_what_it_replays(site: Site) -> None:
    site.things("name: a", "name: b, mode: wrong")
    site.check()
    site.things("name: a", "name: b")
    result = site.check("--replay", str(folders(site)[0]))
    assert said(result).startswith("newly passing 1")
    site.check()
    assert said(site.check("--replay", folders(site)[0].name)).startswith("newly passing 1")
    result.stdout.fnmatch_lines(["judged again from a recorded run (--replay): nothing has been looked at now"])
