"""What a host is told, over real SSH: which of /etc/hosts, nsswitch, the search list and the resolver answered."""

from __future__ import annotations

import pytest

from preflight.finding import Finding, NotChecked
from preflight.testing import observe_all, parse
from preflight_dns.observation import HostPath
from preflight_dns.section import RECORD, sketch
from preflight_dns.tests.host.machine import OTHER, RESOLVER, SILENT, Machine, inventory, path_of, values
from preflight_dns.tests.looked import DNS
from tests.lab.ports import free_port

ASK = "ask: host:web-1"
SHOP = f"name: shop.example.test, type: A, values: [203.0.113.10, 203.0.113.11], {ASK}"
ALL = "[203.0.113.10, 203.0.113.11, '2001:db8::10']"
DANGLING = (
    "a dangling CNAME: gone.example.test -> nowhere.example.test, and nowhere.example.test does not exist (NXDOMAIN)"
)
MAIL = "10 mail.example.test. (missing 20 mail.example.test; extra 10 mail.example.test.)"


def test_by_the_resolver(machine: Machine) -> None:
    machine.say(resolv_conf=f"search corp.example.test\nnameserver {RESOLVER}\n")
    ((observed, reasons),) = machine.check(SHOP).values()
    assert reasons == []
    assert path_of(observed) == HostPath(
        "web-1", "dns", (), "files dns", (RESOLVER,), ("corp.example.test",), (), "", RESOLVER, "NOERROR",
        ("203.0.113.10", "203.0.113.11"),
    )  # fmt: skip


def test_a_line_of_the_last_migration(machine: Machine) -> None:
    machine.say(
        hosts="127.0.0.1 localhost\n# 203.0.113.9 shop.example.test\n\n203.0.113.5\tshop Shop.Example.test # 2019\n"
    )
    ((observed, (reason,)),) = machine.check(SHOP).values()
    assert isinstance(reason, Finding)
    assert reason.observed.splitlines() == [
        "web-1: 203.0.113.5 (missing 203.0.113.10, 203.0.113.11; extra 203.0.113.5)",
        "/etc/hosts:4: 203.0.113.5 shop Shop.Example.test",
        f"the DNS says 203.0.113.10, 203.0.113.11, from {RESOLVER}",
        f"hosts: files dns, and files answered; resolv.conf: nameserver {RESOLVER}",
    ]
    assert reason.next_step == "correct line 4 of /etc/hosts on web-1, or take it out"
    assert reason.cause == "/etc/hosts on web-1 stands before the DNS"
    assert path_of(observed).service == "files"


def test_a_line_that_says_what_is_expected_and_will_not_follow_the_dns(machine: Machine) -> None:
    machine.say(hosts="203.0.113.5 shop.example.test\n")
    record = f"name: shop.example.test, type: A, values: [203.0.113.5], {ASK}"
    ((observed, reasons),) = machine.check(record).values()
    assert reasons == []
    (check,) = parse(DNS, inventory(machine.ssh, record))
    assert sketch(check.spec, observed, 80, False) == [
        "web-1 goes by /etc/hosts:1: 203.0.113.5 shop.example.test, and the DNS says 203.0.113.10, 203.0.113.11"
    ]
    machine.say(hosts="203.0.113.10 shop.example.test\n203.0.113.11 shop.example.test\n")
    ((agrees, reasons),) = machine.check(SHOP).values()
    assert (reasons, sketch(check.spec, agrees, 80, False)) == ([], [])
    assert path_of(agrees).service == "files"


def test_the_dns_before_the_files(machine: Machine) -> None:
    machine.say(hosts="203.0.113.5 shop.example.test\n", nsswitch_conf="hosts: dns [!UNAVAIL=return] files\n")
    ((observed, reasons),) = machine.check(SHOP).values()
    assert (path_of(observed).service, reasons) == ("dns", [])
    ((_, (reason,)),) = machine.check(f"name: shop.example.test, type: A, values: [203.0.113.5], {ASK}").values()
    assert reason.next_step.startswith(f"see what {RESOLVER}, which web-1 asks, has in its cache")


@pytest.mark.parametrize(
    "order",
    ["mymachines files nosuchservice [NOTFOUND=return] dns", "nosuchservice dns", "resolve [!UNAVAIL=return] dns"],
)
def test_services_that_are_not_there(machine: Machine, order: str) -> None:
    machine.say(nsswitch_conf=f"hosts: {order} # what came with it\n")
    ((observed, reasons),) = machine.check(SHOP).values()
    # An unknown service is unavailable, which [NOTFOUND=return] lets pass.
    assert (path_of(observed).service, path_of(observed).nsswitch, reasons) == ("dns", order, [])


def test_an_order_without_dns(machine: Machine) -> None:
    machine.say(nsswitch_conf="hosts: files\n")
    ((_, (reason,)),) = machine.check(SHOP).values()
    assert isinstance(reason, Finding)
    assert reason.observed.splitlines()[:2] == [
        "web-1: nothing found",
        f"the DNS says 203.0.113.10, 203.0.113.11, from {RESOLVER}",
    ]
    assert "let `hosts:` of /etc/nsswitch.conf on web-1 name dns" in reason.next_step


def test_the_search_list(machine: Machine) -> None:
    record = f"name: db, type: A, values: [203.0.113.21], {ASK}"
    machine.say(resolv_conf=f"nameserver {RESOLVER}\nsearch elsewhere.test corp.example.test\n")
    ((observed, reasons),) = machine.check(record).values()
    assert (reasons, path_of(observed).canonical) == ([], "db.corp.example.test")
    machine.say()
    ((_, (reason,)),) = machine.check(record).values()
    assert isinstance(reason, Finding)
    assert reason.observed.startswith(f"web-1, from {RESOLVER}: NXDOMAIN: no such name\n")


def test_a_name_that_only_the_search_list_makes_exist(machine: Machine) -> None:
    machine.say(resolv_conf=f"nameserver {RESOLVER}\nsearch example.test\n")
    (reason,) = machine.told(f"name: db.corp, type: A, status: NXDOMAIN, {ASK}")
    assert reason.splitlines()[:3] == [
        "web-1: 203.0.113.21",
        f"the DNS says NXDOMAIN, from {RESOLVER}",
        "found as db.corp.example.test, by the search list",
    ]


@pytest.mark.parametrize(
    ("record", "reasons"),
    [
        ("name: shop.example.test, type: AAAA, values: ['2001:db8::10']", []),
        ("name: www.example.test, type: CNAME, values: [shop.example.test]", []),
        (f"name: far.example.test, type: CNAME, values: [www.example.test], final: {ALL}", []),
        ("name: far.example.test, type: A, values: [203.0.113.10, 203.0.113.11]", []),
        ("name: four.example.test, type: AAAA, status: NODATA", []),
        ("name: nope.example.test, type: A, status: NXDOMAIN", []),
        ("name: gone.example.test, type: A, status: NXDOMAIN", [DANGLING]),
        ("name: www.broken.test, type: A, status: SERVFAIL", []),
        ("name: www.broken.test, type: A, values: [192.0.2.1]", ["SERVFAIL"]),
        ("name: example.test, type: MX, values: [10 mail.example.test]", []),
        ("name: example.test, type: MX, values: [20 mail.example.test]", [MAIL]),
        ("name: chunks.example.test, type: TXT, values: [onetwo]", []),
        ("name: _sip._tcp.example.test, type: SRV, values: [10 60 5060 sip.example.test]", []),
        ("name: nope.example.test, type: MX, status: NXDOMAIN", []),
    ],
)  # fmt: skip
def test_kinds_of_records(machine: Machine, record: str, reasons: list[str]) -> None:
    told = machine.told(f"{record}, {ASK}")
    assert [reason.splitlines()[0].partition(": ")[2] for reason in told] == reasons


def test_an_answer_that_takes_tcp(machine: Machine) -> None:
    assert len(values(machine.looks_up("long.example.test/TXT")["long.example.test/TXT"])[0]) > 2000


def test_a_host_that_asks_another_server_than_the_others(machine: Machine) -> None:
    machine.say(resolv_conf=f"nameserver {OTHER}\n")
    (reason,) = machine.told(f"name: shop.example.test, type: A, values: [203.0.113.99], {ASK}")
    assert reason.splitlines()[-1] == f"hosts: files dns, and dns answered; resolv.conf: nameserver {OTHER}"


def test_a_silent_name_server_is_not_checked_and_never_an_absence(machine: Machine) -> None:
    machine.say(resolv_conf=f"nameserver {SILENT}\noptions timeout:1 attempts:1\n")
    told = machine.told(
        f"name: nope.example.test, type: A, status: NXDOMAIN, {ASK}",
        f"name: example.test, type: MX, status: NODATA, {ASK}",
    )
    assert [reason.partition(" (")[0] for reason in told] == [
        "not checked: web-1: its programs find no A of nope.example.test, and none of its name servers answers",
        "not checked: web-1: none of its name servers answers",
    ]
    assert all(SILENT in reason for reason in told)


def test_the_second_name_server_where_the_first_is_silent(machine: Machine) -> None:
    machine.say(resolv_conf=f"nameserver {SILENT}\nnameserver {RESOLVER}\noptions timeout:1 attempts:1\n")
    ((observed, reasons),) = machine.check(
        f"name: example.test, type: MX, values: [10 mail.example.test], {ASK}"
    ).values()
    assert (reasons, path_of(observed).server) == ([], RESOLVER)


def test_one_login_for_all_records_of_a_host(machine: Machine) -> None:
    before = machine.ssh.log.count("Accepted publickey")
    values = {"A": "values: [203.0.113.10, 203.0.113.11]", "MX": "status: NODATA", "TXT": "status: NODATA"}
    records = [f"name: shop.example.test, type: {rdtype}, {what}, {ASK}" for rdtype, what in values.items()]
    assert machine.told(*records) == []
    assert machine.ssh.log.count("Accepted publickey") == before + 1


def test_a_hundred_names(machine: Machine) -> None:
    machine.say(hosts="".join(f"203.0.113.{number} h{number}.example.test\n" for number in range(100)))
    records = [f"name: h{number}.example.test, type: A, values: [203.0.113.{number}], {ASK}" for number in range(100)]
    assert machine.told(*records) == []


def test_a_host_that_cannot_be_reached(machine: Machine) -> None:
    text = inventory(machine.ssh, SHOP, f"name: example.test, type: MX, status: NODATA, {ASK}")
    checks = parse(DNS, text.replace(f"port: {machine.ssh.port}", f"port: {free_port()}"))
    seen = observe_all(RECORD, *(check.spec for check in checks), shared=checks[0].shared)
    assert all(isinstance(each, NotChecked) for each in seen)
    (cause,) = {each.cause for each in seen if isinstance(each, NotChecked)}
    assert cause.startswith("host web-1 cannot be reached")
