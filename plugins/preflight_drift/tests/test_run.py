"""The whole, through `pytest --inventory`: folders of this machine, and hosts over SSH."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest

from preflight_drift.tests.environments import PLAIN, Hosts, Trees, write

APP = "pool:\n  size: {}\ndatabase:\n  host: db.{}.example\n"
SAME = {"app.yaml": APP.format(20, "prd"), "notes": "hello\n"}, {"app.yaml": APP.format(20, "stg"), "notes": "hello\n"}


def verdict(result: pytest.RunResult, code: int, word: str, **counts: int) -> None:
    last = result.outlines[-1] if result.outlines else result.stderr.str()
    assert f"verdict={word} " in last, result.stdout.str()
    assert result.ret == code
    for name, number in counts.items():
        assert f" {name.replace('_', '-')}={number}" in last, result.stdout.str()


def test_what_is_the_same_is_go(trees: Trees) -> None:
    trees.write(*SAME)
    trees.prod()
    verdict(trees.check(), 0, "GO", passed=1)


def test_a_difference_is_no_go_with_both_its_lines(trees: Trees) -> None:
    trees.write({"app.yaml": "a: 1\nb: 2\n"}, {"app.yaml": "b: 3\na: 1\n"})
    trees.prod()
    result = trees.check()
    verdict(result, 1, "NO-GO", failed=1)
    result.stdout.fnmatch_lines(
        [
            "observed      1 difference: 1 with another value; * facts are the same",
            "expected      files.*/prd/app.yaml as on stg-1 in staging",
            "observed      on web-1:",
            "                b: 2 (line 2), there 3 (line 1)",
        ]
    )


def test_a_rule_makes_it_go(trees: Trees) -> None:
    trees.write({"app.yaml": "a: 1\n"}, {"app.yaml": "a: 2\n"})
    trees.prod(f"rules: [{{at: '{trees.at('app.yaml.a')}', rule: ignore, reason: on purpose}}]")
    verdict(trees.check(), 0, "GO", passed=2)


@pytest.mark.parametrize(
    ("rule", "code", "said"),
    [
        ("{rule: ignore, reason: todo later, at: app.yaml.a}", 0, "*TODO; it hides 1 difference"),
        ("{rule: ignore, reason: r, expires: 2020-01-01, at: app.yaml.a}", 1, "*observed it has expired, and*"),
        ("{rule: ignore, reason: r, at: app.yaml.x}", 1, "*observed nothing that was compared*"),
    ],
)
def test_rules_are_watched(trees: Trees, rule: str, code: int, said: str) -> None:
    trees.write({"app.yaml": "a: 1\n"}, {"app.yaml": "a: 2\n"})
    trees.prod(f"rules: [{rule}]".replace("at: ", f"at: {trees.at('')}"))
    result = trees.check()
    assert result.ret == code
    result.stdout.fnmatch_lines([said])
    assert result.outlines[-1].endswith("warned=1")


def test_rules_are_quiet_where_not_all_was_compared(trees: Trees) -> None:
    trees.write(*SAME)
    trees.prod(f"""
        collect: {{files: ['{trees.prd}/app.yaml', '{trees.prd}/notes']}}
        rules: [{{at: '{trees.at("app.yaml.nope")}', rule: ignore, reason: r}}]
    """)
    assert trees.check().outlines[-1].endswith("warned=1")
    result = trees.check("-k", "notes or rules")
    verdict(result, 0, "GO", passed=2, warned=0)


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("app.yaml", "a: [1\n", "*/app.yaml on web-1: *line*"),
        ("app.json", '{"a": }', "*/app.json on web-1: *line 1*"),
    ],
)
def test_what_cannot_be_parsed_is_incomplete(trees: Trees, file: str, text: str, why: str) -> None:
    trees.write({file: text}, {file: text.replace("[1", "1").replace("}", "1}")})
    trees.prod()
    result = trees.check()
    verdict(result, 11, "INCOMPLETE", not_checked=1)
    result.stdout.fnmatch_lines([f"not checked   {why}"])


def test_what_cannot_be_parsed_is_not_the_same_even_where_it_is(trees: Trees) -> None:
    trees.write({"app.json": "{"}, {"app.json": "{"})
    trees.prod()
    verdict(trees.check(), 11, "INCOMPLETE", not_checked=1)


def test_a_difference_besides_what_is_not_known_is_no_go(trees: Trees) -> None:
    trees.write({"a.json": "{", "b.json": "1"}, {"a.json": "{", "b.json": "2"})
    trees.prod()
    result = trees.check()
    verdict(result, 1, "NO-GO", failed=1)
    result.stdout.fnmatch_lines(
        ["                all of it: 1 (line 1), there 2 (line 1)", "not checked   /*/a.json on web-1: *"]
    )


def test_what_nobody_has_is_named(trees: Trees) -> None:
    trees.write(*SAME)
    patterns = [f"{trees.prd}/{name}" for name in ("app.yaml", "ap.yaml", "conf.d/**")]
    trees.prod(f"collect: {{files: [{', '.join(patterns)}], sysctl: [vm.swappines, vm.swappiness]}}")
    result = trees.check()
    verdict(result, 0, "GO", passed=4)
    told = [line for line in result.outlines if line.startswith("nothing to compare")]
    absent = *patterns[1:], "vm.swappines"
    assert sorted(told) == sorted(f"nothing to compare: neither prod nor staging has {name}" for name in absent)


def test_this_machine(trees: Trees) -> None:
    """`--against local`: what is on a server, and on the machine in front of us."""
    trees.write(*SAME)
    trees.prod(f"collect: {{files: ['{trees.prd}/**'], sysctl: [vm.swappiness]}}")
    result = trees.check("--against", "local")
    verdict(result, 0, "GO", passed=2)
    result = trees.check("--against", "local", "--plan")
    result.stdout.fnmatch_lines(["  reads from this machine"])


def test_a_plan_contacts_nobody(trees: Trees) -> None:
    trees.write(*SAME)
    trees.staging("hosts: {stg-1: {address: 192.0.2.1, groups: [web]}}")
    trees.prod(f"rules: [{{at: '{trees.at('app.yaml.x')}', rule: ignore, reason: r}}]")
    result = trees.check("--plan")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "  reads from this machine, stg-1 over SSH as * at 192.0.2.1 port 22",
            "  contacts nobody more: counts what it hides *",
        ]
    )


def test_through_xdist_and_junit(trees: Trees) -> None:
    trees.write({"app.yaml": "a: 1\n"}, {"app.yaml": "a: 2\n"})
    trees.prod(f"""
        collect: {{files: ['{trees.prd}/**'], sysctl: [vm.swappiness], users: true}}
        rules: [{{at: sysctl.*, rule: same, reason: one kernel}}]
    """)
    for args in (["-n2"], ["--junitxml=junit.xml"]):
        verdict(trees.check_apart(*args), 1, "NO-GO", passed=3, failed=1)
    assert "a: 1 (line 1), there 2 (line 1)" in (trees.pytester.path / "junit.xml").read_text()


def test_a_narrow_terminal(trees: Trees, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    trees.write({"app.yaml": f"a: {'x ' * 60}\n"}, {"app.yaml": "a: y\n"})
    trees.prod(f"collect: {{files: ['{trees.prd}/**'], sysctl: [vm.swappiness]}}")
    result = trees.check()
    verdict(result, 1, "NO-GO", passed=1, failed=1)
    path = str(trees.prd)
    lines = result.outlines[result.outlines.index("") :]  # below pytest's own head
    long = [line for line in lines if len(line) > 60 and path not in line]
    assert long == [result.outlines[-1]]


def test_a_table_of_pairs_and_subjects(trees: Trees) -> None:
    trees.write({"app.yaml": "a: 1\n"}, {"app.yaml": "a: 2\n"})
    hosts = "web-1: {connection: local, groups: [web]}, db-1: {connection: local, groups: [db]}"
    trees.staging("hosts: {stg-1: {connection: local, groups: [web, db]}}")
    trees.prod(f"collect: {{files: ['{trees.prd}/**'], sysctl: [vm.swappiness]}}", hosts=hosts)
    result = trees.check()
    result.stdout.fnmatch_lines(["drift.facts *sysctl", "web, db * FAIL 1 differ * same"])
    # The same is unlike in both, and told as one cause.
    result.stdout.fnmatch_lines(["failed       */app.yaml unlike staging: 2 checks"])


def test_one_of_three_is_named_and_the_rest_compared(pytester: pytest.Pytester, hosts: Hosts) -> None:
    for name, text in {"web-1": "a: 1", "web-2": "a: 1", "web-3": "a: 9", "stg-1": "a: 2"}.items():
        hosts.add(name, {"app.yaml": text})
    result = over_ssh(pytester, hosts, ["web-1", "web-2", "web-3"])
    verdict(result, 1, "NO-GO", failed=1)
    result.stdout.fnmatch_lines(
        [
            "expected      web-3 like the other hosts of web in prod",
            "observed      files./srv/app.yaml.a: 9, and 1 on web-1, web-2",
            "expected      files./srv/app.yaml as on stg-1 in staging",
            "observed      on web-1, web-2:",
            "                a: 1 (line 1), there 2 (line 1)",
        ]
    )


def over_ssh(
    pytester: pytest.Pytester,
    hosts: Hosts,
    ours: list[str],
    *args: str,
    collect: str = "files: [/srv/**], sysctl: [vm.swappiness]",
) -> pytest.RunResult:
    """staging has stg-1."""
    text = "environment: {}\nhosts:\n{}"
    line = "  {}: {{address: 192.0.2.1, user: deploy, groups: [web]}}\n"
    there = text.format("staging", line.format("stg-1"))
    here = text.format("prod", "".join(map(line.format, ours)))
    here += f"drift: {{against: staging, collect: {{{collect}}}}}\n"
    files = {"prod.yaml": hosts.reached(here), "staging.yaml": hosts.reached(there)}
    write(pytester.path / "inventories", files)
    return pytester.run(sys.executable, "-m", "pytest", *PLAIN, "--inventory", "prod", *args)


def test_what_a_user_may_not_read_is_incomplete(pytester: pytest.Pytester, hosts: Hosts) -> None:
    for name in ("web-1", "stg-1"):
        hosts.add(name, {"app.yaml": "a: 1", "key": "same"}).joinpath("key").chmod(0o600)
    result = over_ssh(pytester, hosts, ["web-1"])
    verdict(result, 11, "INCOMPLETE", passed=1, not_checked=1)
    result.stdout.fnmatch_lines(["not checked   /srv/key on web-1, stg-1: permission denied"])


def test_files_below_what_nobody_may_look_into_are_not_the_same(pytester: pytest.Pytester, hosts: Hosts) -> None:
    for name in ("web-1", "stg-1"):
        hosts.add(name, {"shut/conf/app.yaml": "a: 1", "open": ""}).joinpath("shut").chmod(0o700)
    globs = "/srv/shut/conf/**", "/srv/shut/conf/app.yaml", "/srv/shut/*/app.yaml", "/srv/shut/**"
    result = over_ssh(pytester, hosts, ["web-1"], collect=f"files: [{', '.join(globs)}, /srv/open]")
    verdict(result, 11, "INCOMPLETE", passed=1, not_checked=4)
    why = "/srv/shut on web-1, stg-1: permission denied: what is in this directory is not known"
    assert why in " ".join(result.stdout.str().split())


def test_files_below_what_one_host_may_not_look_into_are_not_missing(pytester: pytest.Pytester, hosts: Hosts) -> None:
    for name in ("web-1", "stg-1", "web-2"):
        hosts.add(name, {"shut/app.yaml": "a: 1", "open": ""})
    (hosts.folder / "web-1" / "shut").chmod(0o700)
    result = over_ssh(pytester, hosts, ["web-1"], collect="files: [/srv/**]")
    verdict(result, 11, "INCOMPLETE", not_checked=1)
    result.stdout.fnmatch_lines(["not checked   /srv/shut on web-1: permission denied*"])
    result.stdout.no_fnmatch_line("*app.yaml*")
    # Of a host that may, what differs is told, and the other one is no outlier.
    (hosts.folder / "web-2" / "shut" / "app.yaml").write_text("a: 2")
    result = over_ssh(pytester, hosts, ["web-1", "web-2"], collect="files: [/srv/**]")
    verdict(result, 1, "NO-GO", failed=1)
    result.stdout.fnmatch_lines(
        ["                a: 2 (line 1), there 1 (line 1)", "not checked   /srv/shut on web-1*"]
    )
    result.stdout.no_fnmatch_line("*like the other hosts*")


def test_what_the_kernel_makes_up_is_not_the_same(trees: Trees) -> None:
    trees.prod("collect: {files: [/proc/sys/vm/**, /proc/version]}")
    result = trees.check()
    verdict(result, 11, "INCOMPLETE", not_checked=2)
    result.stdout.fnmatch_lines(["not checked   /proc/sys/vm on web-1, stg-1: is where no files are*"])


def test_a_dead_host_is_one_cause_and_the_rest_is_compared(pytester: pytest.Pytester, hosts: Hosts) -> None:
    for name, text in {"web-1": "a: 1", "web-2": "a: 1", "stg-1": "a: 1"}.items():
        hosts.add(name, {"app.yaml": text})
    dead = hosts.servers["web-2"]
    hosts.servers["web-2"] = type(dead)(dead.address, 1, dead.user, dead.folder, dead.pid)
    result = over_ssh(pytester, hosts, ["web-1", "web-2"])
    verdict(result, 11, "INCOMPLETE", not_checked=2)
    # In full, once more as above, and in the end.
    assert len([line for line in result.outlines if line.startswith("not checked  ")]) == 3
    result.stdout.fnmatch_lines(["not checked  host web-2 *: blocks 2 checks"])
    result.stdout.fnmatch_lines(["next step *"])
    # What differs besides is told.
    (hosts.folder / "web-1" / "app.yaml").write_text("a: 2")
    result = over_ssh(pytester, hosts, ["web-1", "web-2"])
    verdict(result, 1, "NO-GO", failed=1, not_checked=1)
    result.stdout.fnmatch_lines(["                a: 2 (line 1), there 1 (line 1)", "not checked   host web-2*"])


def test_no_host_of_an_environment_answers(trees: Trees) -> None:
    trees.write(*SAME)
    trees.staging("hosts: {stg-1: {address: 127.0.0.1, port: 1, groups: [web]}}")
    trees.prod()
    result = trees.check()
    verdict(result, 11, "INCOMPLETE", not_checked=1)
    result.stdout.no_fnmatch_line("*only in prod*")


def test_nothing_is_written_on_a_host(pytester: pytest.Pytester, hosts: Hosts) -> None:
    folders = [hosts.add(name, {"app.yaml": "a: 1"}) for name in ("web-1", "stg-1")]

    def looks(folder: Path) -> list[tuple[str, int, int]]:
        found = [folder, *folder.rglob("*"), *folder.with_name(f"{folder.name}.home").rglob("*")]
        return sorted((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in found)

    before = [looks(folder) for folder in folders]
    verdict(over_ssh(pytester, hosts, ["web-1"]), 0, "GO", passed=2)
    assert [looks(folder) for folder in folders] == before


PLANTED = "Zebra9Kx7Qw2Planted"
# One in every kind of file, of which staging has another one.
SECRETS = {
    "app.yaml": "database: {password: PLANT}\nurl: postgres://shop:PLANT@db/shop\n",
    "app.json": '{"apiKey": "PLANT"}',
    "app.toml": 'secret = "PLANT"\n',
    ".env": "DB_PASSWORD=PLANT\n",
    "app.properties": "spring.datasource.password=PLANT\n",
    "app.ini": "[db]\npassword = PLANT\n",
    "app.xml": "<a><password>PLANT</password></a>",
    "main.tf": 'password = "PLANT"\n',
    "nginx/a.conf": 'proxy_set_header Authorization "Bearer PLANT";\n',
    "deploy.sh": "#!/bin/sh\ncurl -u shop:PLANT https://example.com\nexport DB_PASSWORD=PLANT\n",
    "key.pem": "-----BEGIN PRIVATE KEY-----\nPLANT\n-----END PRIVATE KEY-----\n",
    "notes": "the password: PLANT\n",
    "broken.json": '{"password": "PLANT"',
}


@pytest.mark.parametrize(
    "args", [[], ["-vv", "-rA"], ["-n1"], ["--plan"], ["--tb=native", "--showlocals"]], ids=" ".join
)
def test_no_secret_is_shown(trees: Trees, args: list[str]) -> None:
    trees.write(
        {name: text.replace("PLANT", PLANTED) for name, text in SECRETS.items()},
        {name: text.replace("PLANT", PLANTED[::-1]) for name, text in SECRETS.items()},
    )
    trees.prod(f"""
        collect: {{files: ['{trees.prd}/**'], commands: {{login: 'cat {trees.prd}/deploy.sh'}}}}
    """)
    result = trees.check_apart(*args, "--junitxml=junit.xml", cache=True)
    if args != ["--plan"]:
        verdict(result, 1, "NO-GO", passed=1, failed=1)
        assert (trees.pytester.path / ".pytest_cache/v/cache/lastfailed").exists()
    written = [file for file in trees.pytester.path.rglob("*") if file.is_file()]
    texts = {
        file.name: file.read_text(errors="replace") for file in written if not file.is_relative_to(trees.prd)
        and not file.is_relative_to(trees.stg)
    }  # fmt: skip
    texts |= {"stdout": result.stdout.str(), "stderr": result.stderr.str()}
    for name, said in texts.items():
        assert "Zebra9Kx" not in said, name
        assert PLANTED[::-1][:8] not in said, name


def test_equal_secrets_are_found_and_different_ones_told(trees: Trees) -> None:
    trees.write({"app.yaml": "password: WORDS1\ntoken: one\n"}, {"app.yaml": "password: WORDS1\ntoken: two\n"})
    trees.prod(f"""
        rules:
        - {{at: '{trees.at("app.yaml.password")}', rule: must-differ, reason: one must not open the other}}
    """)
    result = trees.check()
    verdict(result, 1, "NO-GO", failed=1)
    result.stdout.fnmatch_lines(
        [
            "observed      the same secret on web-1 and on stg-1 in staging",
            "                token: another secret (line 2)",
        ]
    )
    result.stdout.no_fnmatch_line("*WORDS1*")


def test_a_word_in_many_places_is_told_once_with_its_var(trees: Trees) -> None:
    urls = "".join(f"{name}: https://{name}.WORD.example/\n" for name in ("shop", "login", "mail", "cdn"))
    trees.write({"app.yaml": urls.replace("WORD", "live")}, {"app.yaml": urls.replace("WORD", "test")})
    trees.prod()
    result = trees.check()
    result.stdout.fnmatch_lines(
        [
            "expected      test in 4 places, as in staging",
            "observed      live in",
            "                files.*/prd/app.yaml: shop, login, mail, cdn",
            "*`vars: {name: {prod: live,*",
        ]
    )
    trees.prod("vars: {token: {staging: stg, prod: prd}, name: {prod: live, staging: test}}")
    verdict(trees.check(), 0, "GO", passed=1)


def test_a_thousand_differences_fit_a_screen(trees: Trees) -> None:
    def many(number: int) -> dict[str, str]:
        return {
            f"f{file}.yaml": "".join(f"k{key}: {key * number + file * number}\n" for key in range(50))
            for file in range(20)
        }

    trees.write(many(1), many(7))
    trees.prod()
    result = trees.check()
    result.stdout.fnmatch_lines(["observed      999 differences: *"])
    start = next(number for number, line in enumerate(result.outlines) if line.startswith("___"))
    end = next(number for number, line in enumerate(result.outlines) if "preflight: NO-GO" in line)
    assert end - start < 60, textwrap.shorten(result.stdout.str(), 4000)
    result.stdout.fnmatch_lines(["observed      * more, in *"])


def test_against_with_nothing_that_compares_is_a_mistake(trees: Trees) -> None:
    trees.prod()
    result = trees.pytester.runpytest_inprocess(*PLAIN, "--inventory", "staging", "--against", "prod")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --against prod: nothing in staging compares it *; a section `drift:` does"])
