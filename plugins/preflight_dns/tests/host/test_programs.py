"""The same from whatever programs a host has: by getent or Python, and by whatever can ask a name server."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from preflight_dns.host.trace import ASKS
from preflight_dns.tests.host.machine import RESOLVER, SILENT, Machine, values
from tests.lab.process import executable

OWN = "/usr/bin:/bin:/usr/sbin:/sbin"
NAMES = {
    "shop.example.test/A": ["203.0.113.10", "203.0.113.11"],
    "shop.example.test/AAAA": ["2001:db8::10"],
    "www.example.test/CNAME": ["shop.example.test."],
    "pinned.example.test/A": ["203.0.113.5"],
    "nope.example.test/A": ["NXDOMAIN"],
    "four.example.test/AAAA": ["NOERROR"],
    "www.broken.test/A": ["SERVFAIL"],
    "example.test/MX": ["10 mail.example.test."],
    "_sip._tcp.example.test/SRV": ["10 60 5060 sip.example.test."],
    "example.test/NS": ["ns1.example.test."],
    "nope.example.test/MX": ["NXDOMAIN"],
    "shop.example.test/MX": ["NOERROR"],
}
WHOLE = {  # what sentences do not tell
    "chunks.example.test/TXT": ['"one" "two"'],
    "example.test/SOA": ["ns1.example.test. hostmaster.example.test. 1 7200 3600 1209600 300"],
}
TOOLS = ["python3", "bash", "dig", "kdig", "drill", "host"]


@pytest.fixture
def programs(tmp_path: Path) -> Callable[..., str]:
    """`programs("getent", "dig")`: a PATH with all of busybox's programs, and these; without nslookup, unless named."""

    def make(*own: str, nslookup: bool = False) -> str:
        folder = tmp_path / "bin"
        folder.mkdir()
        busybox = executable("busybox")
        names = subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True).stdout.split()
        for name in names:
            if name != "nslookup" or nslookup:
                (folder / name).symlink_to(busybox)
        for name in own:
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to(shutil.which(name, path=OWN) or executable(name))  # no shim of a user's
        return str(folder)

    return make


def shell(path: str) -> str:
    return f"{path}/sh"


@pytest.mark.parametrize("tool", TOOLS)
def test_whatever_asks_the_name_servers(machine: Machine, programs: Callable[..., str], tool: str) -> None:
    machine.say(hosts="203.0.113.5 pinned.example.test\n")
    path = programs("getent", tool)
    found = machine.looks_up(*NAMES, *WHOLE, path=path, shell=shell(path))
    assert {name: values(lookup) for name, lookup in found.items()} == NAMES | WHOLE
    services = {name: lookup.path.service for name, lookup in found.items() if lookup.path and lookup.path.service}
    by_dns = {"shop.example.test/A", "shop.example.test/AAAA", "www.example.test/CNAME"}
    assert services == dict.fromkeys(by_dns, "dns") | {"pinned.example.test/A": "files"}
    assert {lookup.path.server for lookup in found.values() if lookup.path} == {RESOLVER}


@pytest.mark.parametrize(
    "tool", ["python3", "bash", "dig", "kdig", "host"]
)  # drill takes the first 1,232 octets for all
def test_whatever_asks_over_tcp(machine: Machine, programs: Callable[..., str], tool: str) -> None:
    path = programs("getent", tool)
    (lookup,) = machine.looks_up("long.example.test/TXT", path=path, shell=shell(path)).values()
    assert len(values(lookup)[0]) == 8 * 250 + 8 * 2 + 7


def test_what_is_cut_off_is_not_all_of_it(machine: Machine, programs: Callable[..., str]) -> None:
    path = programs("getent", "drill")
    (lookup,) = machine.looks_up("long.example.test/TXT", path=path, shell=shell(path)).values()
    assert values(lookup) == ["not known: web-1: what drill prints there does not tell its TXT"]


def test_busybox_alone_says_it_in_sentences(machine: Machine, programs: Callable[..., str]) -> None:
    machine.say(hosts="203.0.113.5 pinned.example.test\n")
    path = programs("getent", nslookup=True)
    found = machine.looks_up(*NAMES, *WHOLE, path=path, shell=shell(path))
    told = {name: values(lookup) for name, lookup in found.items()}
    assert {name: told[name] for name in NAMES} == NAMES
    for name in WHOLE:
        assert told[name] == [
            f"not known: web-1: what nslookup prints there does not tell its {name.rpartition('/')[2]}"
        ]


def test_nothing_to_ask_name_servers_with(machine: Machine, programs: Callable[..., str]) -> None:
    machine.say(hosts="203.0.113.5 pinned.example.test\n")
    path = programs("getent")
    found = machine.looks_up(*NAMES, path=path, shell=shell(path))
    told = {name: values(lookup) for name, lookup in found.items()}
    for name in ("shop.example.test/A", "shop.example.test/AAAA", "www.example.test/CNAME", "pinned.example.test/A"):
        assert told.pop(name) == NAMES[name], name
    why = f"nothing is there to ask its name servers with ({ASKS})"
    assert told.pop("nope.example.test/A") == [
        f"not known: web-1: its programs find no A of nope.example.test, and {why}"
    ], "that it does not exist is more than getent can tell"
    assert told.pop("example.test/MX") == [f"not known: web-1: {why}"]
    assert all(values[0].startswith("not known: ") for values in told.values())


@pytest.mark.parametrize("tool", ["bash", "dig"])
def test_neither_getent_nor_python(machine: Machine, programs: Callable[..., str], tool: str) -> None:
    path = programs(tool)
    found = machine.looks_up("shop.example.test/A", "example.test/MX", path=path, shell=shell(path))
    address, mail = found.values()
    assert values(address)[0].startswith("not known: web-1: neither getent nor python3 is there")
    assert f"`ask: [{RESOLVER}]`" in address.hops[0].advice
    assert values(mail) == ["10 mail.example.test."]


def test_python_is_asked_where_there_is_no_getent(machine: Machine, programs: Callable[..., str]) -> None:
    machine.say(hosts="203.0.113.5 pinned.example.test\n")
    path = programs("python3")
    found = machine.looks_up(*NAMES, path=path, shell=shell(path))
    told = {name: values(lookup) for name, lookup in found.items()}
    assert told == NAMES
    services = {name: lookup.path.service for name, lookup in found.items() if lookup.path}
    assert (services["pinned.example.test/A"], services["shop.example.test/A"]) == ("files", "dns")


@pytest.mark.parametrize("tool", [*TOOLS, "nslookup"])
def test_a_name_server_that_is_not_there(machine: Machine, programs: Callable[..., str], tool: str) -> None:
    machine.say(resolv_conf=f"nameserver {SILENT}\noptions timeout:1 attempts:1\n")
    path = programs("getent", nslookup=True) if tool == "nslookup" else programs("getent", tool)
    found = machine.looks_up("shop.example.test/A", "example.test/MX", path=path, shell=shell(path))
    address, mail = map(values, found.values())
    assert address[0].startswith("not known: web-1: its programs find no A of shop.example.test, and none of its name")
    assert mail[0].startswith(f"not known: web-1: none of its name servers answers ({SILENT}: ")


def test_shellcheck() -> None:
    from preflight_dns.host import program

    script = Path(program.__file__).with_name("lookup.sh")
    checked = subprocess.run(
        [executable("shellcheck"), "-s", "sh", "-S", "style", str(script)], capture_output=True, text=True
    )
    assert checked.stdout == ""


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox sh"])
def test_every_shell(machine: Machine, shell: str, tmp_path: Path) -> None:
    link = tmp_path / "sh"
    link.symlink_to(executable(shell.split()[0]))
    machine.say(hosts="203.0.113.5 pinned.example.test\n")
    found = machine.looks_up(*NAMES, path=OWN, shell=str(link))
    assert {name: values(lookup) for name, lookup in found.items()} == NAMES
