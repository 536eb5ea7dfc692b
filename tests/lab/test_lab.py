"""The lab does what its docstrings say; a test that relies on it need not wonder."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.zone
import pytest

from . import faults, nsd, ports, process, relay, unbound, zones
from .dns_lab import DnsLab
from .nameserver import NameServer
from .socket_server import FaultyServer, OverTCP

ROOT = Path(__file__).parents[2]
StartFaulty = Callable[[AbstractContextManager[FaultyServer]], FaultyServer]


def ask(server: NameServer, name: str, rdtype: str = "A", *, tcp: bool = False, wait: float = 5) -> dns.message.Message:
    query = dns.message.make_query(name, rdtype)
    if tcp:
        return dns.query.tcp(query, server.address, port=server.port, timeout=wait)
    return dns.query.udp(query, server.address, port=server.port, timeout=wait, ignore_unexpected=True)


def values(reply: dns.message.Message) -> list[str]:
    """The answer's records without owner name and class: `300 A 192.0.2.1`."""
    return sorted(
        f"{rrset.ttl} {dns.rdatatype.to_text(rrset.rdtype)} {rdata}" for rrset in reply.answer for rdata in rrset
    )


def rcode(reply: dns.message.Message) -> str:
    return dns.rcode.to_text(reply.rcode())


SHOP = ["300 A 203.0.113.10", "300 A 203.0.113.11"]


@pytest.mark.parametrize(
    ("name", "rdtype", "expected"),
    [
        ("shop.example.test", "A", SHOP),
        ("v6only.example.test", "AAAA", ["300 AAAA 2001:db8::22"]),
        ("low.example.test", "A", ["60 A 203.0.113.30"]),
        ("high.example.test", "A", ["86400 A 203.0.113.31"]),
        ("example.test", "MX", ["300 MX 10 mx1.example.test.", "300 MX 20 mx2.example.test."]),
        ("chunked.example.test", "TXT", ['300 TXT "one long text " "in three " "strings"']),
        ("case.example.test", "TXT", ['300 TXT "CaseSensitive Value"']),
        ("10.113.0.203.in-addr.arpa", "PTR", ["300 PTR shop.example.test."]),
        ("any.wild.example.test", "A", ["300 A 203.0.113.50"]),
        ("here.wild.example.test", "A", ["300 A 203.0.113.51"]),
        ("www.example.test", "A", [*SHOP, "300 CNAME shop.example.test."]),
        ("outside.example.test", "A", ["300 A 198.51.100.7", "300 CNAME www.other.test."]),
        ("www.legacy.example.test", "CNAME", ["300 CNAME www.other.test.", "300 DNAME other.test."]),
    ],
)
def test_primary_and_secondary_serve_the_zones(dns_lab: DnsLab, name: str, rdtype: str, expected: list[str]) -> None:
    for server in filter(None, (dns_lab.primary, dns_lab.primary6, dns_lab.secondary)):
        reply = ask(server, name, rdtype)
        assert reply.flags & dns.flags.AA
        assert values(reply) == expected


def test_every_record_of_the_zone_is_served_as_written(dns_lab: DnsLab) -> None:
    delegated = ("child", "lame", "lost", "signed")
    for name, rdataset in dns.zone.from_text(zones.EXAMPLE).iterate_rdatasets():
        if name.labels and name.labels[-1].decode() in delegated:
            continue
        reply = ask(dns_lab.primary, f"{name}.example.test" if name.labels else "example.test", rdataset.rdtype.name)
        assert len(reply.answer[0]) == len(rdataset), name
        assert reply.answer[0].ttl == rdataset.ttl, name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nowhere.example.test", "NXDOMAIN"),
        ("gone.example.test", "NXDOMAIN"),
        ("gone-outside.example.test", "NXDOMAIN"),
        ("ent.example.test", "NOERROR"),
        ("loop-a.example.test", "NOERROR"),
        ("www.child.example.test", "NOERROR"),
        ("www.elsewhere.test", "REFUSED"),
    ],
)
def test_what_nsd_says_when_there_is_no_answer(dns_lab: DnsLab, name: str, expected: str) -> None:
    reply = ask(dns_lab.primary, name)
    assert rcode(reply) == expected
    assert not [record for record in values(reply) if " A " in record]


def test_big_rrsets_are_truncated_over_udp_and_whole_over_tcp(dns_lab: DnsLab) -> None:
    for name, rdtype, expected in (("many", "A", zones.BIG_A), ("texts", "TXT", zones.BIG_TXT)):
        over_udp = ask(dns_lab.primary, f"{name}.big.test", rdtype)
        assert over_udp.flags & dns.flags.TC
        assert not over_udp.answer
        over_tcp = ask(dns_lab.primary, f"{name}.big.test", rdtype, tcp=True)
        assert len(over_tcp.answer[0].to_text()) > 1232
        assert sorted(rdata.to_text().strip('"') for rdata in over_tcp.answer[0]) == sorted(expected)


def test_stale_serves_what_was_true_before(dns_lab: DnsLab) -> None:
    assert ask(dns_lab.primary, "example.test", "SOA").answer[0][0].serial == zones.SERIAL
    assert ask(dns_lab.stale, "example.test", "SOA").answer[0][0].serial == zones.STALE_SERIAL
    assert values(ask(dns_lab.stale, "shop.example.test")) == ["300 A 203.0.113.10", "300 A 203.0.113.12"]
    assert values(ask(dns_lab.stale, "single.example.test")) == ["86400 A 203.0.113.21"]
    assert rcode(ask(dns_lab.stale, "new.example.test")) == "NXDOMAIN"
    assert values(ask(dns_lab.stale, "high.example.test")) == ["86400 A 203.0.113.31"]


def test_delegation_leads_to_the_child(dns_lab: DnsLab) -> None:
    referral = ask(dns_lab.primary, "www.child.example.test")
    assert not referral.flags & dns.flags.AA
    assert referral.authority[0][0].to_text() == "ns.child.example.test."
    delegated = NameServer(referral.additional[0][0].address, dns_lab.port)
    for server in (dns_lab.child, delegated):
        assert values(ask(server, "www.child.example.test")) == ["300 A 203.0.113.60"]
    assert ask(dns_lab.parent, "example.test", "NS").authority[0].rdtype == dns.rdatatype.NS
    assert values(ask(NameServer("127.0.0.2", dns_lab.port), "shop.example.test")) == SHOP


def test_lame_refuses(dns_lab: DnsLab) -> None:
    assert rcode(ask(dns_lab.lame, "shop.example.test")) == "REFUSED"


@pytest.mark.parametrize(
    ("name", "rdtype", "expected"),
    [
        ("example.test", "NS", "NOERROR"),
        ("outside.example.test", "A", "NOERROR"),
        ("into-child.example.test", "A", "NOERROR"),
        ("25.113.0.203.in-addr.arpa", "PTR", "NOERROR"),
        ("nowhere.example.test", "A", "NXDOMAIN"),
        ("gone-outside.example.test", "A", "NXDOMAIN"),
        ("example.com", "A", "NXDOMAIN"),
        ("loop-a.example.test", "A", "SERVFAIL"),
        ("www.broken.test", "A", "SERVFAIL"),
    ],
)
def test_recursor(dns_lab: DnsLab, name: str, rdtype: str, expected: str) -> None:
    reply = ask(dns_lab.recursor, name, rdtype)
    assert rcode(reply) == expected
    assert reply.flags & dns.flags.RA
    if expected == "NOERROR":
        assert reply.answer[-1].rdtype == dns.rdatatype.from_text(rdtype)


def test_dead_refuses_and_blackhole_is_silent(dns_lab: DnsLab) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.connect((dns_lab.dead.address, dns_lab.dead.port))
        sock.send(b"?")
        with pytest.raises(ConnectionRefusedError):
            sock.recv(1)
    with pytest.raises(ConnectionRefusedError):
        ask(dns_lab.dead, "shop.example.test", tcp=True)
    for tcp in (False, True):
        with pytest.raises(dns.exception.Timeout):
            ask(dns_lab.blackhole, "shop.example.test", tcp=tcp, wait=0.1)


def test_name_servers_are_written_as_in_an_inventory() -> None:
    assert str(NameServer("127.0.0.1", 53)) == "127.0.0.1:53"
    assert str(NameServer("::1", 53)) == "[::1]:53"


def test_serve_zone(serve_zone: Callable[[str, str], NameServer]) -> None:
    records = "".join(f"h{n} A 10.0.{n >> 8}.{n & 255}\n" for n in range(10_000))
    text = f"$ORIGIN large.test.\n$TTL 300\n@ SOA ns h 1 1 1 1 1\n@ NS ns\nns A 127.0.0.1\n{records}"
    server = serve_zone("large.test", text)
    assert values(ask(server, "h9999.large.test")) == ["300 A 10.0.39.15"]


def test_a_zone_that_does_not_load_is_an_error(tmp_path: Path) -> None:
    broken = nsd.running({"example.test": "this is no zone"}, tmp_path)
    with pytest.raises(process.DidNotStartError, match="error"), broken:
        pass
    assert not list(tmp_path.iterdir())


# Faulty servers


def test_counting_answers_rightly_and_counts(faulty: StartFaulty) -> None:
    server = faulty(faults.counting())
    assert values(ask(server, "www.example.test")) == [*SHOP, "300 CNAME shop.example.test."]
    assert rcode(ask(server, "nowhere.example.test")) == "NXDOMAIN"
    assert rcode(ask(server, "ent.example.test")) == "NOERROR"
    assert rcode(ask(server, "example.com", tcp=True)) == "REFUSED"
    assert (server.udp, server.tcp) == (3, 1)
    assert dns.message.from_wire(server.arrivals[1].wire).question[0].name.to_text() == "nowhere.example.test."


@pytest.mark.parametrize(
    ("then_tcp", "error"),
    [("refuse", ConnectionRefusedError), ("half", EOFError), ("silent", dns.exception.Timeout)],
)
def test_truncating(faulty: StartFaulty, then_tcp: OverTCP, error: type[Exception]) -> None:
    server = faulty(faults.truncating(then_tcp))
    reply = ask(server, "shop.example.test")
    assert reply.flags & dns.flags.TC
    assert values(reply) == SHOP[:1]
    with pytest.raises(error):
        ask(server, "shop.example.test", tcp=True, wait=0.2)


def test_truncating_and_then_answering(faulty: StartFaulty) -> None:
    server = faulty(faults.truncating())
    assert values(ask(server, "shop.example.test", tcp=True)) == SHOP


@pytest.mark.parametrize("fault", [faults.garbage, faults.wrong_id, faults.wrong_question, faults.wrong_source])
def test_replies_not_to_be_trusted(faulty: StartFaulty, fault: Callable[..., faults.Faulty]) -> None:
    untrusted = faulty(fault())
    with pytest.raises((dns.exception.DNSException, dns.query.BadResponse)):
        ask(untrusted, "shop.example.test", wait=0.2)
    assert untrusted.udp == 1
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        server = faulty(fault(then_right=0.05))
        query = dns.message.make_query("shop.example.test", "A")
        sock.sendto(query.to_wire(), (server.address, server.port))
        _, sender = sock.recvfrom(4096)
        assert (sender[1] != server.port) == (fault is faults.wrong_source)
        right, sender = sock.recvfrom(4096)
        assert sender[1] == server.port
        assert values(dns.message.from_wire(right)) == SHOP


def test_dropping_counts_each_question_apart(faulty: StartFaulty) -> None:
    server = faulty(faults.dropping(1))
    for name in ("shop.example.test", "api.example.test"):
        with pytest.raises(dns.exception.Timeout):
            ask(server, name, wait=0.1)
        assert ask(server, name).answer
    assert server.udp == 4


def test_slow_delays_each_question_alike(faulty: StartFaulty) -> None:
    server = faulty(faults.slow(0.2))
    started = time.monotonic()
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        for _ in range(20):
            sock.sendto(dns.message.make_query("shop.example.test", "A").to_wire(), (server.address, server.port))
        for _ in range(20):
            sock.recv(4096)
    assert 0.2 <= time.monotonic() - started < 1


def test_wrong_headers_and_ttls(faulty: StartFaulty) -> None:
    plain = ask(faulty(faults.non_authoritative()), "shop.example.test")
    assert not plain.flags & dns.flags.AA
    assert values(plain) == SHOP
    assert rcode(ask(faulty(faults.servfail()), "shop.example.test")) == "SERVFAIL"
    assert rcode(ask(faulty(faults.refused()), "shop.example.test")) == "REFUSED"
    mixed = faulty(faults.mixed_ttl())
    query = dns.message.make_query("shop.example.test", "A")
    reply = dns.query.udp(query, mixed.address, port=mixed.port, timeout=5, one_rr_per_rrset=True)
    assert values(reply) == ["60 A 203.0.113.10", "86400 A 203.0.113.11"]


def test_silent_counts(faulty: StartFaulty) -> None:
    server = faulty(faults.silent())
    for tcp in (False, True):
        with pytest.raises(dns.exception.Timeout):
            ask(server, "shop.example.test", tcp=tcp, wait=0.1)
    assert (server.udp, server.tcp) == (1, 1)


def test_relay_delays_both_ways(dns_lab: DnsLab) -> None:
    with relay.running(dns_lab.primary, delay=0.03) as delayed:
        for _ in range(3):
            started = time.monotonic()
            assert values(ask(delayed, "shop.example.test")) == SHOP
            assert 0.06 <= time.monotonic() - started < 0.5


# Living and dying


@pytest.mark.parametrize("running", [nsd.running, unbound.running])
def test_a_port_taken_meanwhile_is_given_up_for_another(
    monkeypatch: pytest.MonkeyPatch, running: Callable[..., AbstractContextManager[NameServer]]
) -> None:
    with ports.bound_pair() as (taken, _, tcp):
        tcp.listen()
        choices = iter([taken.port, ports.free_port()])
        monkeypatch.setattr(process, "free_port", lambda *_: next(choices))
        with running({}) as server:
            assert server.port != taken.port


def test_the_daemons_die_with_a_killed_test_run(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from tests.lab import nsd, zones\n"
        "with nsd.running({'example.test': zones.EXAMPLE}, Path(sys.argv[1])) as server:\n"
        "    print(server.port, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, tmp_path], cwd=ROOT, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        server = NameServer(ports.LOOPBACK, int(run.stdout.readline()))
        assert ask(server, "shop.example.test").answer
        run.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while _listens(server):
        assert time.monotonic() < deadline, f"something still listens on {server}"
        time.sleep(0.01)


def _listens(server: NameServer) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex((server.address, server.port)) == 0


def test_a_missing_server_fails_with_its_cure(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_DAEMON_PATH", "/nonexistent")
    pytester.makepyfile("def test_it(dns_lab): pass")
    result = pytester.runpytest_inprocess("-p", "tests.lab.fixtures")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["nsd is not installed: run tests/lab/install-packages"])


def test_loading_the_fixtures_loads_no_server_code() -> None:
    code = "import sys, tests.lab.fixtures; print([m for m in sys.modules if m == 'dns' or m.startswith('tests.lab.')])"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == "['tests.lab.fixtures']\n"


def test_install_packages_is_silent_when_nothing_is_missing() -> None:
    result = subprocess.run([ROOT / "tests/lab/install-packages"], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_install_packages_says_when_this_is_not_debian(tmp_path: Path) -> None:
    result = subprocess.run(
        [ROOT / "tests/lab/install-packages"],
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "not Debian" in result.stderr
