"""A secret from the environment stands in every text of an inventory, and in nothing a run leaves behind."""

import pytest

from preflight.cli import main
from tests.conftest import Site

# Any part of it counts: it would also show in a form that no one has thought of.
SECRET, PART = 'Zebra/9&"Zebra"', "ebra"
CODED = "ZWJyYS85JiJaZWJyY"  # what is always the same of it, in base64 behind `u:`

EVERYWHERE = """
    environment: x${env:PASSWORD}
    cutover: {name: "Phoenix ${env:PASSWORD}", point_of_no_return: 2026-12-04T21:00-05:00}
    vars: {password: "${env:PASSWORD}", url: "db://u:${vars.password}@h"}
    hosts: {web-1: {address: "${vars.password}", user: "${vars.url}", groups: ["${vars.password}"], connection: local}}
    allow: ["${vars.password}"]
    toy:
    - {name: "ok ${vars.password}", says: "${vars.url}", expect: "${vars.url}"}
    - &wrong {name: "wrong ${vars.url}", mode: wrong, expect: "${vars.password}", owner: "${vars.password}",
       why: "${vars.url}", fix: "${vars.password}", ticket: "${vars.password}",
       password: "${vars.password}"}
    - {<<: *wrong, name: warned, severity: warning}
    - {name: says, says: "hello ${vars.url}"}
    - {name: dead, mode: dead, box: "${vars.password}"}
    - {name: "needs", needs: ["toy.thing[dead]"]}
    - {name: raises, mode: raises, says: "${vars.url}"}
    - {name: later, phase: after, says: "${vars.password}"}
"""
CHECKS = """
    import base64
    import logging
    import os
    import warnings

    import pytest

    def test_compared(inventory):
        assert inventory.ground.vars["password"] == "expected"

    def test_shown(inventory, request):
        print(os.environ["PASSWORD"])
        assert not request.node.name, f"{inventory.ground.vars['url'].reveal()} in {inventory}"

    @pytest.fixture
    def connection(inventory):
        raise OSError("cannot connect to " + inventory.ground.vars["url"])

    def test_not_set_up(connection):
        pass

    def test_host(host):
        assert not host

    def test_skipped():
        pytest.skip(os.environ["PASSWORD"])

    @pytest.mark.parametrize("value", [os.environ["PASSWORD"], "x" + os.environ["PASSWORD"], "plain"])
    def test_named(value):
        assert value == "x"

    @pytest.mark.xfail(reason=os.environ["PASSWORD"])
    def test_expected_to_fail():
        assert 0

    @pytest.mark.filterwarnings("default")
    def test_says_on_the_way(record_property, subtests):
        logging.getLogger().error("with %s", os.environ["PASSWORD"])
        warnings.warn("with " + os.environ["PASSWORD"])
        record_property("with", os.environ["PASSWORD"])
        with subtests.test("with " + os.environ["PASSWORD"], value=os.environ["PASSWORD"]):
            assert 0

    def test_encoded():
        coded = base64.b64encode(("u:" + os.environ["PASSWORD"]).encode()).decode()
        print(coded)
        assert coded == os.environ["PASSWORD"]
"""


@pytest.fixture
def secret_site(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("PASSWORD", SECRET)
    monkeypatch.delenv("TOY_LOG")
    site.write(EVERYWHERE, "inventories/toy/a.yaml")
    site.write(CHECKS, "inventories/toy/test_own.py")
    return site


def leaks(site: Site, result: pytest.RunResult) -> list[str]:
    """Every line printed, and of every file written, that holds a part of the secret."""
    written = [file for file in site.path.rglob("*") if file.is_file() and file.suffix != ".pyc"]
    texts = {str(file.relative_to(site.path)): file.read_text() for file in written}
    texts |= {"stdout": result.stdout.str(), "stderr": result.stderr.str()}
    return [
        f"{name}: {line}" for name, text in texts.items() for line in text.splitlines() if PART in line or CODED in line
    ]


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["-v"],
        ["-vv", "-rA"],
        ["-q", "--tb=short"],
        ["--tb=line"],
        ["--tb=native", "--showlocals"],
        ["--report=r.html", "--report=r.md", "--report=r.json"],
        ["--plan"],
        ["--co", "-v"],
        ["--junitxml=junit.xml", "--durations=3"],
        ["-n2"],
        ["-o", "log_cli=true", "--setup-show"],
        ["-o", "log_cli=true", "-n1", "-vv", "-rA"],
        ["--log-file=log.txt", "--log-level=INFO", "-vv", "--showlocals", "--tb=long", "--lf"],
        ["-m", "nothing", "--phase=after"],
        ["-o", "preflight_heartbeat=0.001s"],
    ],
    ids=" ".join,
)
def test_a_run_shows_no_secret(secret_site: Site, args: list[str]) -> None:
    result = secret_site.check(*args)
    assert result.ret in (0, 1, 5, 11)
    assert leaks(secret_site, result) == []


def test_what_is_told_of_a_run_afterwards_shows_none(
    secret_site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(secret_site.path / "summary.md"))
    monkeypatch.chdir(secret_site.path)
    secret_site.check()
    assert leaks(secret_site, secret_site.check("--replay", "last")) == []
    for command in ("status", "verify", "board"):
        capsys.readouterr()
        main([command, "last"])
        assert PART not in "".join(capsys.readouterr())
    assert (secret_site.path / "summary.md").exists()


@pytest.mark.parametrize(
    "toy",
    [
        "[{name: '${env:PASSWORD}', nope: '${env:PASSWORD}'}]",
        "[{name: a, mode: '${env:PASSWORD}', severity: 'x${env:PASSWORD}', delay: '${env:PASSWORD}'}]",
        "[{name: a, id: 'a ${env:PASSWORD}', tags: '${env:PASSWORD}', timeout: '${env:PASSWORD}'}]",
        "[{name: a, needs: ['toy.thing[${env:PASSWORD}]', '${env:PASSWORD}']}]",
        "[{name: '${env:PASSWORD}'}, {name: '${env:PASSWORD}'}]",
        "[{name: '${env:PASSWORD}', needs: ['toy.thing[b${env:PASSWORD}]']}, {name: 'bb${env:PASSWORD}'}]",
        "['${env:PASSWORD}']",
        "'${env:PASSWORD}'",
        "[]\nhosts: {a: {connection: '${env:PASSWORD}'}}\ncutover: {opens: '${env:PASSWORD}'}",
        "[]\nvars: {a: '${env:PASSWORD}'}\ndns: '${vars.a.b}'",
    ],
)
def test_an_inventory_that_cannot_be_used_shows_no_secret(
    site: Site, monkeypatch: pytest.MonkeyPatch, toy: str
) -> None:
    monkeypatch.setenv("PASSWORD", SECRET)
    site.write(f"toy: {toy}")
    result = site.check("-vv")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert leaks(site, result) == []
