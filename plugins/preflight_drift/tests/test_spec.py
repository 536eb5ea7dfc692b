"""What is refused at load, and where: `»` stands before the place that the message must name."""

from __future__ import annotations

import pytest

from preflight.testing import assert_refused, parse
from preflight_drift.tests.environments import DOMAIN

TOP = """\
environment: prod
hosts:
  web-1: {groups: [web]}
  web-2: {groups: [web]}
  db-1: {groups: [db]}
drift:
"""
STAGING = """\
environment: staging
hosts:
  stg-web-1: {groups: [web]}
  stg-db-1: {groups: [db]}
"""
OTHERS = {
    "staging": STAGING,
    "lab": "environment: lab\nhosts: {box: {groups: [all]}}",
    "broken": "environment: broken\nhosts: {box: {grups: [web]}}",
    "copy": STAGING.replace("staging", "prod"),
}
AGAINST = "against: staging"
COLLECT = (
    'collect: {files: [/etc/phoenix/**], packages: true, sysctl: ["net.*"], env: {app.service: ["*"]}, '
    "commands: {java: java -version}}"
)


def written(*lines: str) -> str:
    """An inventory with these lines in its section; what is left out is against staging and collects a little."""
    rest = [each for each in (AGAINST, COLLECT) if not any(line.lstrip("»").startswith(each[:7]) for line in lines)]
    return TOP + "".join(f"  {line}\n" for line in (*rest, *lines))


def ruled(rule: str) -> str:
    return written("rules:", f"- {rule}")


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{at: »file./etc/phoenix/a, rule: ignore, reason: r}", 'begins with "file", and can match nothing'),
        ("»{at: services.cron, rule: ignore, reason: r}", "services is not among what is collected"),
        ("»{at: files./etc/nginx/a.conf, rule: ignore, reason: r}", "no file that is collected has such a path"),
        ("»{at: 'files./etc/nginx/*', rule: ignore, reason: r}", "no file that is collected has such a path"),
        ("»{at: env.ap.service.X, rule: ignore, reason: r}", "nothing of that name is collected"),
        ("»{at: commands.jav, rule: ignore, reason: r}", 'did you mean "java"?'),
        ("»{at: sysctl.vm.swappiness, rule: ignore, reason: r}", "no parameter that is collected has such a name"),
        ("{at: packages.a, rule: »ignroe, reason: r}", 'did you mean "ignore"?'),
        ("»{at: packages.a, rule: matches, reason: r}", "the rule `matches` has a value for each environment"),
        ("»{at: packages.a, rule: mapped, reason: r}", "the rule `mapped` has a value for each environment"),
        ("»{at: packages.a, rule: same, reason: r, values: {prod: a}}", "the rule `same` has no `values:`"),
        ("»{at: packages.a, rule: matches, reason: r, values: {prod: '('}}", "values.prod is no regular expression"),
        ("»{at: packages.a, rule: mapped, reason: r, values: {prd: a}}", 'none for prod, *did you mean "prd"?'),
        ("{at: packages.a, rule: ignore, reason: r, expires: »2026-13-01}", "should be a day, such as 2026-12-31"),
        ("{at: packages.a, rule: ignore, reason: r, expires: »soon}", "should be a day, such as 2026-12-31"),
        ("»{at: packages.a, rule: ignore}", '"reason" is missing'),
        ("{at: packages.a, rule: ignore, reason: »''}", "at least 1 character"),
        ("{at: packages.a, rule: ignore, reason: r, »expire: 2026-12-31}", 'did you mean "expires"?'),
    ],
)
def test_rules(rule: str, message: str) -> None:
    first, _, then = message.partition("*")
    assert_refused(DOMAIN, ruled(rule), first, others=OTHERS)
    if then:
        assert_refused(DOMAIN, ruled(rule), then, others=OTHERS)


@pytest.mark.parametrize(
    "at",
    [
        "*",
        "files.*",
        "*.password",
        "pack*",
        "packages",
        "files./etc/phoenix/app.yaml",
        "files./etc/phoenix/app.yaml.pool.size",
        "files./etc/phoenix/app.yaml.urls./api/*",
        "files./etc/phoenix/conf.d/a.ini.@mode",
        "files./etc/*.yaml.pool",
        "files./etc/pho*",
        "sysctl.net.ipv4.ip_forward",
        "sysctl.*",
        "env.app.service.LANG",
        "commands.java.status",
        "surveys.databases.orders.index",
    ],
)
def test_rules_that_may_match(at: str) -> None:
    assert parse(DOMAIN, ruled(f"{{at: '{at}', rule: ignore, reason: r}}"), OTHERS)


def test_two_rules_of_one_path() -> None:
    text = written(
        "rules:", "- {at: packages.a, rule: ignore, reason: r}", "- »{at: packages.a, rule: same, reason: r}"
    )
    assert_refused(DOMAIN, text, "packages.a has a rule already, at ", others=OTHERS)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["»against: ''"], "is missing: name an inventory to compare with, or `local`"),
        (["against: »stagin"], "there is no inventory 'stagin'"),
        (["against: »ledger:RUN"], "there is no recorded run 'RUN'"),
        (["against: »broken"], 'the inventory broken cannot be used: *did you mean "groups"?'),
        (["»against: lab"], "no group or host has the same name in prod and lab"),
        (["hosts: »{wbe: web}"], 'there is no group or host wbe in prod; did you mean "web'),
        (["hosts: »{web: wbe}"], 'there is no group or host wbe in staging; did you mean "web'),
        (["collect: {files: [»etc/phoenix]}"], "should be an absolute path"),
        (["collect: {files: [/etc/»]}".replace("/etc/»", "»/etc/")], "no slash at its end"),
        (["collect: »{files: [/etc/a, /etc/a]}"], "/etc/a is there twice"),
        (["collect: {effective: [»ngnix]}"], 'there is no way to ask "ngnix"; did you mean "nginx"?'),
        (["collect: »{}"], "nothing would be compared: say what to collect"),
        (["collect: {»package: true}"], 'did you mean "packages"?'),
        (["collect: {packages: »yes}"], "should be a valid boolean"),
        (["vars: »{token: {staging: stg}}"], "has no word of prod"),
        (["vars: »{token: {prd: prd, staging: stg}}"], 'has no word of prod; did you mean "prd"?'),
        (["id: »all"], "names one check, and this section makes many"),
        (["»aganst: staging"], 'did you mean "against"?'),
    ],
)
def test_the_section(lines: list[str], message: str) -> None:
    text = written(*lines)
    if lines[0] == "»against: ''":
        text = text.replace("  »against: ''", "  against: »''")
    if "against: lab" in lines[0]:
        text = text.replace("»", "").replace("drift:\n  ", "drift:\n  »", 1)
    for part in message.split("*"):
        assert_refused(DOMAIN, text, part, others=OTHERS)


def test_nothing_to_compare_with_is_named_at_the_section() -> None:
    assert_refused(DOMAIN, f"{TOP}  »collect: {{packages: true}}\n", "is missing", others=OTHERS)


def test_a_section_needs_collect() -> None:
    assert_refused(DOMAIN, f"{TOP}  »against: staging\n", '"collect" is missing', others=OTHERS)


def test_all_problems_are_told_at_once() -> None:
    text = written(
        "hosts: »{wbe: web, db: bd}",
        "rules:",
        "- »{at: mounts./tmp, rule: ignore, reason: r}",
        "- »{at: packages.a, rule: mapped, reason: r, values: {dev: a}}",
    ).replace("»{wbe", "»»{wbe")
    assert_refused(DOMAIN, text, "bd in staging", "wbe in prod", "mounts is not among", "none for prod", others=OTHERS)


def test_an_environment_with_the_same_name_is_told_apart() -> None:
    checks = parse(DOMAIN, written("against: copy"), OTHERS)
    wording = checks[0].spec.wording
    assert (wording.here, wording.there) == ("prod", "text")
