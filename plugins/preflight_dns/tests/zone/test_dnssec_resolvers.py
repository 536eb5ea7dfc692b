"""What a validating resolver makes of a zone: Unbound, with the key of a root of the lab's own as its trust anchor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from preflight.finding import Finding, NotChecked
from preflight_dns.judge import judge
from preflight_dns.observation import Observation
from preflight_dns.tests.looked import look as look_up
from preflight_dns.tests.zone.looking import Looked, assert_complete, look
from preflight_dns.tests.zone.served import whole
from tests.lab import nsd, signing, unbound
from tests.lab.nameserver import NameServer
from tests.lab.ports import dead
from tests.lab.signing import Zone, days

KSK, ZSK, OTHER = signing.key(ksk=True), signing.key(), signing.key(ksk=True)
VALIDATING = """\
module-config: "validator iterator"
trust-anchor: ". DS {ds}"
ede: yes
"""
WWW = "www A 192.0.2.2"


def below(*names: str, ds: str = "", of: str = "test") -> str:
    """Delegations to zones on the same server, those in `ds` with a DS, after a ! with one of another key."""
    zones = {name.removeprefix("!"): OTHER if name.startswith("!") else KSK for name in ds.split()}
    lines = [f"{name} NS ns.{name}\nns.{name} A 127.0.0.1" for name in names]
    lines += [f"{name} DS {key.ds(f'{name}.{of}'.removesuffix('.'))}" for name, key in zones.items()]
    return "\n".join(lines)


SIGNED = {
    ".": below("test", ds="test", of=""),
    "test": below("good", "expired", "mid", "up", "away", ds="good expired !mid away"),
    "good.test": WWW,
    "expired.test": WWW,
    "away.test": WWW,
    "mid.test": below("low", ds="low", of="mid.test"),
    "low.mid.test": WWW,
    "low.up.test": WWW,
}
UNSIGNED = {"up.test": below("low", ds="low", of="up.test")}


def text(name: str, records: str) -> str:
    zone = Zone("" if name == "." else name, whole(name, records), (KSK, ZSK))
    return zone.text(ends=days(-0.1) if name == "expired.test" else None)


@dataclass(frozen=True)
class Resolved:
    """The server of all zones, and recursors.

    One validates, one does not, one lacks away.test, and one still has the DS of up.test, as from its cache.
    """

    server: NameServer
    validating: NameServer
    trusting: NameServer
    broken: NameServer
    late: NameServer

    def look(self, zone: str, *resolvers: NameServer, fields: str = "") -> Looked:
        whom = ", ".join(f"'{server}'" for server in resolvers or (self.validating,))
        entry = f"{{name: {zone}, checks: [dnssec], {fields}}}"
        found = look(f"port: {self.server.port}, families: ipv4, resolvers: [{whom}], zones: [{entry}]")["dnssec"]
        assert_complete(found.reasons)
        return found


@pytest.fixture(scope="module")
def resolved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resolved]:
    folder = tmp_path_factory.mktemp("resolved")
    zones = {name: text(name, records) for name, records in SIGNED.items()}
    zones |= {name: whole(name, records) for name, records in UNSIGNED.items()}
    validating = VALIDATING.format(ds=KSK.ds(""))
    with ExitStack() as stack:
        server = stack.enter_context(nsd.running(zones, folder))
        stubs = dict.fromkeys(zones, server)
        nobody = stack.enter_context(dead())
        before = text("test", f"{SIGNED['test']}\nup DS {KSK.ds('up.test')}")
        older = stack.enter_context(nsd.running({"test": before}, folder))
        yield Resolved(
            server,
            stack.enter_context(unbound.running(stubs, folder, settings=validating)),
            stack.enter_context(unbound.running(stubs, folder)),
            stack.enter_context(unbound.running({**stubs, "away.test": nobody}, folder, settings=validating)),
            stack.enter_context(unbound.running({**stubs, "test": older}, folder, settings=validating)),
        )


def test_it_validates(resolved: Resolved) -> None:
    looked = resolved.look("good.test")
    assert looked.texts == []
    assert f"good.test: it validates at {resolved.validating} (AD)" in looked.sketch


def test_validation_fails_there_as_here(resolved: Resolved) -> None:
    """And the servers of a zone are found through a resolver that takes it for bogus."""
    *_, there = resolved.look("expired.test").reasons
    assert isinstance(there, Finding)
    assert there.observed.startswith(f"bogus: {resolved.validating} answers SERVFAIL (EDE "), there.observed
    assert there.observed.endswith("), and with checking disabled (CD) the SOA")
    assert there.cause == "expired.test is bogus"


def test_a_chain_that_is_broken_above_the_parent(resolved: Resolved) -> None:
    (there,) = resolved.look("low.mid.test").texts
    assert there.startswith(f"bogus: {resolved.validating} answers SERVFAIL (EDE ")


def test_a_chain_that_ends_above_the_parent(resolved: Resolved) -> None:
    looked = resolved.look("low.up.test")
    assert looked.texts == []
    (note,) = [line for line in looked.sketch if "takes low.up.test for unsigned" in line]
    assert note.startswith(f"low.up.test: {resolved.validating} validates, and takes low.up.test for unsigned: a zone")


def test_an_unsigned_zone_is_not_said_to_be_taken_for_one(resolved: Resolved) -> None:
    looked = resolved.look("up.test", fields="dnssec: false")
    assert looked.texts == []
    assert looked.sketch == []


def test_a_resolver_that_still_has_the_ds_of_a_zone_that_is_unsigned_by_now(resolved: Resolved) -> None:
    """The DS is gone at the parent: whoever signs no longer before its TTL has passed is off the net there."""
    (there,) = resolved.look("up.test", resolved.validating, resolved.late, fields="dnssec: false").reasons
    assert isinstance(there, Finding)
    assert there.observed.startswith(f"bogus: {resolved.late} answers SERVFAIL (EDE ")
    assert "which may hold an old DS until the TTL of that has passed" in there.next_step


def test_resolvers_that_do_not_validate_prove_nothing(resolved: Resolved) -> None:
    looked = resolved.look("good.test", resolved.trusting, resolved.validating)
    assert looked.texts == []
    assert f"good.test: it validates at {resolved.validating} (AD)" in looked.sketch
    assert any(f"good.test: {resolved.trusting} does not validate" in line for line in looked.sketch), looked.sketch


def test_a_resolver_that_fails_without_validating_too(resolved: Resolved) -> None:
    (gap,) = resolved.look("away.test", resolved.validating, resolved.broken).reasons
    assert isinstance(gap, NotChecked)
    assert gap.reason.startswith(f"what {resolved.broken} makes of away.test is not known: it answers SERVFAIL")
    assert gap.reason.endswith("; so it is not for DNSSEC")
    assert gap.cause == f"{resolved.broken} does not resolve away.test"


def test_one_of_several_resolvers_that_is_silent_is_noted(resolved: Resolved) -> None:
    with dead() as nobody:
        looked = resolved.look("good.test", nobody, resolved.validating)
    assert looked.texts == []
    assert any(f"what it makes of good.test is not known: {nobody}" in line for line in looked.sketch), looked.sketch


def test_before_a_zone_is_delegated_resolvers_are_not_asked(resolved: Resolved) -> None:
    looked = resolved.look("expired.test", fields=f"servers: ['{resolved.server}']")
    assert len(looked.texts) == 2
    assert not any("answers SERVFAIL" in text for text in looked.texts)


# A record asked of a resolver


def said_of(server: NameServer, name: str) -> Finding:
    looks = look_up(f"name: {name}, type: A, values: [192.0.2.2], ask: '{server}', id: one")
    seen = looks.seen["one"]
    assert isinstance(seen, Observation)
    (reason,) = judge(looks.checks["one"].spec, seen)
    assert isinstance(reason, Finding)
    return reason


def test_a_record_that_a_resolver_takes_for_bogus(resolved: Resolved) -> None:
    said = said_of(resolved.validating, "www.expired.test")
    assert said.observed.startswith(
        f"{resolved.validating}: SERVFAIL, as validation fails there: with checking disabled (CD) it answers (EDE "
    ), said.observed
    assert said.cause == f"validation fails at {resolved.validating}"
    assert said.next_step.startswith(
        "see with `delv www.expired.test A`, or `checks: [dnssec]` on its zone, which link"
    )


def test_a_record_that_a_resolver_cannot_get(resolved: Resolved) -> None:
    said = said_of(resolved.broken, "www.away.test")
    assert ": SERVFAIL, with checking disabled (CD) as well: no matter of DNSSEC" in said.observed
    assert "does not reach the zone's servers" in said.next_step
