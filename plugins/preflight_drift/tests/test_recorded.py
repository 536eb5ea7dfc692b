"""`--against ledger:RUN`: what has changed since a recorded run, of this inventory or of another."""

from __future__ import annotations

from pathlib import Path

import pytest

import preflight.run  # noqa: F401  what is imported here is not imported again in every run inside this process
import preflight_drift.section  # noqa: F401
from preflight.ledger.reading import runs
from preflight_drift.model import Document, Fact, HostFacts
from preflight_drift.recorded import Past
from preflight_drift.tests.environments import Trees, write

APP = "pool: 10\nworkers: 4\n"


def words(result: pytest.RunResult) -> str:
    return " ".join(result.stdout.str().split())


def ledgers(trees: Trees) -> list[Path]:
    return runs(trees.pytester.path / ".preflight/runs")


def since(trees: Trees, run: Path | str, *args: str) -> pytest.RunResult:
    return trees.check("--against", f"ledger:{run}", *args)


@pytest.fixture
def tuesday(trees: Trees, monkeypatch: pytest.MonkeyPatch) -> Trees:
    """prod and staging are the same, and a run has seen it."""
    monkeypatch.setenv("COLUMNS", "200")
    trees.write({"app.yaml": APP}, {"app.yaml": APP})
    trees.prod()
    assert trees.check().ret == 0
    return trees


def test_nothing_has_changed(tuesday: Trees) -> None:
    (run,) = ledgers(tuesday)
    assert since(tuesday, run).ret == 0
    assert since(tuesday, run / "ledger.jsonl").ret == 0
    assert since(tuesday, run.name).ret == 0


def test_what_has_changed_since_is_told(tuesday: Trees) -> None:
    (run,) = ledgers(tuesday)
    write(tuesday.prd, {"app.yaml": APP.replace("10", "12"), "new.yaml": "a: 1\n"})
    result = since(tuesday, run)
    assert result.ret == 1
    said = words(result)
    assert "pool: 12 (line 1), there 10 (line 1)" in said
    assert "only in prod: " in said
    assert " as on web-1 in prod at 20" in said
    # Staging is not asked: it could be gone.
    tuesday.staging("hosts: {other: {connection: local}}")
    assert since(tuesday, run).ret == 1


def test_what_is_gone_since_is_told(tuesday: Trees) -> None:
    (tuesday.prd / "app.yaml").unlink()
    assert "not in prod: " in words(since(tuesday, ledgers(tuesday)[0]))


def test_the_ledger_can_be_written_in_the_inventory(tuesday: Trees) -> None:
    (run,) = ledgers(tuesday)
    write(tuesday.prd, {"app.yaml": APP.replace("10", "12")})
    tuesday.prod(f"against: ledger:{run.name}")
    assert "there 10" in words(tuesday.check())


def test_a_run_of_another_inventory_is_its_own_side(tuesday: Trees) -> None:
    """staging was recorded, and prod is compared with what it was then."""
    folder = tuesday.pytester.path / "inventories"
    prod = (folder / "prod.yaml").read_text()
    own = prod.replace("environment: prod", "environment: staging").replace("web-1", "stg-1").replace("/prd/", "/stg/")
    (folder / "staging.yaml").write_text(own.replace("against: staging", "against: local"))
    recorded = tuesday.pytester.runpytest_inprocess("-pno:cacheprovider", "-pno:randomly", "--inventory", "staging")
    assert recorded.ret == 0, recorded.stdout.str()
    run = ledgers(tuesday)[-1]
    assert run.name.endswith("-staging")
    write(tuesday.stg, {"app.yaml": "pool: 99\n"})
    assert since(tuesday, run).ret == 0
    write(tuesday.prd, {"app.yaml": APP.replace("10", "12")})
    said = words(since(tuesday, run))
    assert "pool: 12 (line 1), there 10 (line 1)" in said
    assert " as on stg-1 in staging" in said


def test_secrets_of_two_runs_are_neither_the_same_nor_different(trees: Trees, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    files = {"app.yaml": "pool: 10\ndatabase:\n  password: Hm7-Zebra-91\nlog: https://jo:Hm7-Zebra-91@log.example/\n"}
    trees.write(files, files)
    trees.prod()
    assert trees.check().ret == 0
    (run,) = ledgers(trees)
    for text in (files["app.yaml"], files["app.yaml"].replace("Zebra", "Okapi")):
        write(trees.prd, {"app.yaml": text})
        result = since(trees, run)
        assert result.ret == 11
        said = words(result)
        assert "secrets of two runs cannot be compared: " in said
        assert "app.yaml.database.password" in said
        assert "difference" not in said.replace("differences", "")
        assert "Zebra" not in said
        assert "Okapi" not in said
    write(trees.prd, {"app.yaml": text.replace("pool: 10", "pool: 11")})
    result = since(trees, run)
    assert result.ret == 1
    assert "pool: 11 (line 1), there 10" in words(result)
    assert "secrets of two runs cannot be compared" in words(result)
    # That it is there at all can be compared.
    write(trees.prd, {"app.yaml": "pool: 10\ndatabase: {}\nlog: https://jo:Hm7-Zebra-91@log.example/\n"})
    assert "database.password: missing" in words(since(trees, run))


def test_a_rule_may_say_that_only_the_key_counts(trees: Trees) -> None:
    files = {"app.yaml": "database:\n  password: Hm7-Zebra-91\n"}
    trees.write(files, files)
    at = trees.at("app.yaml.database.password")
    trees.prod(f"rules: [{{at: '{at}', rule: keys-only, reason: each has its own}}]")
    assert trees.check().ret == 0
    assert since(trees, ledgers(trees)[0]).ret == 0


def test_rules_between_environments_say_nothing_of_the_past(trees: Trees) -> None:
    trees.write({"app.yaml": "name: one\n"}, {"app.yaml": "name: other\n"})
    at = trees.at("app.yaml.name")
    trees.prod(f"rules: [{{at: '{at}', rule: must-differ, reason: each has its own}}]")
    assert trees.check().ret == 0
    result = since(trees, ledgers(trees)[0])
    assert result.ret == 0, result.stdout.str()
    assert "drift.rules" not in result.stdout.str()


def test_names_of_the_other_environment_say_nothing_of_the_past(trees: Trees) -> None:
    trees.write({"app.yaml": APP}, {"app.yaml": APP})
    trees.staging("hosts: {stg-1: {connection: local, groups: [shop]}}")
    trees.prod("hosts: {web: shop}")
    assert trees.check().ret == 0
    assert since(trees, ledgers(trees)[0]).ret == 0


def test_a_secret_that_was_masked_is_not_taken_for_a_change(trees: Trees, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record has *** in its place, and nobody knows what it was."""
    monkeypatch.setenv("WORD", "Okapi-and-so-on")
    files = {"app.yaml": "greeting: Okapi-and-so-on\n"}
    trees.write(files, files)
    trees.prod()
    inventory = trees.pytester.path / "inventories/prod.yaml"
    inventory.write_text(inventory.read_text() + "vars: {word: '${env:WORD}'}\n")
    assert trees.check().ret == 0
    (run,) = ledgers(trees)
    assert "Okapi" not in (run / "ledger.jsonl").read_text()
    result = since(trees, run)
    assert result.ret == 11
    assert "app.yaml.greeting" in words(result)
    assert "Okapi" not in words(result)


def test_what_the_run_has_not_seen_is_not_checked(tuesday: Trees) -> None:
    (run,) = ledgers(tuesday)
    tuesday.prod(f"collect: {{files: ['{tuesday.prd}/**'], mounts: true}}")
    result = since(tuesday, run)
    assert result.ret == 11
    assert f"not checked the run {run.name} has not seen what this is compared with" in words(result)


def test_an_unfinished_run_counts_as_far_as_it_got(tuesday: Trees) -> None:
    ledger = ledgers(tuesday)[0] / "ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    ledger.write_bytes(b"".join(lines[:-1]) + b'{"number":9,"bef')
    assert since(tuesday, ledger.parent).ret == 0
    ledger.write_bytes(b"".join(lines[:-2]))
    assert refused(tuesday, ledger.parent.name) == (
        f"the run {ledger.parent.name} has seen nothing that could be compared: it has no `drift.facts`"
    )


def refused(trees: Trees, run: str) -> str:
    """Why, on the one line that says so."""
    result = since(trees, run)
    assert result.ret == 4
    head, *lines = [line for line in result.stderr.str().splitlines() if line]
    assert head == "ERROR: inventory prod cannot be used, 1 problem:"
    (line,) = lines
    place, _, why = line.partition(": drift.against: ")
    assert place.startswith("inventories/prod.yaml:")
    return why


def test_a_damaged_ledger_is_refused(tuesday: Trees) -> None:
    ledger = ledgers(tuesday)[0] / "ledger.jsonl"
    ledger.write_text(ledger.read_text().replace("workers", "walkers"))
    assert refused(tuesday, ledger.parent.name) == (
        f"the run {ledger.parent.name} is not as it was written: "
        "line 3: was changed: its seal is not that of what it says"
    )


def test_what_is_no_run_is_refused(tuesday: Trees) -> None:
    assert refused(tuesday, "nothing").startswith("there is no recorded run 'nothing', neither at that path nor in ")
    assert refused(tuesday, "").startswith("there is no recorded run ''")
    (tuesday.pytester.path / "text").write_text("hello\n")
    assert "is no ledger of preflight" in refused(tuesday, "text")


def test_a_run_of_others_without_anything_to_compare_is_refused(tuesday: Trees) -> None:
    folder = tuesday.pytester.path / "inventories"
    (folder / "other.yaml").write_text("environment: other\nmanual: [{step: a}]\n")
    tuesday.pytester.runpytest_inprocess("-pno:cacheprovider", "-pno:randomly", "--inventory", "other")
    assert "has seen nothing that could be compared" in refused(tuesday, ledgers(tuesday)[-1].name)


def test_a_host_that_was_not_reached_then_is_told_as_of_then(tuesday: Trees) -> None:
    tuesday.prod(hosts="web-1: {address: 127.0.0.1, port: 1, groups: [web]}")
    assert tuesday.check().ret == 11
    run = ledgers(tuesday)[-1]
    tuesday.prod()
    result = since(tuesday, run)
    assert result.ret == 11
    assert f"not checked in the run {run.name}: host web-1 cannot be reached" in words(result)


def test_a_phase_is_no_part_of_what_is_compared(tuesday: Trees) -> None:
    tuesday.prod("phase: [before]")
    tuesday.check()
    run = ledgers(tuesday)[-1]
    tuesday.prod("phase: [before, after]")
    assert since(tuesday, run).ret == 0


def test_workers_and_a_replay_see_the_same(tuesday: Trees) -> None:
    (run,) = ledgers(tuesday)
    write(tuesday.prd, {"app.yaml": APP.replace("10", "12")})
    assert "there 10" in words(since(tuesday, run, "-n2"))
    recorded = ledgers(tuesday)[-1]
    write(tuesday.prd, {"app.yaml": APP})
    assert "there 10" in words(since(tuesday, run, "--replay", str(recorded)))


def test_the_plan_says_that_nobody_over_there_is_asked(tuesday: Trees) -> None:
    (run,) = ledgers(tuesday)
    said = words(since(tuesday, run, "--plan"))
    assert f"; and looks up what the run {run.name} saw" in said
    assert "stg-1" not in said


def test_names_of_groups_and_surveys() -> None:
    hosts = (HostFacts("web-1", (Document("packages", "packages", facts=(Fact(("a",), 1),)),)),)
    past = Past("r", True, {"web/packages": hosts, "web/files:/etc/**": hosts, "surveys:databases.orders": hosts})
    assert past.groups == {"web": ("web-1",)}
    assert past.surveys == ["databases.orders"]
