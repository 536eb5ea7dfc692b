"""Servers that answer, and wrongly in ways that are met in the wild: is what is said of them true, and of use?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import dns.rcode
import pytest

from preflight.finding import Finding, NotChecked
from preflight_dns.judge import judge
from preflight_dns.observation import Observation
from preflight_dns.tests.looked import look as look_up
from preflight_dns.tests.zone.looking import Looked, assert_complete, look
from preflight_dns.tests.zone.served import whole
from tests.lab import faults, nsd, unbound
from tests.lab.nameserver import NameServer
from tests.lab.socket_server import FaultyServer

StartFaulty = Callable[[AbstractContextManager[FaultyServer]], FaultyServer]
NONE = "@ A 192.0.2.1"
MAIL = "@ MX 10 mail\nmail A 192.0.2.2\nwww A 192.0.2.1"
ZONE, BARE = whole("odd.test", MAIL), whole("odd.test", NONE)


@pytest.fixture(scope="module")
def above(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[NameServer, NameServer]]:
    """The server of test., and a recursor that asks it."""
    folder = tmp_path_factory.mktemp("above")
    with (
        nsd.running({"test": whole("test", "odd NS ns.odd\nns.odd A 127.0.0.1")}, folder) as server,
        unbound.running({"test": server, ".": server}, folder) as recursor,
    ):
        yield server, recursor


def check(above: tuple[NameServer, NameServer], odd: FaultyServer, aspect: str, fields: str = "") -> Looked:
    parent, recursor = above
    entry = f"{{name: odd.test, servers: ['{odd}'], checks: [{aspect}]{fields}}}"
    zones = f"zones: [{{name: test, servers: ['{parent}']}}, {entry}]"
    looked = look(f"families: ipv4, resolvers: ['{recursor}'], {zones}")[aspect]
    assert_complete(looked.reasons)
    return looked


def test_an_alias_at_the_top(above: tuple[NameServer, NameServer], faulty: StartFaulty) -> None:
    odd = faulty(faults.alias_at_the_top("www.elsewhere.test.", BARE))
    (alias,) = check(above, odd, "delegation").reasons
    assert isinstance(alias, Finding)
    assert alias.observed == f"{odd}: odd.test CNAME www.elsewhere.test"
    assert "ALIAS, ANAME, flattening" in alias.next_step
    (mail, *_) = check(above, faulty(faults.alias_at_the_top("mail.odd.test.", ZONE)), "mail").texts
    assert mail == "odd.test is an alias: CNAME mail.odd.test, and that has none"


def test_a_name_that_is_denied_for_one_type_alone(above: tuple[NameServer, NameServer], faulty: StartFaulty) -> None:
    """It exists: that its target does not would be false, and that all is well too."""
    odd = faulty(faults.nxdomain_for_nodata(ZONE))
    texts = check(above, odd, "dangling").texts
    assert texts == [f"{odd}: NXDOMAIN for mail.odd.test AAAA", f"{odd}: NXDOMAIN for ns.odd.test AAAA"]
    assert check(above, faulty(faults.counting(ZONE)), "dangling").texts == []


def test_an_error_for_one_type_is_told_with_its_type(above: tuple[NameServer, NameServer], faulty: StartFaulty) -> None:
    odd = faulty(faults.error_for(dns.rcode.NOTIMP, "AAAA", "DNSKEY", zone=ZONE))
    (address,) = check(above, odd, "delegation").reasons
    (keys, *_) = check(above, odd, "dnssec", ", dnssec: false").reasons
    for reason in (address, keys):
        assert isinstance(reason, NotChecked)
        assert reason.cause == f"{odd} answers NOTIMP"
        assert reason.next_step.startswith(f"see what makes {odd} answer NOTIMP: mostly a firewall or a load balancer")
    assert address.reason == f"the addresses of ns.odd.test are not known: AAAA: {odd}: NOTIMP"


def test_a_server_that_answers_everything_with_an_error(
    above: tuple[NameServer, NameServer], faulty: StartFaulty
) -> None:
    """It is alone: it does not differ from others, and nothing is missing in its zone for all one knows."""
    odd = faulty(faults.error_for(dns.rcode.NOTIMP, "SOA", "A", zone=ZONE))
    (reason,) = check(above, odd, "serial").reasons
    looks = look_up(
        "name: www.odd.test, type: A, values: [192.0.2.1], id: one",
        top=f"zones: [{{name: odd.test, servers: ['{odd}']}}]",
    )
    seen = looks.seen["one"]
    assert isinstance(seen, Observation)
    (of_record,) = judge(looks.checks["one"].spec, seen)
    for each in (reason, of_record):
        assert isinstance(each, Finding)
        assert each.cause == f"{odd} answers NOTIMP"
        assert each.next_step.startswith(f"see what makes {odd} answer NOTIMP")


def test_formerr_for_edns_is_no_end(above: tuple[NameServer, NameServer], faulty: StartFaulty) -> None:
    """Resolvers ask again without; what they no longer do is to take silence for that."""
    (reason,) = check(above, faulty(faults.without_edns(zone=ZONE)), "delegation").reasons
    assert isinstance(reason, Finding)
    assert reason.consequence.startswith("resolvers have to ask each question twice, and get no signatures")


def test_a_wildcard_that_answers_for_what_should_be_gone() -> None:
    """Nobody finds it in the zone by its name."""
    with nsd.running({"odd.test": whole("odd.test", "* A 192.0.2.9\nwww A 192.0.2.9")}) as server:
        looks = look_up(
            "name: old.odd.test, type: A, status: NXDOMAIN, id: one",
            top=f"zones: [{{name: odd.test, servers: ['{server}']}}]",
        )
    seen = looks.seen["one"]
    assert isinstance(seen, Observation)
    (reason,) = judge(looks.checks["one"].spec, seen)
    assert reason.next_step.endswith("; if it is not in there, it is a wildcard (*.odd.test, say) that answers for it")
