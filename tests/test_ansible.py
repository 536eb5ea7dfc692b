"""Beside pytest-ansible, which registers `--inventory` too: it is read from there, and both keep working."""

import pytest

from tests.conftest import ROOT, Site

PYTHON = ROOT / ".venv/ansible/bin/python"


@pytest.fixture
def ansible_site(site: Site) -> Site:
    if not PYTHON.exists():
        pytest.fail("pytest-ansible is not installed: tests/install-ansible", pytrace=False)
    site.things("name: a", "name: b, mode: wrong, severity: warning")
    return site


def pytest_in(site: Site, *args: str) -> pytest.RunResult:
    return site.pytester.run(PYTHON, "-m", "pytest", *args, timeout=60)


@pytest.mark.parametrize(
    "args",
    [
        ["--inventory", "toy"],
        ["--preflight-inventory", "toy"],
        ["--inventory=inventories/toy.yaml", "-n2"],
        ["--inventory", "toy", "-p", "no:pytest-ansible"],
    ],
    ids=" ".join,
)
def test_an_inventory_is_checked(ansible_site: Site, args: list[str]) -> None:
    result = pytest_in(ansible_site, *args)
    assert result.ret == 0
    line = "PREFLIGHT verdict=GO-WITH-CONDITIONS inventory=toy passed=1 failed=0 not-checked=0 waived=0 warned=1"
    assert result.outlines[-1] == line


@pytest.mark.parametrize(
    "theirs", [[], ["--inventory", "localhost,"], ["--inventory", "hosts.ini"], ["--ansible-inventory", "x,"]]
)
def test_an_inventory_of_ansible_is_left_to_it(ansible_site: Site, theirs: list[str]) -> None:
    ansible_site.write("def test_own(request): print(request.config.option.ansible_inventory)", "test_own.py")
    ansible_site.write("localhost ansible_connection=local\n", "hosts.ini")
    result = pytest_in(ansible_site, "-s", "test_own.py", *theirs)
    assert result.ret == 0
    assert "PREFLIGHT" not in result.stdout.str()
    result.stdout.fnmatch_lines([f"*{theirs[-1] if theirs else '/etc/ansible/hosts'}*"])


def test_both_at_once(ansible_site: Site) -> None:
    ansible_site.write("def test_own(request): print(request.config.option.ansible_inventory)", "test_own.py")
    result = pytest_in(
        ansible_site, "-s", "--preflight-inventory", "toy", "--ansible-inventory", "x,", "inventories", "test_own.py"
    )
    result.stdout.fnmatch_lines(["*x,*", "PREFLIGHT verdict=GO-WITH-CONDITIONS inventory=toy passed=2 *"])


def test_an_unknown_inventory_names_those_there_are(ansible_site: Site) -> None:
    result = pytest_in(ansible_site, "--inventory", "prod")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: there is no inventory 'prod' in inventories/; there are: toy"])
