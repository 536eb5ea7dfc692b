"""Which hosts are compared with which, and what checks come of it."""

from __future__ import annotations

import pytest

from preflight.kind import Check
from preflight.testing import parse
from preflight_drift.tests.environments import DOMAIN
from preflight_drift.tests.test_spec import OTHERS, STAGING, written


def checks(*lines: str, others: dict[str, str] | None = None) -> list[Check]:
    return parse(DOMAIN, written(*lines), others or OTHERS)


def pairs(
    *lines: str, others: dict[str, str] | None = None
) -> list[tuple[tuple[str, str], tuple[str, ...], tuple[str, ...]]]:
    found = [check.spec.matter for check in checks(*lines, "collect: {packages: true}", others=others)]
    return [(matter.pair, matter.ours, matter.theirs) for matter in found]


WEB = (("web", "web"), ("web-1", "web-2"), ("stg-web-1",))
DB = (("db", "db"), ("db-1",), ("stg-db-1",))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], [WEB, DB]),
        (["hosts: {db: db}"], [DB]),
        (["hosts: {web-2: stg-web-1}"], [(("web-2", "stg-web-1"), ("web-2",), ("stg-web-1",))]),
        (["hosts: {web-2: web}"], [(("web-2", "web"), ("web-2",), ("stg-web-1",))]),
        (["hosts: {web: db}"], [(("web", "db"), ("web-1", "web-2"), ("stg-db-1",))]),
        (
            ["against: local"],
            [(("web", "local"), ("web-1", "web-2"), ("local",)), (("db", "local"), ("db-1",), ("local",))],
        ),
        (["against: local", "hosts: {web: web}"], [(("web", "local"), ("web-1", "web-2"), ("local",))]),
    ],
    ids=str,
)
def test_pairs(lines: list[str], expected: list[object]) -> None:
    assert pairs(*lines) == expected


def test_without_groups_in_common_hosts_of_one_name_are() -> None:
    there = {"staging": "environment: staging\nhosts: {web-1: {}, db-2: {}}"}
    assert pairs(others=there) == [(("web-1", "web-1"), ("web-1",), ("web-1",))]


def test_one_check_for_each_pair_and_subject_and_pattern() -> None:
    collect = "collect: {files: [/etc/a, '/etc/b/**'], packages: true, sysctl: [vm.*], services: true, users: true, "
    collect += "mounts: true, env: {a.service: ['*']}, effective: [sshd], commands: {java: java -version}}"
    ids = [check.id for check in checks("hosts: {db: db}", collect, "rules: [{at: 'pack*', rule: same, reason: r}]")]
    subjects = ["files:/etc/a", "files:/etc/b/**", "packages", "sysctl", "services", "users", "mounts", "env"]
    wanted = [f"drift.facts[db/{subject}]" for subject in (*subjects, "effective", "commands")]
    assert ids == [*wanted, "drift.rules[pack*]"]


def test_what_every_check_accepts_goes_for_all() -> None:
    made = checks(
        "owner: platform", "why: w", "severity: warning", "phase: [after]", "tags: [x]",
        "rules: [{at: 'pack*', rule: same, reason: r, owner: dba}]",
    )  # fmt: skip
    assert {(check.spec.why, check.spec.severity, check.spec.tags, check.spec.phase) for check in made} == {
        ("w", "warning", ("x",), ("after",))
    }
    assert {check.spec.owner for check in made} == {"platform", "dba"}


def test_a_rule_is_found_at_its_own_line_and_is_a_warning() -> None:
    rule = checks("rules:", "- {at: packages.a, rule: same, reason: r}")[-1]
    assert (rule.mark.line, rule.spec.severity) == (10, "warning")


def test_a_host_is_asked_once_whatever_it_is_compared_with() -> None:
    (plan,) = {check.shared for check in checks("hosts: {web: web, web-1: stg-web-1, db: web}")}
    assert [place.name for place in plan.ours] == ["web-1", "web-2", "db-1"]
    assert [place.name for place in plan.theirs] == ["stg-web-1"]


def test_patterns_are_those_of_the_other_environment_in_its_words() -> None:
    collect = "collect: {files: [/srv/prd/**, /etc/prdx]}"
    made = checks("hosts: {db: db}", collect, "vars: {token: {prod: prd, staging: stg}}")
    assert [(check.spec.matter.glob, check.spec.matter.glob_there) for check in made] == [
        ("/srv/prd/**", "/srv/stg/**"), ("/etc/prdx", "/etc/prdx"),
    ]  # fmt: skip
    (plan,) = {check.shared for check in made}
    assert plan.theirs[0].wanted.files == ("/srv/stg/**", "/etc/prdx")


def test_its_plan_names_every_host_of_a_check_once() -> None:
    check, rule = checks(
        "hosts: {web: web}", "collect: {packages: true}", "rules: [{at: packages, rule: same, reason: r}]"
    )
    said = check.kind.contacts(check.spec, check.shared)
    assert said.startswith("reads from web-1 ")
    assert [said.count(name) for name in ("web-2", "stg-web-1")] == [2, 2]  # and its address
    assert "nobody more" in rule.kind.contacts(rule.spec, rule.shared)
    assert STAGING
