"""What is refused at load, and where: `»` stands before the place that the message must name."""

from __future__ import annotations

import re

import pytest

from preflight.errors import InventoryError
from preflight.testing import assert_refused
from preflight_ports.fields import PortRange
from preflight_ports.tests.said import HOSTS, PORTS, assert_flow_refused, checks, flow_of, written

DB = "from: web, to: db-1"


def test_a_problem_is_shown_with_file_line_column_and_path() -> None:
    with pytest.raises(InventoryError) as caught:
        checks("from: web, to: db, port: [22, 70000]")
    expected = r"inventory\.yaml:9:38: ports\.flows\[0\]\.port\[1\]: there is no port 70000; ports are 1 to 65535$"
    assert re.search(expected, str(caught.value), re.M)


def test_all_problems_are_told_at_once() -> None:
    assert_refused(
        PORTS,
        written("from: web, to: [db, »a b], port: »0, »prot: tcp", f"»{{{DB}, port: 1, seen_as: unchanged}}"),
        "is no host, group, name or address",
        "there is no port 0",
        'did you mean "port"?',
        "`seen_as` goes with `listener`",
    )


def test_unknown_hosts_are_all_told_at_once() -> None:
    text = written("from: »wbe, to: »db-2, port: 1", "from: [web, »ap], to: db, port: 1")
    assert_refused(PORTS, text, 'did you mean "web"?', 'did you mean "db-1"?', 'did you mean "app"?')


@pytest.mark.parametrize(
    ("port", "message"),
    [
        ("»0", "there is no port 0; ports are 1 to 65535"),
        ("»70000", "there is no port 70000"),
        ("»65536/udp", "there is no port 65536"),
        ("»0-10", "there is no port 0"),
        ("»65530-65540", "there is no port 65540"),
        ("»443-80", "the range is reversed: write 80-443"),
        ("»30010-30000/udp", "the range is reversed: write 30000-30010"),
        ("»80/tpc", 'there is no protocol "tpc" here; did you mean "tcp"?'),
        ("»80/sctp", 'there is no protocol "sctp" here'),
        ("»'80/'", "should be a port, such as 5432, 123/udp or 30000-30010"),
        ("»tcp/80", "should be a port"),
        ("»http", "should be a port"),
        ("»-1", "should be a port"),
        ("»80-", "should be a port"),
        ("»80 - 90 - 95", "should be a port"),
        ("»'80,443'", "should be a port"),
        ("»80.5", "should be a port"),
        ("»true", "should be a port"),
        ("»~", "should be a port"),
        ("»{tcp: 80}", "should be a port"),
        ("»''", "should be a port"),
        ("»[]", "is empty: name a port"),
        ("[80, »0]", "there is no port 0"),
        ("[80, »[443]]", "should be a port"),
        ("[80, »80]", "80 overlaps with 80"),
        ("[80, »80/tcp]", "80 overlaps with 80"),
        ("[30000-30010, »30010-30020]", "30010-30020 overlaps with 30000-30010"),
        ("[30000-30010, »30005]", "30005 overlaps with 30000-30010"),
        ("[53/udp, 53, »50-60/udp]", "50-60/udp overlaps with 53/udp"),
    ],
)
def test_ports_that_cannot_be(port: str, message: str) -> None:
    assert_flow_refused(f"{DB}, port: {port}", message)


@pytest.mark.parametrize(
    ("port", "ranges"),
    [
        ("5432", [(5432, 5432, "tcp")]),
        ("'5432'", [(5432, 5432, "tcp")]),
        ("1", [(1, 1, "tcp")]),
        ("65535", [(65535, 65535, "tcp")]),
        ("123/udp", [(123, 123, "udp")]),
        ("123/UDP", [(123, 123, "udp")]),
        ("30000-30010", [(30000, 30010, "tcp")]),
        ("30000-30010/tcp", [(30000, 30010, "tcp")]),
        ("7-7", [(7, 7, "tcp")]),
        ("1-65535", [(1, 65535, "tcp")]),
        ("[80, 443]", [(80, 80, "tcp"), (443, 443, "tcp")]),
        ("[53, 53/udp]", [(53, 53, "tcp"), (53, 53, "udp")]),
        ("[80-90, 91-99]", [(80, 90, "tcp"), (91, 99, "tcp")]),
    ],
)
def test_forms_of_ports(port: str, ranges: list[tuple[int, int, str]]) -> None:
    assert flow_of(f"port: {port}").port == tuple(PortRange(*each) for each in ranges)


@pytest.mark.parametrize(
    ("flow", "message"),
    [
        ("from: »wbe, to: db, port: 1", 'there is no host or group "wbe" here; did you mean "web"?'),
        ("from: »heer, to: db, port: 1", 'did you mean "here"?'),
        ("from: »nowhere-1.example.com, to: db, port: 1", "there is no host or group"),
        ("from: »10.0.1.11, to: db, port: 1", 'there is no host or group "10.0.1.11" here'),
        ("from: [web, »dbb], to: db, port: 1", 'there is no host or group "dbb" here'),
        ("from: »[], to: db, port: 1", "is empty"),
        ("from: »'', to: db, port: 1", "is no host, group, name or address"),
        ("from: »web 1, to: db, port: 1", "is no host, group, name or address"),
        ("from: [web, »web], to: db, port: 1", '"web" is given twice'),
        ("from: »5, to: db, port: 1", "should be text, not 5"),
        ("from: web, to: »bd-1, port: 1", 'there is no host or group "bd-1" here; did you mean "db-1"?'),
        ("from: web, to: »shop, port: 1", "a name for the source to resolve has a dot in it, if only at its end"),
        ("from: web, to: »here, port: 1", 'there is no host or group "here" here'),
        ("from: web, to: »[], port: 1", "is empty"),
        ("from: web, to: [db, »db], port: 1", '"db" is given twice'),
        ("from: web, to: »https://shop.example.com/, port: 1", "is no host, group, name or address"),
        ("from: web, to: »10.0.2.0/24, port: 1", "is no host, group, name or address"),
        ("from: web, to: »'[2001:db8::1]', port: 1", "is no host, group, name or address"),
        ("from: web, to: »10.0.2.300, port: 1", '"10.0.2.300" is no IPv4 address'),
        ("from: web, to: »10.0.2, port: 1", '"10.0.2" is no IPv4 address'),
        ("from: web, to: »'2001:db8::g', port: 1", "is no IPv6 address"),
        ("from: web, to: [db, »'shop.example.com:443'], port: 1", "a port goes into `port:`"),
        ("»{from: web, to: db}", '"port" is missing'),
        ("»{from: web, port: 1}", '"to" is missing'),
        ("»{to: db, port: 1}", '"from" is missing'),
    ],
)
def test_where_nothing_starts_or_ends(flow: str, message: str) -> None:
    assert_flow_refused(flow, message)


def test_traffic_of_a_group_to_itself_needs_two_hosts() -> None:
    assert_flow_refused("from: [db, db-1], to: »db, port: 1", "no traffic: the only host of `from`")


def test_a_host_and_a_group_of_one_name() -> None:
    top = "hosts:\n  web: {address: 10.0.1.1}\n  web-1: {address: 10.0.1.11, groups: [web]}\n"
    rename = "web is the name of a host and of a group: rename one of them"
    assert_flow_refused("from: »web, to: shop.example.com, port: 1", rename, top=top)
    assert_flow_refused("from: here, to: »web, port: 1", rename, top=top)
    top = "hosts:\n  here: {address: 10.0.1.11}\n"
    assert_flow_refused("from: »here, to: shop.example.com, port: 1", "`here` is this machine: rename", top=top)


@pytest.mark.parametrize(
    "to", ["shop.example.com", "shop.", "localhost", "10.0.2.21", "'2001:db8::1'", "'fe80::1%eth0'"]
)
def test_destinations_that_are_no_hosts(to: str) -> None:
    pair = flow_of(f"to: {to}").pair
    assert (pair.destination, pair.address) == (to.strip("'"), to.strip("'"))


LISTENER = "needs `allow: [listener]`"


def test_a_listener_has_to_be_allowed() -> None:
    hosts = HOSTS.partition("\n")[2]
    assert_flow_refused(f"{DB}, port: 1, listener: »if-free", LISTENER, top=hosts)
    assert_flow_refused(f"{DB}, port: 1, listener: »if-free", LISTENER, top=f"allow: []\n{hosts}")
    assert flow_of("listener: if-free").listener == "if-free"


@pytest.mark.parametrize("to", ["10.0.2.21", "shop.example.com", "[db, shop.example.com]", "localhost"])
def test_a_listener_runs_on_hosts_only(to: str) -> None:
    assert_flow_refused(
        f"from: web, to: {to}, port: 1, listener: »if-free", "a listener runs on a host of the inventory"
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("port: 443/udp, tls: true", "`tls` goes with TCP ports and `expect: open`"),
        ("port: [443, 443/udp], tls: true", "`tls` goes with TCP ports"),
        ("port: 443, tls: true, expect: blocked", "`tls` goes with TCP ports and `expect: open`"),
        ("port: 443, tls: {verify: false}, expect: path-open", "`tls` goes with TCP ports and `expect: open`"),
        ("port: 443, tls: true, listener: if-free", "`tls` is for the service itself"),
        ("port: 22, control: 443", "`control` goes with `expect: blocked`"),
        ("port: 22, control: 443, expect: path-open", "`control` goes with `expect: blocked`"),
        ("port: 22, control: 53/udp, expect: blocked", "a `control` port is a TCP port"),
        ("port: 22, seen_as: unchanged", "`seen_as` goes with `listener`"),
        ("port: 22, seen_as: unchanged, listener: if-free, expect: blocked", "leave it out with `expect: blocked`"),
        ("port: 22, send: 0a", "it goes with UDP ports"),
        ("port: 22/udp, send: 0a, listener: if-free", "without `listener`"),
    ],
)
def test_what_does_not_go_together(fields: str, message: str) -> None:
    assert_flow_refused(f"»{{{DB}, {fields}}}", message)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("expect: »opne", 'did you mean "open"?'),
        ("expect: »closed", 'did you mean "blocked"?'),
        ("expect: {before: »shut, after: open}", '"shut" is not allowed'),
        ("listener: »always", "there are: if-free"),
        ("listener: »true", "is not allowed"),
        ("listener: if-free, seen_as: »10.0.1.300", '"10.0.1.300" should be an address, or `unchanged`'),
        ("listener: if-free, seen_as: »web-1", "should be an address, or `unchanged`"),
        ("listener: if-free, seen_as: »Unchanged", "should be an address, or `unchanged`"),
        ("expect: blocked, control: »0", "there is no port 0"),
        ("expect: blocked, control: »[]", "is empty: name a port"),
        ("expect: blocked, control: [22, »20-30]", "overlaps"),
        ("send: »xyz", "should be octets in hexadecimal"),
        ("send: »'123'", "should be octets in hexadecimal"),
        ("send: »10", "should be text, not 10: put it in quotes"),
        ("families: »[]", "is empty"),
        ("families: »ipv5", 'did you mean "ipv6"?'),
        ("families: [ipv4, »ipv4]", "ipv4 is given twice"),
        ("connect_timeout: »0s", "should be a length of time above 0"),
        ("connect_timeout: »soon", "should be a length of time above 0"),
        ("tls: »yes", "should be a valid boolean"),
        ("tls: {»nme: shop.example.com}", 'did you mean "name"?'),
        ("tls: {name: »3}", "should be text, not 3"),
        ("tls: {verify: »no}", "should be a valid boolean"),
        ("tls: »[true]", "should be a valid boolean"),
        ("»protocol: udp", "unknown key"),
        ("»ports: 5432", 'did you mean "port"?'),
        ("»host: web-1", "unknown key"),
    ],
)
def test_other_fields(fields: str, message: str) -> None:
    assert_flow_refused(f"{DB}, port: 5432, {fields}", message)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("flows: »{}", "should be a list, not a mapping"),
        ("flows: [»web]", "should be a mapping"),
        ("»flow: []", 'did you mean "flows"?'),
        ("families: »[]", "is empty"),
        ("families: »ipv46", "is not allowed"),
        ("families: [ipv6, »ipv6]", "given twice"),
        ("connect_timeout: »0", "above 0"),
        ("connect_timeout: »-1s", "above 0"),
        ("»timeout: 4s", "unknown key"),
    ],
)
def test_the_section(section: str, message: str) -> None:
    assert_refused(PORTS, f"{HOSTS}ports:\n  {section}\n", message)


def test_the_same_flow_twice_needs_an_id() -> None:
    one = "{from: web-1, to: db-1, port: 1}"
    assert_refused(PORTS, written(one, f"»{one}"), "give one of them an `id:` of its own")


CLASH = "so that it would be open in any case"


@pytest.mark.parametrize(
    ("flow", "clashes"),
    [
        ("from: web-1, to: db-1, port: »[80, 5432]", True),
        ("from: here, to: 10.0.2.21, port: »5000-6000", True),
        ("from: web-1, to: db-1, port: »5432, phase: [before]", True),
        ("from: web-1, to: db-1, port: 5432/udp", False),
        ("from: web-1, to: db-1, port: 5433", False),
        ("from: web-2, to: queue-1, port: 5432", False),
        ("from: web-1, to: db-1, port: 5432, expect: path-open", False),
        ("from: web-1, to: db-1, port: 5432, expect: blocked, id: b", False),
        ("from: web-2, to: db-1, port: 5432, listener: if-free", False),
    ],
)
def test_a_service_that_our_own_listener_would_stand_in_for(flow: str, clashes: bool) -> None:
    ours = f"{DB}, port: 5432, listener: if-free, id: ours"
    if clashes:
        assert_refused(PORTS, written(ours, flow), CLASH)
    else:
        assert checks(ours, flow)


def test_a_listener_before_and_the_service_after() -> None:
    before = f"{DB}, port: 5432, listener: if-free, phase: [before]"
    assert checks(before, f"{DB}, port: 5432, phase: [after]")


def test_a_group_with_a_host_called_here() -> None:
    top = "hosts:\n  here: {address: 10.0.1.11, groups: [web]}\n"
    assert_flow_refused("from: »web, to: shop.example.com, port: 1", "`here` is this machine: rename", top=top)
