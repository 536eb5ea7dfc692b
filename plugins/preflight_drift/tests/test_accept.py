"""`--accept-drift FILE`: written, gone through, and read back."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis.strategies import text

from preflight_drift.accept import _quoted
from preflight_drift.tests.environments import Trees
from preflight_drift.tests.test_run import verdict

# Paths with all that YAML, inventories and rules have a meaning for.
OURS = {
    "app.yaml": 'a: 1\nb.c: {d: 2}\n\'q"u\': 3\n"${x}": 4\n"*": 5\n"tab\\t\\\\": 6\n"#é": 7\nlist: [{name: x, v: 1}]\n',
    "only here": "x",
    "notes": "one\n",
}
THEIRS = {
    "app.yaml": 'a: 2\nb.c: {d: 3}\n\'q"u\': 4\n"${x}": 5\n"*": 6\n"tab\\t\\\\": 7\n"#é": 8\nlist: [{name: x, v: 2}]\n',
    "conf.d/only there.ini": "[a]\nb = 1\n",
    "notes": "two\n",
}


@pytest.fixture
def differing(trees: Trees) -> Trees:
    trees.write(OURS, THEIRS)
    trees.prod()
    return trees


def folder_of(trees: Trees, accepted: Path) -> None:
    """The inventory as a folder, with the file as it was written beside it."""
    folder = trees.pytester.path / "inventories"
    (folder / "prod").mkdir()
    (folder / "prod.yaml").rename(folder / "prod/drift.yaml")
    accepted.rename(folder / "prod/accepted.yaml")


def test_what_is_accepted_is_go_with_warnings_until_there_are_reasons(differing: Trees) -> None:
    accepted = differing.pytester.path / "accepted.yaml"
    result = differing.check("--accept-drift", str(accepted))
    verdict(result, 1, "NO-GO", failed=1)
    result.stdout.fnmatch_lines(["11 rules are written to *accepted.yaml: go through them, and give reasons"])
    rules = yaml.safe_load(accepted.read_text())["drift"]["rules"]
    assert {(rule["rule"], rule["reason"]) for rule in rules} == {("ignore", "TODO")}
    folder_of(differing, accepted)
    verdict(differing.check(), 0, "GO-WITH-CONDITIONS", passed=1, failed=0, warned=11)
    accepted = differing.pytester.path / "inventories/prod/accepted.yaml"
    accepted.write_text(accepted.read_text().replace("TODO", "looked at"))
    verdict(differing.check(), 0, "GO", passed=12)
    # What comes up later is told.
    (differing.prd / "new").write_text("x")
    verdict(differing.check(), 1, "NO-GO", passed=11, failed=1)


def test_words_of_an_environment_are_its_own(trees: Trees) -> None:
    trees.write({"prd.yaml": "prd: 1\n"}, {"stg.yaml": "stg: 2\n"})
    trees.prod()
    trees.check("--accept-drift", "accepted.yaml")
    rules = yaml.safe_load((trees.pytester.path / "accepted.yaml").read_text())["drift"]["rules"]
    assert [rule["at"] for rule in rules] == [trees.at("prd.yaml.prd")]


def test_what_breaks_a_rule_is_commented_out(trees: Trees) -> None:
    trees.write({"app.yaml": "a: 1\nb: 1\n"}, {"app.yaml": "a: 2\nb: 2\n"})
    trees.prod(f"rules: [{{at: '{trees.at('app.yaml.a')}', rule: at-least, reason: larger}}]")
    result = trees.check("--accept-drift", "accepted.yaml")
    result.stdout.fnmatch_lines(["2 rules are written to accepted.yaml (1 of them commented out: there are rules *"])
    text = (trees.pytester.path / "accepted.yaml").read_text()
    assert [rule["at"] for rule in yaml.safe_load(text)["drift"]["rules"]] == [trees.at("app.yaml.b")]
    assert "# breaks its rule: at-least, inventories/prod.yaml:" in text


def test_where_all_of_it_breaks_rules_the_file_can_still_be_read(trees: Trees) -> None:
    trees.write({"app.yaml": "a: 1\n"}, {"app.yaml": "a: 2\n"})
    trees.prod(f"rules: [{{at: '{trees.at('app.yaml.a')}', rule: at-least, reason: larger}}]")
    trees.check("--accept-drift", "accepted.yaml")
    assert yaml.safe_load((trees.pytester.path / "accepted.yaml").read_text()) == {"drift": {"rules": []}}


@given(text())
def test_any_path_comes_back_from_yaml(path: str) -> None:
    (read,) = yaml.safe_load(f"[{_quoted(path)}]")
    assert read == path.replace("${", "$${")


def test_what_could_not_be_compared_is_said(trees: Trees) -> None:
    trees.write({"a.json": "{", "b": "1"}, {"a.json": "{", "b": "2"})
    trees.prod()
    result = trees.check("--accept-drift", "accepted.yaml")
    result.stdout.fnmatch_lines(
        ["1 rule is written to accepted.yaml: *", "what could not be compared is not among them"]
    )


def test_without_differences_nothing_is_written(trees: Trees) -> None:
    trees.write({"a": "1"}, {"a": "1"})
    trees.prod()
    result = trees.check("--accept-drift", "accepted.yaml")
    verdict(result, 0, "GO")
    result.stdout.fnmatch_lines(["--accept-drift accepted.yaml: there are no differences, and nothing is written"])
    result = trees.check("--accept-drift", "accepted.yaml", "-k", "nothing")
    result.stdout.fnmatch_lines(["--accept-drift accepted.yaml: nothing was compared, and nothing is written"])
    assert not (trees.pytester.path / "accepted.yaml").exists()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--accept-drift", "there.yaml"], "it is there already: name a new file"),
        (["--accept-drift", "new.yaml", "-n2"], "writes what one process has seen: leave -n out"),
        (["--accept-drift", "new.yaml", "--plan"], "writes what was compared, and nothing would be"),
    ],
)
def test_refused(differing: Trees, args: list[str], message: str) -> None:
    there = differing.pytester.path / "there.yaml"
    there.write_text("mine")
    result = differing.check(*args)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --accept-drift *{message}"])
    assert there.read_text() == "mine"
    assert not (differing.pytester.path / "new.yaml").exists()


@pytest.mark.parametrize("core", [(), ("-p", "no:preflight")])
def test_without_an_inventory_it_is_refused(differing: Trees, core: tuple[str, ...]) -> None:
    (differing.pytester.path / "test_own.py").write_text("def test(): pass")
    result = differing.pytester.runpytest_inprocess(*core, "--accept-drift", "new.yaml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --accept-drift goes with --inventory NAME"])


def test_a_file_that_cannot_be_written_does_not_change_the_verdict(differing: Trees) -> None:
    result = differing.check("--accept-drift", "missing/new.yaml")
    verdict(result, 1, "NO-GO", failed=1)
    result.stdout.fnmatch_lines(["--accept-drift missing/new.yaml: No such file or directory: nothing is written"])
