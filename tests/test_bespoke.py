"""A team's own tests next to an inventory: in the same run and the same verdict."""

import pytest

from preflight import bespoke
from preflight.model import Host
from tests.conftest import Site
from tests.lab import ports

HOSTS = """
    hosts:
      web-1: {connection: local, groups: [web]}
      db-1: {connection: local, user: deploy}
    vars: {zone: example.com}
"""


def check(site: Site, test: str, *args: str) -> pytest.RunResult:
    site.write(HOSTS, "inventories/toy/hosts.yaml")
    site.write(test, "inventories/toy/test_own.py")
    return site.check("-v", *args)


def test_the_inventory_is_a_fixture(site: Site) -> None:
    result = check(
        site,
        """
        def test_own(inventory):
            assert inventory.name == "toy"
            assert inventory.path.name == "toy"
            assert inventory.ground.vars["zone"] == "example.com"
            assert inventory.ground.groups == {"web": ("web-1",)}
            assert inventory.checks == {}
        """,
    )
    assert result.ret == 0


def test_each_sees_the_inventory_it_stands_next_to(site: Site) -> None:
    for name in ("staging", "prod"):
        site.things("name: a", file=f"inventories/{name}/a.yaml")
        site.write(f"def test_own(inventory): assert inventory.name == '{name}'", f"inventories/{name}/test_{name}.py")
    site.write("def test_elsewhere(inventory): pass", "test_elsewhere.py")
    args = ["--inventory", "staging", "--inventory", "prod", "inventories", "test_elsewhere.py"]
    result = site.pytest(*args)
    assert result.outlines[-1].endswith("inventory=staging,prod passed=4 failed=0 not-checked=1 waived=0 warned=0")
    result.stdout.fnmatch_lines(["*test_elsewhere.py lies in the folder of none of the inventories of this run"])


HOST_TEST = """
    def test_root_is_there(host):
        assert host.user("root").exists

    def test_it_is_reached_once_a_module(host):
        assert host.backend.get_hostname() == "local"
"""


@pytest.mark.parametrize("args", [[], ["-n2"], ["-p", "no:pytest11.testinfra"]], ids=str)
def test_a_host_is_a_testinfra_host_for_each_of_the_inventory(site: Site, args: list[str]) -> None:
    result = check(site, HOST_TEST, *args)
    assert result.outlines[-1].endswith("passed=4 failed=0 not-checked=0 waived=0 warned=0")
    for name in ("web-1", "db-1"):
        result.stdout.fnmatch_lines_random([f"*test_own.py::test_root_is_there[[]toy/{name}] *"])


def test_a_host_can_be_chosen(site: Site) -> None:
    assert " passed=2 " in check(site, HOST_TEST, "-k", "db-1").outlines[-1]


def test_an_inventory_without_hosts_leaves_such_a_test_not_checked(site: Site) -> None:
    site.write(HOST_TEST, "inventories/toy/test_own.py")
    site.things("name: a", file="inventories/toy/a.yaml")
    assert site.check().outlines[-1].endswith("passed=1 failed=0 not-checked=2 waived=0 warned=0")


def test_a_host_that_cannot_be_reached_leaves_its_tests_not_checked(site: Site) -> None:
    site.write(f"hosts: {{db-1: {{address: 127.0.0.1, port: {ports.free_port()}}}}}", "inventories/toy/hosts.yaml")
    site.write(HOST_TEST, "inventories/toy/test_own.py")
    result = site.check()
    assert result.outlines[-1].endswith("passed=0 failed=0 not-checked=2 waived=0 warned=0")
    result.stdout.fnmatch_lines(
        ["db-1 cannot be reached by ssh://127.0.0.1:*: ssh: connect to host 127.0.0.1 port *: Connection refused"]
    )


@pytest.mark.parametrize(
    ("host", "spec"),
    [
        (Host(), "ssh://web-1"),
        (Host(address="10.0.1.11", user="deploy", port=2222), "ssh://deploy@10.0.1.11:2222"),
        (Host(address="2001:db8::1", port=22), "ssh://[2001:db8::1]:22"),
        (Host(connection="local", address="10.0.1.11"), "local://"),
        (Host(connection="docker", user="root"), "docker://root@web-1"),
    ],
    ids=str,
)
def test_a_host_as_testinfra_writes_it(host: Host, spec: str) -> None:
    assert bespoke.testinfra_spec("web-1", host) == spec


def test_without_testinfra_the_extra_is_named(site: Site) -> None:
    site.write("import sys\nsys.modules['testinfra'] = None", "conftest.py")
    result = check(site, HOST_TEST, "-p", "no:pytest11.testinfra")
    assert result.ret == 11
    result.stdout.fnmatch_lines(["`host` needs pytest-testinfra: pip install 'pytest-preflight[[]testinfra]'"])


@pytest.mark.parametrize(
    ("test", "counted", "shown"),
    [
        ("def test_own(): pass", "passed=1", ""),
        ("def test_own(): assert 1 == 2", "failed=1", "*assert 1 == 2"),
        ("import pytest\ndef test_own(): pytest.skip('no VPN')", "not-checked=1", "not checked  Skipped: no VPN*"),
        ("import pytest\n@pytest.mark.skip\ndef test_own(): pass", "not-checked=1", "*unconditional skip*"),
        ("def test_own(nonsense): pass", "not-checked=1", "*fixture 'nonsense' not found*"),
        ("import pytest\n@pytest.mark.xfail(reason='slow disk')\ndef test_own(): assert 0", "warned=1",
         "*expected to fail, and did: slow disk*"),
        ("import pytest\n@pytest.mark.xfail\ndef test_own(): pass", "passed=1", ""),
        ("import pytest\n@pytest.mark.xfail(strict=True)\ndef test_own(): pass", "failed=1", "*XPASS(strict)*"),
        ("import pytest\n@pytest.fixture\ndef a(): yield; 1/0\ndef test_own(a): pass", "not-checked=1",
         "*ZeroDivisionError: division by zero*"),
        ("import pytest\n@pytest.fixture\ndef a(): yield; 1/0\ndef test_own(a): assert 1 == 2", "failed=1",
         "*assert 1 == 2*"),
        ("def test_own(subtests):\n  with subtests.test('a'): assert 1 == 2", "failed=1", "*assert 1 == 2*"),
    ],
    ids=range(11),
)  # fmt: skip
def test_what_becomes_of_a_test(site: Site, test: str, counted: str, shown: str) -> None:
    result = check(site, test)
    counts = [part for part in result.outlines[-1].split()[3:] if not part.endswith("=0")]
    assert counts == [counted]
    codes = {"passed=1": 0, "warned=1": 0, "failed=1": 1, "not-checked=1": 11}
    assert result.ret == codes[counted]
    if shown:
        result.stdout.fnmatch_lines([shown])


def test_a_file_that_cannot_be_collected_leaves_everything_not_checked(site: Site) -> None:
    site.things("name: a", file="inventories/toy/a.yaml")
    result = check(site, "raise OSError('no network')")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert result.outlines[-1].endswith("passed=0 failed=0 not-checked=2 waived=0 warned=0")
    result.stdout.fnmatch_lines(["not checked  cannot be collected: E   OSError: no network: blocks 1 check"])


def test_the_checks_come_first(site: Site) -> None:
    site.things("name: a", file="inventories/toy/z.yaml")
    result = check(site, "def test_own(): pass")
    result.stdout.fnmatch_lines(["*toy.thing[[]a] PASSED*", "*test_own PASSED*"])


def test_only_leaves_them_out(site: Site) -> None:
    site.things("name: a", file="inventories/toy/z.yaml")
    assert " passed=1 " in check(site, "def test_own(): assert 0", "--only", "toy").outlines[-1]
