"""Parent against child, glue, names of servers, and how servers behave: each with the fault, and without."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset
import dns.zone
import pytest

from preflight_dns.tests.zone.looking import Looked, assert_complete, look
from tests.lab.answers import Answers
from tests.lab.dns_lab import DnsLab
from tests.lab.nameserver import NameServer
from tests.lab.socket_server import FaultyServer, Send, Transport, serving
from tests.lab.zones import EXAMPLE, PARENT

Serve = Callable[..., NameServer]
StartFaulty = Callable[[AbstractContextManager[FaultyServer]], FaultyServer]


def delegated(lab: DnsLab, parent: NameServer, fields: str = "", top: str = "") -> Looked:
    """example.test as it is delegated by that server of test."""
    above = f"{{name: test, servers: ['{parent}']}}"
    zone = f"{{name: example.test, checks: [delegation]{fields}}}"
    found = look(f"resolvers: ['{lab.recursor}'], port: {lab.port}, {top}zones: [{above}, {zone}]")
    return found["delegation"]


@pytest.fixture(scope="module")
def lab(dns_lab: DnsLab) -> DnsLab:
    if not dns_lab.primary6:
        pytest.fail("this machine has no IPv6 loopback address", pytrace=False)
    return dns_lab


def test_a_delegation_as_it_should_be(lab: DnsLab) -> None:
    looked = delegated(lab, lab.parent)
    assert looked.texts == []
    assert looked.sketch == []  # 127.0.0.0/24 and ::/48 are two networks


def test_the_parent_is_found_from_above(lab: DnsLab) -> None:
    found = look(
        f"resolvers: ['{lab.recursor}'], port: {lab.port}, zones: [{{name: example.test, checks: delegation}}]"
    )
    assert found["delegation"].texts == []


FAULTS = {
    "ns2 is not delegated to": (
        ("example      NS     ns2.example\n", ""),
        "ns1.example.test (only in the zone: ns2.example.test)",
    ),
    "an old server is still delegated to": (
        ("example      NS     ns2.example\n", "example NS ns2.example\nexample NS ns.elsewhere\n"),
        "ns.elsewhere.test, ns1.example.test, ns2.example.test (only in test: ns.elsewhere.test)",
    ),
    "old glue": (("ns2.example  A      127.0.0.2", "ns2.example A 127.0.0.9"), "127.0.0.9 for ns2.example.test"),
    "glue of one family": (("ns1.example  AAAA   ::1", ""), "127.0.0.1 for ns1.example.test"),
    "no glue": (("ns2.example  A      127.0.0.2", ""), "no glue for ns2.example.test"),
    "more glue than addresses": (
        ("ns2.example  A      127.0.0.2", "ns2.example A 127.0.0.2\nns2.example A 127.0.0.3"),
        "127.0.0.2, 127.0.0.3 for ns2.example.test",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_parent_has_wrong(fault: str, lab: DnsLab, serve: Serve) -> None:
    (was, now), expected = FAULTS[fault]
    assert was in PARENT
    parent = serve(PARENT.replace(was, now), name="test")
    looked = delegated(lab, parent)
    assert looked.texts[0] == f"{parent}: {expected}"
    assert_complete(looked.reasons)


def test_a_server_that_only_the_parent_names_is_asked_too(lab: DnsLab, serve: Serve) -> None:
    parent = serve(
        PARENT.replace("example      NS     ns2.example\n", "example NS ns2.example\nexample NS ns.elsewhere\n"), "test"
    )
    texts = delegated(lab, parent).texts
    assert texts[1:] == [
        f"ns.elsewhere.test 127.0.0.4:{lab.port}: REFUSED (EDE 20: not authoritative), asked for example.test SOA"
    ]


def test_parents_that_differ(lab: DnsLab, serve: Serve) -> None:
    behind = serve(PARENT.replace("example      NS     ns2.example\n", ""), "test")
    above = f"{{name: test, servers: ['{lab.parent}', '{behind}']}}"
    top = f"resolvers: ['{lab.recursor}'], port: {lab.port}, zones: [{above}"
    (text,) = look(f"{top}, {{name: example.test, checks: delegation}}]")["delegation"].texts
    assert text.startswith(f"{behind}: ns1.example.test (")


def test_parents_that_say_nothing(lab: DnsLab) -> None:
    dead = delegated(lab, lab.dead)
    assert dead.texts[0].startswith(f"not checked: {lab.dead}: connection refused")
    lost = delegated(lab, lab.lame)
    assert lost.texts == [f"not checked: {lab.lame}, a server of test, answers REFUSED: what it delegates is not known"]
    assert_complete(dead.reasons + lost.reasons)
    top = f"resolvers: ['{lab.dead}'], zones: [{{name: example.test, servers: ['{lab.primary}'], checks: delegation}}]"
    unknown = look(top)["delegation"]
    assert unknown.texts[0].startswith("not checked: what test delegates is not known: no resolver answers")


def test_a_parent_that_serves_the_zone_as_well(lab: DnsLab) -> None:
    looked = delegated(lab, lab.primary)  # it is asked as a server of test, and has example.test
    assert looked.texts == []
    assert looked.sketch == [
        f"example.test: {lab.primary} serves the zone above as well, so its delegation cannot be seen there"
    ]


# Servers that are not delegated to yet

NEW = (
    EXAMPLE.replace("@            NS     ns1", "@ NS a.dns").replace("@            NS     ns2", "@ NS b.dns")
    + "a.dns A 127.0.0.7\nb.dns A 127.0.0.8\n"
)


def test_what_will_change_in_the_parent(lab: DnsLab, serve: Serve) -> None:
    new = serve(NEW)
    looked = delegated(lab, lab.parent, f", servers: ['{new}']")
    assert looked.texts == []
    assert looked.sketch == [
        "example.test: to delegate to these servers, test has to add NS a.dns.example.test, b.dns.example.test; "
        "remove NS ns1.example.test, ns2.example.test; "
        "add glue a.dns.example.test 127.0.0.7, b.dns.example.test 127.0.0.8",
        "example.test: the zone names servers that are not among `servers:`, and nobody looked at them: "
        "a.dns.example.test (127.0.0.7), b.dns.example.test (127.0.0.8)",
        "example.test: all its name servers are in one network, 127.0.0.0/24: they may fail together",
    ]
    done = delegated(lab, lab.parent, f", servers: ['{lab.primary}']")
    assert done.sketch == [
        "example.test: test delegates to these servers already",
        "example.test: the zone names servers that are not among `servers:`, and nobody looked at them: "
        "ns2.example.test (127.0.0.2)",
    ]
    both = f", servers: {{ns1.example.test: '{lab.primary}', x: '127.0.0.2:{lab.port}'}}"
    assert delegated(lab, lab.parent, both).sketch == done.sketch[:1]


def test_name_servers_with_one_address(lab: DnsLab, serve: Serve) -> None:
    new = serve(NEW.replace("b.dns A 127.0.0.8", "b.dns A 127.0.0.7"))
    looked = delegated(lab, lab.parent, f", servers: ['{new}']")
    assert looked.sketch[2:] == ["example.test: 127.0.0.7 is the address of several of its name servers: they are one"]


def test_a_zone_that_is_delegated_by_nobody_yet(lab: DnsLab, serve: Serve) -> None:
    new = serve("$ORIGIN new.test.\n$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 127.0.0.7\n", "new.test")
    zone = f"{{name: new.test, servers: ['{new}'], checks: delegation}}"
    looked = look(f"port: {lab.port}, zones: [{{name: test, servers: ['{lab.parent}']}}, {zone}]")[
        "new.test/delegation".partition("/")[2]
    ]
    assert looked.texts == []
    assert looked.sketch == [
        "new.test: to delegate to these servers, test has to add NS ns.new.test; add glue ns.new.test 127.0.0.7",
        "new.test: the zone names servers that are not among `servers:`, and nobody looked at them: "
        "ns.new.test (127.0.0.7)",
        "new.test: ns.new.test is its only name server (RFC 2182 asks for two)",
    ]


# Names of name servers

NAMES = {
    "an alias": (
        "ns2          A      127.0.0.2",
        "ns2 CNAME shop",
        "ns2.example.test is an alias: CNAME shop.example.test",
    ),
    "no address": ("ns2          A      127.0.0.2", "ns2 TXT none", "ns2.example.test has none"),
    "no such name": ("@            NS     ns2", "@ NS ns7", "ns7.example.test has none"),
    "elsewhere": ("@            NS     ns2", "@ NS nope.other.test.", "nope.other.test has none"),
}


@pytest.mark.parametrize("name", NAMES)
def test_names_that_lead_to_no_server(name: str, lab: DnsLab, serve: Serve) -> None:
    was, now, expected = NAMES[name]
    looked = delegated(lab, lab.parent, f", servers: ['{serve(EXAMPLE.replace(was, now))}']")
    assert looked.texts == [expected]
    assert_complete(looked.reasons)


def test_a_name_that_nobody_can_look_up(lab: DnsLab, serve: Serve) -> None:
    away = serve(EXAMPLE.replace("@            NS     ns2", "@ NS ns.broken.test."))
    (text,) = delegated(lab, lab.parent, f", servers: ['{away}']").texts
    assert text == f"not checked: the addresses of ns.broken.test are not known: A: {lab.recursor}: SERVFAIL"


def test_a_zone_without_ns(lab: DnsLab, faulty: StartFaulty) -> None:
    bare = faulty(
        behaving(
            lambda reply, _query: [reply],
            EXAMPLE.replace("@            NS     ns1", "").replace("@            NS     ns2", ""),
        )
    )
    (text,) = delegated(lab, lab.parent, f", servers: ['{bare}']").texts
    assert text == f"{bare}: none"


# How servers behave


def behaving(
    change: Callable[[dns.message.Message, dns.message.Message], Sequence[dns.message.Message]],
    zone: str = EXAMPLE,
    over_tcp: str = "answer",
) -> AbstractContextManager[FaultyServer]:
    """`change(reply, query)` gives what is sent instead of the right reply."""
    answers = Answers(dns.zone.from_text(zone, relativize=False, check_origin=False))

    def respond(wire: bytes, transport: Transport) -> list[Send]:
        query = dns.message.from_wire(wire)
        size = 65535 if transport == "tcp" else 1232
        return [Send(reply.to_wire(max_size=size)) for reply in change(answers.to(query), query)]

    return serving(respond, over_tcp)  # type: ignore[arg-type]  # a word of OverTCP


def recursive(reply: dns.message.Message, _query: dns.message.Message) -> list[dns.message.Message]:
    reply.flags |= dns.flags.RA
    return [reply]


def folding(reply: dns.message.Message, _query: dns.message.Message) -> list[dns.message.Message]:
    asked = reply.question[0]
    folded = dns.name.from_text(asked.name.to_text().lower())
    reply.question = [dns.rrset.RRset(folded, asked.rdclass, asked.rdtype)]
    return [reply]


def formerr_for_edns_below(reply: dns.message.Message, query: dns.message.Message) -> list[dns.message.Message]:
    """An old server, asked in mixed case; what is asked otherwise is answered as by others."""
    if query.edns >= 0 and query.question[0].name.to_text() != query.question[0].name.to_text().lower():
        error = dns.message.Message(query.id)
        error.flags = dns.flags.QR
        error.set_rcode(dns.rcode.FORMERR)
        return [error]
    return [reply]


def silence_for_edns_below(reply: dns.message.Message, query: dns.message.Message) -> list[dns.message.Message]:
    mixed = query.question[0].name.to_text() != query.question[0].name.to_text().lower()
    return [] if query.edns >= 0 and mixed else [reply]


BEHAVIOUR = {
    "recursion": (recursive, "offers recursion to this machine (RA)"),
    "case": (folding, "example.test. for eXaMpLe.tEsT."),
    "edns": (formerr_for_edns_below, "FORMERR to a question with EDNS, and an answer to the same without"),
}


@pytest.mark.parametrize("trait", BEHAVIOUR)
def test_what_a_server_does_that_it_should_not(trait: str, lab: DnsLab, faulty: StartFaulty) -> None:
    change, expected = BEHAVIOUR[trait]
    server = faulty(behaving(change))
    looked = delegated(lab, lab.parent, f", servers: ['{server}']")
    assert looked.texts == [f"{server}: {expected}"]
    assert_complete(looked.reasons)
    assert delegated(lab, lab.parent, f", servers: ['{server}'], allow: {trait}").texts == []


def test_a_server_that_does_not_answer_to_edns(
    lab: DnsLab, faulty: StartFaulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("preflight_dns.zone.traits.TRIES", (0.1,))
    server = faulty(behaving(silence_for_edns_below))
    (text,) = delegated(lab, lab.parent, f", servers: ['{server}']").texts
    assert text == f"{server}: no answer to a question with EDNS, and an answer to the same without"


def test_a_server_without_tcp(lab: DnsLab, faulty: StartFaulty) -> None:
    server = faulty(behaving(lambda reply, _: [reply], over_tcp="refuse"))
    looked = delegated(lab, lab.parent, f", servers: ['{server}']")
    assert looked.texts == [f"{server}: connection refused over TCP"]
    assert delegated(lab, lab.parent, f", servers: ['{server}'], allow: [tcp]").texts == []


def test_a_right_server_has_nothing_of_that(lab: DnsLab, faulty: StartFaulty) -> None:
    server = faulty(behaving(lambda reply, _: [reply]))
    assert delegated(lab, lab.parent, f", servers: ['{server}']").texts == []


def test_lame_servers(lab: DnsLab) -> None:
    looked = delegated(lab, lab.parent, f", servers: ['{lab.primary}', '{lab.lame}']")
    assert looked.texts == [f"{lab.lame}: REFUSED (EDE 20: not authoritative), asked for example.test SOA"]
