"""Which inventories, and which of their checks: pytest's own ways of choosing, and preflight's."""

import pytest

from tests.conftest import Site

THINGS = [
    "name: web, owner: net team, tags: [shop, urgent]",
    "name: mail, severity: warning",
    "name: db, mode: wrong, phase: [before, during], tags: [shop]",
    "name: dns, phase: after",
    "name: ntp, mode: dead",
]


@pytest.mark.parametrize(
    ("args", "observed"),
    [
        ([], ["db", "mail", "ntp", "web"]),
        (["-k", "mail or web"], ["mail", "web"]),
        (["-k", "shop and not db"], ["web"]),
        (["-m", "toy"], ["db", "mail", "ntp", "web"]),
        (["-m", "toy.thing and not shop"], ["mail", "ntp"]),
        (["-m", "warning"], ["mail"]),
        (["-m", "blocker and urgent"], ["web"]),
        (["-m", 'owner(name="net team")'], ["web"]),
        (["-m", "during"], ["db"]),
        (["--phase", "during"], ["db", "mail", "ntp", "web"]),
        (["--phase", "after"], ["dns", "mail", "ntp", "web"]),
        (["--only", "toy"], ["db", "mail", "ntp", "web"]),
        (["inventories/toy.yaml::toy.thing[db:before+during]"], ["db"]),
        (["inventories/toy.yaml::toy.thing[web]", "inventories/toy.yaml::toy.thing[ntp]"], ["ntp", "web"]),
        (["inventories/toy.yaml::toy.thing"], ["db", "mail", "ntp", "web"]),
        (["--deselect", "inventories/toy.yaml::toy.thing[web]", "-k", "mail or web"], ["mail"]),
        (["--strict-markers", "-m", "shop"], ["db", "web"]),
    ],
    ids=str,
)
def test_only_what_is_chosen_is_observed(site: Site, args: list[str], observed: list[str]) -> None:
    site.things(*THINGS)
    result = site.check(*args)
    assert site.observed() == observed
    counts = [int(part.partition("=")[2]) for part in result.outlines[-1].split()[3:]]
    assert sum(counts) == len(observed)


def test_what_was_left_out_is_said(site: Site) -> None:
    site.things(*THINGS)
    line = "checks left out by an option (-k, -m, --lf, --only, a path): this verdict says nothing of them"
    for args in (["-k", "web"], ["-k", "web", "-n1"], ["inventories/toy.yaml::toy.thing[web]"]):
        lines = site.check(*args).outlines
        assert f"3 {line}" in lines
        assert "1 check of other phases: not part of this verdict" in lines
    site.things("name: web")
    site.check("-k", "web").stdout.no_fnmatch_line("*left out*")


def test_a_test_that_was_left_out_is_counted(site: Site) -> None:
    site.things("name: a", file="inventories/toy/a.yaml")
    (site.path / "inventories/toy/test_own.py").write_text("def test_own(): assert False")
    assert any(line.startswith("1 test left out by an option") for line in site.check("--only", "toy").outlines)


def test_a_test_beside_a_single_file_is_not_silent(site: Site) -> None:
    site.things("name: a")
    (site.path / "inventories/test_own.py").write_text("def test_own(): assert False")
    result = site.check()
    result.stdout.fnmatch_lines(["preflight: inventories/test_own.py is not run: *make it a folder"])


def test_a_file_left_out_of_a_folder_is_not_silent(site: Site) -> None:
    site.things("name: a", file="inventories/toy/a.yaml")
    site.things("name: b", file="inventories/toy/b.yaml")
    result = site.check("--ignore", "inventories/toy/b.yaml")
    result.stdout.fnmatch_lines(["1 check left out by an option*"])


def test_only_knows_its_domains(site: Site) -> None:
    site.things(*THINGS)
    result = site.check("--only", "toi")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --only toi: no such domain; there are: *toy*"])


@pytest.mark.parametrize("option", ["--plan", "--only=toy", "--against=a", "--budget=5s"])
def test_an_option_that_needs_an_inventory(site: Site, option: str) -> None:
    site.write("def test(): pass", "test_own.py")
    result = site.pytest(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    options = "--plan, --only, --against, --budget, --replay and --report"
    result.stderr.fnmatch_lines([f"ERROR: {options} go with --inventory NAME"])


@pytest.mark.parametrize(
    "given", ["toy", "inventories/toy.yaml", "./inventories/toy.yaml", "{path}/inventories/toy.yaml"]
)
def test_an_inventory_by_name_or_path(site: Site, given: str) -> None:
    site.things("name: a")
    result = site.pytest("--inventory", given.format(path=site.path))
    assert result.outlines[-1].startswith("PREFLIGHT verdict=GO inventory=toy passed=1 ")


def test_an_inventory_by_name_from_anywhere_in_the_project(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.things("name: a")
    (site.path / "deep/er").mkdir(parents=True)
    monkeypatch.chdir(site.path / "deep/er")
    result = site.check()
    assert result.outlines[-1].startswith("PREFLIGHT verdict=GO inventory=toy passed=1 ")
    result.stdout.fnmatch_lines(["../../inventories/toy.yaml . *"])


def test_an_inventory_from_the_environment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.things("name: a")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--inventory toy")
    assert site.pytest().outlines[-1].startswith("PREFLIGHT verdict=GO inventory=toy passed=1 ")


@pytest.mark.parametrize("given", ["toy", "inventories/toy", "inventories/toy/"])
def test_a_folder_by_name_or_path(site: Site, given: str) -> None:
    site.things("name: a", file="inventories/toy/a.yaml")
    site.things("name: b", file="inventories/toy/b.yml")
    result = site.pytest("--preflight-inventory", given, "-v")
    assert result.outlines[-1].startswith("PREFLIGHT verdict=GO inventory=toy passed=2 ")
    result.stdout.fnmatch_lines(["inventories/toy/a.yaml::toy.thing[[]a]*", "inventories/toy/b.yml::toy.thing[[]b]*"])


@pytest.mark.parametrize("name", ["build", "dist", "venv", ".hidden", "node_modules"])
def test_a_folder_of_any_name(site: Site, name: str) -> None:
    site.things("name: a", file=f"inventories/{name}/a.yaml")
    assert " passed=1 " in site.pytest("--inventory", name).outlines[-1]


def test_several_inventories_end_in_one_verdict(site: Site) -> None:
    site.things("name: a", file="inventories/staging.yaml")
    site.things("name: a, mode: wrong", file="inventories/prod/a.yaml")
    again = ["--inventory", "prod", "--inventory", "inventories/prod"]
    result = site.pytest("--inventory", "staging", "--inventory", "prod", *again)
    line = "PREFLIGHT verdict=NO-GO inventory=staging,prod passed=1 failed=1 not-checked=0 waived=0 warned=0"
    assert result.outlines[-1] == line


def test_inventories_of_the_same_name_are_told_apart(site: Site) -> None:
    site.things("name: a", file="east/prod.yaml")
    site.things("name: a, mode: wrong", file="west/prod.yaml")
    result = site.pytest("--inventory", "east/prod.yaml", "--inventory", "west/prod.yaml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: two inventories are called prod: east/prod.yaml, west/prod.yaml; check them in two runs"]
    )


def test_an_unknown_inventory_names_those_there_are(site: Site) -> None:
    site.things("name: a")
    site.things("name: a", file="inventories/prod/a.yaml")
    (site.path / "inventories/empty").mkdir()
    for name in ("standby", "empty", "", "no/such.yaml"):
        result = site.pytest("--inventory", name)
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"ERROR: there is no inventory '{name}' in inventories/; there are: prod, toy"])


@pytest.mark.parametrize("name", ["pord", "prod.yaml", "inventories/prod.yml"])
def test_a_name_that_is_nearly_that_of_an_inventory(site: Site, name: str) -> None:
    site.things("name: a", file="inventories/prod/a.yaml")
    result = site.pytest("--inventory", name)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: there is no inventory '{name}' in inventories/; did you mean \"prod\"[?]"])


def test_run_below_the_folder_of_inventories(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.things("name: a")
    (site.path / "pytest.ini").unlink()
    (site.path / "docs" / "night").mkdir(parents=True)
    monkeypatch.chdir(site.path / "docs" / "night")
    result = site.check("-p", "tests.toy")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = "ERROR: there is no inventory 'toy' in inventories/; there is one further up: run pytest in ../.."
    result.stderr.fnmatch_lines([told])
    assert not (site.path / "docs" / "night" / ".preflight").exists()


def test_a_file_and_a_folder_of_one_name(site: Site) -> None:
    site.things("name: a")
    site.write("an inventory's other files", "inventories/toy/README.md")
    assert site.check().ret == 0
    site.things("name: a, mode: wrong", file="inventories/toy/a.yaml")
    result = site.check()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    both = "inventories/toy.yaml and inventories/toy"
    result.stderr.fnmatch_lines([f"ERROR: inventory 'toy' is both {both}: take one away, or ask for one by its path"])
    assert site.pytest("--inventory", "inventories/toy").ret == 1


def test_the_folder_of_inventories_is_an_ini_option(site: Site) -> None:
    site.things("name: a", file="environments/prod.yaml")
    result = site.pytest("--inventory", "prod")
    result.stderr.fnmatch_lines(["ERROR: there is no inventory 'prod' in inventories/; there are none yet"])
    assert site.pytest("--inventory", "prod", "-o", "preflight_inventories=environments").ret == 0


def test_paths_on_the_command_line_win(site: Site) -> None:
    for name in "ab":
        site.things(f"name: {name}", file=f"inventories/toy/{name}.yaml")
    site.write("def test(): pass", "tests/test_own.py")
    assert " passed=1 " in site.check("inventories/toy/a.yaml").outlines[-1]
    assert site.observed() == ["a"]


def test_a_production_run_imports_no_tests(site: Site) -> None:
    ini = (site.path / "pytest.ini").read_text()
    site.write(f"{ini}\ntestpaths = tests\n", "pytest.ini")
    site.write("raise SystemExit('the conftest of the tests was imported')", "tests/conftest.py")
    site.things("name: a")
    assert site.check().ret == 0


@pytest.mark.parametrize("option", ["--report", "--runs", "--against"])
def test_pytest_reads_another_configuration_by_a_path_of_ours(
    site: Site, tmp_path_factory: pytest.TempPathFactory, option: str
) -> None:
    """It takes the path for one to test, if there is a file or folder: from the second run on, for a report."""
    site.things("name: a")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    path = elsewhere / "r.html" if option == "--report" else elsewhere
    path.touch()
    result = site.check_apart(option, str(path))
    assert result.ret == 4
    (line,) = filter(None, result.errlines)
    assert line.startswith("ERROR: pytest has taken a path behind one of --runs, --report, --replay and --against for ")
    assert line.endswith(f" has not read {site.path}/pytest.ini: write it with `=`, such as --report=/tmp/prod.html")
    assert option == "--against" or site.check_apart(f"{option}={path}").ret == 0


def test_a_path_of_ours_in_this_folder_leads_pytest_nowhere_else(site: Site) -> None:
    site.things("name: a")
    (site.path / "out").mkdir()
    for _ in range(2):
        assert site.check_apart("--report", "out/r.html", "--runs", "kept").ret == 0
    assert site.pytester.runpytest_subprocess("--inventory", "inventories/toy.yaml", "--runs", "kept").ret == 0
