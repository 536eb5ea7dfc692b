"""Proofs that a name does not exist, key sizes and key tags, from records as they stand."""

from __future__ import annotations

from datetime import timedelta

import dns.dnssec
import pytest

from preflight_dns.wire import Rr
from preflight_dns.zone.dnssec.proof import hashing, proves
from preflight_dns.zone.dnssec.records import keys, signed_sets
from preflight_dns.zone.dnssec.when import length
from tests.lab import signing

ZONE = "example.test."
BITS = " A RRSIG NSEC"


def nsec(*spans: str) -> list[Rr]:
    """`a c`: from a.example.test to c.example.test; @ is the zone."""
    pairs = [[ZONE if each == "@" else f"{each}.{ZONE}" for each in span.split()] for span in spans]
    return [Rr(owner, 300, "NSEC", following + BITS) for owner, following in pairs]


@pytest.mark.parametrize(
    ("spans", "proved"),
    [
        (["@ c"], True),
        (["a c"], True),
        (["a @"], True),
        (["c @"], False),
        (["@ a"], False),
        (["a B"], False),  # it exists
        (["b \\000.b"], True),  # made for the question (RFC 9824)
        (["a b.c"], True),
        (["@ @"], True),
        ([], False),
    ],
)
def test_nsec(spans: list[str], proved: bool) -> None:
    assert proves(f"b.{ZONE}", signed_sets(nsec(*spans))) is proved


def test_nsec_orders_names_from_the_right() -> None:
    """RFC 4034 section 6.1: below a name comes before what is beside it."""
    assert proves(f"z.a.{ZONE}", signed_sets(nsec("a b")))
    assert not proves(f"a.z.{ZONE}", signed_sets(nsec("a b")))


def hashed(name: str) -> str:
    return dns.dnssec.nsec3_hash(name, "ab", 1, 1)


def after(text: str) -> str:
    """The next hash."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
    return text[:-1] + digits[digits.index(text[-1]) + 1]


def nsec3(owner: str, following: str) -> Rr:
    return Rr(f"{owner.lower()}.{ZONE}", 300, "NSEC3", f"1 0 1 ab {following} A RRSIG")


def test_nsec3_needs_the_closest_name_and_a_span_over_the_next_one() -> None:
    name = f"x.b.{ZONE}"
    apex = nsec3(hashed(ZONE), after(hashed(ZONE)))
    span, narrow = nsec3("0" * 32, "V" * 32), nsec3("0" * 32, after("0" * 32))
    assert proves(name, signed_sets([apex, span]))
    assert not proves(name, signed_sets([apex, narrow]))
    assert not proves(name, signed_sets([span]))
    assert not proves(name, [])
    assert proves(name, signed_sets([nsec3(hashed(name), "V" * 32)]))  # it is there, with little
    strange = [Rr(rr.name, 300, "NSEC3", f"2{rr.text[1:]}") for rr in (apex, span)]
    assert not proves(name, signed_sets(strange))  # by a hash that nobody knows
    assert hashing(signed_sets([apex])) == (1, 1)
    assert hashing([]) is None


@pytest.mark.parametrize(
    ("algorithm", "bits"), [("RSASHA256", 1024), ("RSASHA256", 2048), ("RSASHA1", 1024), ("ECDSAP256SHA256", 0)]
)
def test_keys(algorithm: str, bits: int) -> None:
    made = signing.key(algorithm, ksk=True, bits=bits or 2048)
    (found,) = keys([Rr(ZONE, 300, "DNSKEY", made.dnskey.to_text())])
    assert (found.bits, found.tag, found.algorithm) == (bits, made.tag, made.algorithm)
    assert found.entry
    assert found.signs


@pytest.mark.parametrize(("flags", "signs"), [(256, True), (257, True), (257 | 128, False), (0, False)])
def test_which_keys_sign(flags: int, signs: bool) -> None:
    (found,) = keys([Rr(ZONE, 300, "DNSKEY", signing.key(flags=flags).dnskey.to_text())])
    assert found.signs is signs


@pytest.mark.parametrize(
    ("seconds", "shown"), [(5, "1m"), (3661, "1h1m"), (86400 * 3 + 3700, "3d1h"), (-7200, "2h"), (86400 * 14, "2w")]
)
def test_lengths_of_time(seconds: int, shown: str) -> None:
    assert length(timedelta(seconds=seconds)) == shown
