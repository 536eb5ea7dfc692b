"""What is said of a name that does not exist, and how NSEC3 is set up (RFC 9276). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from preflight_dns.names import bare
from preflight_dns.zone.dnssec.algorithms import MOST_ITERATIONS
from preflight_dns.zone.dnssec.proof import hashing, proves
from preflight_dns.zone.dnssec.records import Key, signed_sets
from preflight_dns.zone.dnssec.signatures import verdict
from preflight_dns.zone.facts import Standpoint, why_unanswered
from preflight_dns.zone.flaws import Flaw, Note, Said, unseen


def denied(here: Standpoint, keys: tuple[Key, ...], at: datetime) -> Iterator[Said]:
    """That a name does not exist has to be proved."""
    zone = bare(here.zone)
    asked = f"{here.facts.nonce}.{here.zone}"
    reply = here.look(asked, "A", signed=True)
    if why_unanswered(reply):
        yield unseen(reply, f"how {zone} denies a name is not known")
        return
    sets = signed_sets(reply.authority)
    proofs = [each for each in sets if each.type in ("NSEC", "NSEC3")]
    accepted = [each for each in proofs if not verdict(each, keys, here.zone, at).problem]
    parameters = hashing(proofs)
    if not proofs:
        yield _unproved(zone, "an answer with neither NSEC nor NSEC3")
    elif not accepted:
        yield _unproved(zone, f"{proofs[0].type}: {verdict(proofs[0], keys, here.zone, at).problem}")
    # What validators do not even look at need not be looked at here.
    elif (parameters is not None and parameters[0] > MOST_ITERATIONS) or proves(asked, accepted):
        yield from _parameters(zone, parameters)
    else:
        types = ", ".join(dict.fromkeys(each.type for each in accepted))
        yield _unproved(zone, f"{types} that do not cover the name")


def _unproved(zone: str, seen: str) -> Flaw:
    return Flaw(
        f"a proof by {zone} that a name does not exist",
        f"bogus: {seen}, for a name that is not there",
        "sign the zone anew, whole, with its NSEC or NSEC3, and see whether the servers are able to serve them",
        "validating resolvers answer SERVFAIL where there is nothing: mail that looks for TLSA fails, and so does "
        "every look-up of AAAA where there is only A",
        f"{zone} is bogus",
    )


def _parameters(zone: str, parameters: tuple[int, int] | None) -> Iterator[Said]:
    iterations, salt = parameters or (0, 0)
    if iterations > MOST_ITERATIONS:
        yield Flaw(
            f"NSEC3 of {zone} without extra iterations (RFC 9276 section 3.1)",
            f"{iterations} iterations",
            "set them to 0, and the salt to none, in the signer's policy",
            f"some validators take the zone for unsigned from {MOST_ITERATIONS + 1} on, or answer SERVFAIL",
        )
    elif iterations:
        yield Note(f"{zone}: NSEC3 with {iterations} iterations: RFC 9276 wants 0, as validators may refuse more")
    if salt:
        yield Note(f"{zone}: NSEC3 with a salt of {salt} octets: RFC 9276 wants none")
