"""What is seen of servers that answer, and how it is judged: resolvers, named servers, large answers, odd answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from preflight.finding import NotChecked
from preflight.kind import Batch
from preflight.testing import parse
from preflight_dns.probe import probe
from preflight_dns.section import RECORD
from preflight_dns.tests.looked import DNS, Looks, look, questions
from tests.lab import faults, zones
from tests.lab.dns_lab import DnsLab
from tests.lab.socket_server import FaultyServer

StartFaulty = Callable[[AbstractContextManager[FaultyServer]], FaultyServer]
FAILS_UNCHECKED = "SERVFAIL, with checking disabled (CD) as well: no matter of DNSSEC"
SHOP = "name: shop.example.test, type: A, values: [203.0.113.10, 203.0.113.11]"

# Records of example.test, and what is wrong with them: the same for whom is asked in the end.
RECORDS = {
    "shop": ("type: A, values: [203.0.113.10, 203.0.113.11], ttl: {max: 300}", ""),
    "SHOP": ("type: AAAA, values: ['2001:DB8:0::10'], id: upper", ""),
    "mixed": ("type: A, values: [203.0.113.23]", ""),
    "bücher": ("type: A, values: [203.0.113.24]", ""),
    "www": ("type: A, values: [203.0.113.10, 203.0.113.11]", ""),
    "outside": ("type: A, values: [198.51.100.7]", ""),
    "into-child": ("type: A, values: [203.0.113.60]", ""),
    "hop1": ("type: CNAME, values: [hop2.example.test], final: [203.0.113.10, 203.0.113.11, '2001:db8::10']", ""),
    "anything.wild": ("type: A, values: [203.0.113.50]", ""),
    "www.legacy": ("type: A, values: [198.51.100.7]", ""),
    "ent": ("type: A, status: NODATA", ""),
    "ptr": ("type: MX, status: NODATA", ""),
    "nope": ("type: A, status: NXDOMAIN", ""),
    "chunked": ("type: TXT, values: [one long text in three strings]", ""),
    "odd": (r"""type: TXT, values: ['say "hi"; back\slash ü']""", ""),
    "case": ("type: TXT, values: [casesensitive value]", '"CaseSensitive Value" (missing "casesensitive value"; '),
    "_sip._tcp": ("type: SRV, values: [20 40 5060 Shop.example.test, 10 60 5060 api.example.test]", ""),
    "naptr": ("""type: NAPTR, values: ['100 10 "u" "E2U+sip" "!^.*$!sip:info@example.test!" .']""", ""),
    "_8443._foo": ("type: SVCB, values: [1 API.example.test port=8443]", ""),
    "_443._tcp.shop": (f"type: TLSA, values: [3 1 1 {'0123456789ABCDEF' * 4}]", ""),
    "low": ("type: A, ttl: {max: 30}", "low.example.test A has "),
    "gone": ("type: A, status: NXDOMAIN", "a dangling CNAME: gone.example.test -> nowhere.example.test, and "),
    "gone-outside": ("type: A, ttl: {max: 1d}", "a dangling CNAME: gone-outside.example.test -> nowhere.other.test, "),
    "gone-type": ("type: A, ttl: {max: 1d}", "gone-type.example.test -> v6only.example.test has no A record (NODATA)"),
}
WHOM = ("authoritative", "resolvers")


@pytest.fixture(scope="module")
def looks(dns_lab: DnsLab) -> dict[str, Looks]:
    top = f"resolvers: ['{dns_lab.recursor}'], port: {dns_lab.port}"
    records = [f"name: {name}.example.test, {fields}" for name, (fields, _) in RECORDS.items()]
    return {whom: look(*(f"{record}, ask: {whom}" for record in records), top=top) for whom in WHOM}


@pytest.mark.parametrize("whom", WHOM)
@pytest.mark.parametrize("name", RECORDS)
def test_records_of_the_zone(name: str, whom: str, looks: dict[str, Looks]) -> None:
    record = list(looks[whom].checks)[list(RECORDS).index(name)]
    reasons = looks[whom].reasons(record)
    expected = RECORDS[name][1]
    assert len(reasons) == bool(expected), reasons
    assert all(expected in reason for reason in reasons), reasons


def test_values_that_fit_no_datagram_are_seen_in_full(dns_lab: DnsLab) -> None:
    texts = ", ".join(f"'{text}'" for text in zones.BIG_TXT)
    looks = look(
        f"name: many.big.test, type: A, values: [{', '.join(zones.BIG_A)}]",
        f"name: texts.big.test, type: TXT, values: [{texts}]",
        top=f"zones: [{{name: big.test, servers: ['{dns_lab.primary}', '{dns_lab.secondary}']}}]",
    )
    assert [looks.reasons(record) for record in looks.seen] == [[], []]
    assert [len(answer.rrs) for answer in looks.answers("texts.big.test/TXT")] == [60, 60]


def test_one_server_with_an_older_zone(dns_lab: DnsLab) -> None:
    servers = ", ".join(f"'{server}'" for server in (dns_lab.primary, dns_lab.secondary, dns_lab.stale))
    looks = look(SHOP, top=f"zones: [{{name: example.test, servers: [{servers}]}}]")
    wrong = "203.0.113.10, 203.0.113.12 (missing 203.0.113.11; extra 203.0.113.12)"
    assert looks.reasons("shop.example.test/A") == [f"{dns_lab.stale}: {wrong}"]


def test_a_loop(dns_lab: DnsLab) -> None:
    loop = "name: loop-a.example.test, type: A, ttl: {max: 300}"
    zone = f"zones: [{{name: example.test, servers: ['{dns_lab.primary}']}}], resolvers: ['{dns_lab.recursor}']"
    looks = look(loop, f"{loop}, ask: resolvers", top=zone)
    chain = "loop-a.example.test -> loop-b.example.test -> loop-a.example.test"
    assert looks.reasons("loop-a.example.test/A") == [f"{dns_lab.primary}: a CNAME loop: {chain}"]
    assert looks.reasons("loop-a.example.test/A@resolvers") == [f"{dns_lab.recursor}: {FAILS_UNCHECKED}"]


@pytest.mark.parametrize(
    ("fault", "as_authority", "as_resolver"),
    [
        (faults.counting, "", ""),
        (faults.non_authoritative, "it answers without authority for example.test (lame)", ""),
        (faults.servfail, "SERVFAIL", FAILS_UNCHECKED),
        (faults.refused, "REFUSED", "REFUSED"),
        (
            faults.mixed_ttl,
            "the A records of shop.example.test have the TTLs 60, 86400",
            "the A records of shop.example.test have the TTLs 60, 86400",
        ),
    ],
)
def test_odd_answers(
    fault: Callable[[], AbstractContextManager[FaultyServer]],
    as_authority: str,
    as_resolver: str,
    faulty: StartFaulty,
) -> None:
    server = faulty(fault())
    zone = f"zones: [{{name: example.test, servers: ['{server}']}}], resolvers: ['{server}']"
    looks = look(SHOP, f"{SHOP}, ask: resolvers", f"{SHOP}, ask: '{server}'", top=zone)
    expected = [as_authority, as_resolver, as_resolver]
    assert [looks.reasons(record) for record in looks.seen] == [[f"{server}: {e}"] if e else [] for e in expected]


def test_recursion_is_desired_of_resolvers_and_named_servers_only(faulty: StartFaulty) -> None:
    servers = {whom: faulty(faults.counting()) for whom in ("zone", "resolver", "named")}
    top = f"zones: [{{name: example.test, servers: ['{servers['zone']}']}}], resolvers: ['{servers['resolver']}']"
    look(SHOP, f"{SHOP}, ask: resolvers", f"{SHOP}, ask: '{servers['named']}'", top=top)
    asked = {whom: [recursion for *_, recursion in questions(server)] for whom, server in servers.items()}
    assert asked == {"zone": [False], "resolver": [True], "named": [True]}


def test_servers_named_by_host_name(dns_lab: DnsLab) -> None:
    looks = look(
        f"{SHOP}, ask: 'localhost:{dns_lab.port}'",
        f"{SHOP}, ask: localhost, id: port-of-the-section",
        f"{SHOP}, ask: nobody.invalid, id: unknown",
        f"{SHOP}, ask: ['{dns_lab.primary}', nobody.invalid], id: one-unknown",
        top=f"families: ipv4, port: {dns_lab.port}",
    )
    assert looks.reasons(f"shop.example.test/A@localhost:{dns_lab.port}") == []
    assert [a.server for a in looks.answers("port-of-the-section")] == [f"localhost 127.0.0.1:{dns_lab.port}"]
    assert looks.reasons("unknown") == ["no address is known for nobody.invalid"]
    assert looks.reasons("one-unknown") == ["nobody.invalid: its name has no address"]


def test_a_server_that_refers_to_others(dns_lab: DnsLab) -> None:
    looks = look(f"name: www.child.example.test, type: A, ttl: 300, ask: '{dns_lab.primary}', id: child")
    expected = f"{dns_lab.primary}: no answer but a referral to the servers of child.example.test"
    assert looks.reasons("child") == [expected]


def test_a_check_may_have_a_timeout_of_its_own(dns_lab: DnsLab) -> None:
    started = time.monotonic()
    looks = look(f"{SHOP}, ask: '{dns_lab.blackhole}', timeout: 0.3, id: short", f"{SHOP}, ask: '{dns_lab.primary}'")
    assert time.monotonic() - started < 2
    assert looks.reasons("short") == ["no answer from all servers within its own timeout of 0.3 s"]
    assert looks.reasons(f"shop.example.test/A@{dns_lab.primary}") == []


class Impatient:
    """A sink that waits so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self.handed_in: list[object] = []

    @property
    def stopped(self) -> bool:
        return time.monotonic() > self._until

    def __call__(self, _key: tuple[str, str], observation: object) -> None:
        self.handed_in.append(observation)


def test_it_ends_when_nobody_waits_any_more(dns_lab: DnsLab) -> None:
    (check,) = parse(DNS, f"dns: {{records: [{{{SHOP}, ask: '{dns_lab.blackhole}'}}]}}")
    sink, started = Impatient(0.2), time.monotonic()
    probe(Batch(RECORD, ((check.key, check.spec),), check.shared), sink)
    assert time.monotonic() - started < 2
    assert not sink.handed_in


def test_it_ends_at_the_deadline_with_what_is_known(dns_lab: DnsLab) -> None:
    (check,) = parse(DNS, f"dns: {{records: [{{{SHOP}, ask: ['{dns_lab.primary}', '{dns_lab.blackhole}']}}]}}")
    sink, started = Impatient(60), time.monotonic()
    probe(Batch(RECORD, ((check.key, check.spec),), check.shared, deadline=time.time() + 0.3), sink)
    assert time.monotonic() - started < 2
    (seen,) = sink.handed_in
    assert not isinstance(seen, NotChecked)
    known, unknown = seen.lookups[0].hops[0].answers  # type: ignore[attr-defined]
    assert len(known.rrs) == 2
    assert unknown.unanswered == "the time budget of this run was spent"
