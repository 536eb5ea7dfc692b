"""What a probe knows of earlier runs: `Batch.earlier`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from preflight.kind import Batch
from preflight.ledger.reading import read, runs
from tests.conftest import Site
from tests.recalling import WORD


def say(site: Site, *says: str, args: tuple[str, ...] = (), inventory: str = "toy") -> None:
    words = ", ".join(f"{{name: w{number}, says: {each}}}" for number, each in enumerate(says))
    site.write(f"recalls: [{words}]", f"inventories/{inventory}.yaml")
    assert site.pytest("-p", "tests.recalling", "--inventory", inventory, *args).ret == 0


def folder(site: Site) -> Path:
    return site.path / ".preflight/runs"


def recalled(site: Site) -> dict[str, Any]:
    """By check, what its newest record says of the runs before it, the newest first."""
    records = read(runs(folder(site))[-1]).checks.values()
    return {record["id"]: record["observed"]["before"] for record in records}


def test_the_newest_run_comes_first(site: Site) -> None:
    for word in ("one", "two", "three"):
        say(site, word)
    assert recalled(site) == {"recalls.word[w0]": ["two", "one"]}


def test_each_check_knows_of_itself(site: Site) -> None:
    say(site, "one")
    say(site, "two", "other")
    say(site, "three", "another")
    assert recalled(site) == {"recalls.word[w0]": ["two", "one"], "recalls.word[w1]": ["other"]}


def test_other_inventories_runs_are_not_its_own(site: Site) -> None:
    say(site, "one", inventory="other")
    say(site, "two")
    say(site, "three")
    assert recalled(site) == {"recalls.word[w0]": ["two"]}


def test_what_was_changed_is_not_believed(site: Site) -> None:
    say(site, "one")
    ledger = runs(folder(site))[0] / "ledger.jsonl"
    ledger.write_text(ledger.read_text().replace('"says":"one"', '"says":"eno"'))
    say(site, "two")
    say(site, "three")
    assert recalled(site) == {"recalls.word[w0]": ["two"]}


def test_what_another_version_saw_is_not_understood(site: Site) -> None:
    text = Path(__file__).with_name("recalling.py").read_text()
    older = text.replace("says: str\n    before", "said: str\n    before").replace(
        "observation.says", "observation.said"
    )
    site.write(older, "older.py")
    site.write("recalls: [{name: w0, says: one}]")
    assert site.pytester.runpytest_subprocess("-p", "older", "--inventory", "toy").ret == 0
    (record,) = read(runs(folder(site))[0]).checks.values()
    assert record["observed"]["said"] == "one"
    say(site, "two")
    assert recalled(site) == {"recalls.word[w0]": []}


def test_a_replay_is_no_run_before(site: Site) -> None:
    say(site, "one")
    say(site, "one", args=("--replay", str(runs(folder(site))[0])))
    say(site, "two")
    assert recalled(site) == {"recalls.word[w0]": ["one"]}


def test_workers_know_the_same(site: Site) -> None:
    say(site, "one", "first")
    say(site, "two", "second", args=("-n2",))
    assert recalled(site) == {"recalls.word[w0]": ["one"], "recalls.word[w1]": ["first"]}


def test_a_team_has_its_folder_of_runs(site: Site) -> None:
    say(site, "one", args=("--runs", "elsewhere"))
    say(site, "two")
    assert recalled(site) == {"recalls.word[w0]": []}
    say(site, "three", args=("--runs", "elsewhere"))
    (record,) = read(runs(site.path / "elsewhere")[-1]).checks.values()
    assert record["observed"]["before"] == ["one"]


def test_a_batch_without_a_past_has_none() -> None:
    assert list(Batch(WORD, (), None).earlier()) == []


@pytest.mark.parametrize("executor", ["ThreadPoolExecutor(2)", "ProcessPoolExecutor(2, get_context('spawn'))"])
def test_wherever_it_is_probed(site: Site, executor: str) -> None:
    """A batch pickles with what it needs to look back."""
    site.write(
        f"""
        import pytest
        from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
        from multiprocessing import get_context

        @pytest.hookimpl(optionalhook=True)
        def pytest_preflight_executor():
            return {executor}
        """,
        "conftest.py",
    )
    site.write("recalls: [{name: w0, says: one}]")
    for _ in range(2):
        assert site.check_apart("-p", "tests.recalling").ret == 0
    assert recalled(site) == {"recalls.word[w0]": ["one"]}
