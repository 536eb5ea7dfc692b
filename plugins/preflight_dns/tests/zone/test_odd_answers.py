"""Whatever servers answer, an aspect comes to a judgement: none of these raises, and none goes round for ever."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest

from preflight_dns.tests.zone.answered import AT, ZONE
from preflight_dns.wire import Rr
from preflight_dns.zone.asked import Asked, Reply
from preflight_dns.zone.aspects import caa, dangling, dnssec, mail, wildcard
from preflight_dns.zone.dnssec.records import keys, signed_sets
from preflight_dns.zone.dnssec.signatures import verdict
from preflight_dns.zone.facts import Answered, Facts, Question
from preflight_dns.zone.flaws import Examine, judged, missing, notes
from preflight_dns.zone.spec import ZoneSpec

SPEC = ZoneSpec.model_validate(
    {
        "name": "example.test",
        "checks": ["mail", "caa", "dangling", "wildcard", "dnssec"],
        "mail": {"dkim": ["s1"]},
        "caa": {"issuer": "ca.example", "names": ["www.example.test", "*.example.test"]},
    }
)
EXAMINED: dict[str, Examine] = {
    "mail": partial(mail.examine, SPEC),
    "caa": partial(caa.examine, SPEC),
    "dangling": partial(dangling.examine, ("x.test.", "other.test.")),
    "wildcard": partial(wildcard.examine, SPEC),
    "dnssec": partial(dnssec.examine, SPEC, AT),
}
NAMES = [ZONE, f"www.{ZONE}", f"a.b.{ZONE}", "other.test.", "x.azurewebsites.net.", ".", "\\000.\\046x.test."]
TEXTS = [
    '""',
    '"v=spf1"',
    '"v=spf1 include:www.example.test a mx ptr exists:%{i}.x.test redirect=other.test"',
    '"v=spf1 include:example.test"',
    '"v=DMARC1; p=none; rua=mailto:a@x.test!1"',
    '"v=DMARC1"',
    '"v=DKIM1; p="',
    '"\\255\\000;="',
    '"v=STSv1; id="',
    '"v=TLSRPTv1"',
    '"p=AAAA"',
    " ".join(['"' + "x" * 255 + '"'] * 250),
]
GARBAGE = base64.b64encode(bytes(range(70))).decode()


def rdata(rdtype: str, dice: random.Random) -> str:
    """Some rdata of a type, well-formed and senseless."""
    name, number = dice.choice(NAMES), dice.choice([0, 1, 5, 8, 13, 15, 255])
    match rdtype:
        case "A":
            return "192.0.2.1"
        case "AAAA":
            return "2001:db8::1"
        case "CNAME" | "NS":
            return name
        case "MX":
            return f"{number} {name}"
        case "SRV":
            return f"0 0 {number} {name}"
        case "HTTPS" | "SVCB":
            return f"{number} {name}"
        case "TXT":
            return dice.choice(TEXTS)
        case "CAA":
            tag, value = dice.choice(["issue", "issuewild", "x"]), dice.choice([";", "ca.example", ""])
            return f'{dice.choice([0, 128])} {tag} "{value}"'
        case "DS" | "CDS":
            return f"{number} {number} 2 {'00' * 32}"
        case "DNSKEY" | "CDNSKEY":
            return f"{dice.choice([256, 257, 0])} 3 {number} {GARBAGE}"
        case "NSEC":
            return f"{name} A TYPE65400"
        case "NSEC3":
            return f"{dice.choice([1, 2])} 0 {dice.choice([0, 40, 65535])} - {'0' * 32} A"
        case "SOA":
            return f"{name} {name} 1 1 1 {number} 1"
    return f"A {number} 2 300 20991231235959 20200101000000 {number} {name} {GARBAGE}"


TYPES = [
    "A",
    "AAAA",
    "CNAME",
    "NS",
    "MX",
    "SRV",
    "HTTPS",
    "TXT",
    "CAA",
    "DS",
    "CDS",
    "DNSKEY",
    "CDNSKEY",
    "NSEC",
    "NSEC3",
    "SOA",
    "RRSIG",
]


def rrs(dice: random.Random, question: Question) -> Iterable[Rr]:
    for _ in range(dice.randrange(4)):
        rdtype = question.type if dice.random() < 0.6 else dice.choice(TYPES)
        owner = question.name if dice.random() < 0.7 else dice.choice(NAMES)
        made = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(rdtype), rdata(rdtype, dice))
        yield Rr(owner.lower(), 300, rdtype, made.to_text())


def reply(dice: random.Random, question: Question) -> Reply:
    rcode = dice.choice(["NOERROR"] * 6 + ["NXDOMAIN", "SERVFAIL"])
    if dice.random() < 0.05:
        return Reply("ns1", unanswered="no answer", dead=True)
    answer, authority = tuple(rrs(dice, question)), tuple(rrs(dice, question))
    return Reply("ns1", rcode, dice.random() < 0.9, answer=answer, authority=authority)


@pytest.mark.parametrize("aspect", EXAMINED)
@pytest.mark.parametrize("seed", range(30))
def test_any_answers(aspect: str, seed: int) -> None:
    dice = random.Random(f"{aspect} {seed}")
    soa = Asked(ZONE, "SOA", (Reply("ns1", "NOERROR", True),))
    seen: Any = Facts(ZONE, soa, AT, "n0nce", records=((f"www.{ZONE}", "A"), (f"_x.{ZONE}", "SRV")))
    table: list[Answered] = []
    for _ in range(30):
        wanted = missing(seen, EXAMINED[aspect])
        if not wanted:
            break
        table += [Answered(each, Asked(each.name, each.type, (reply(dice, each),))) for each in wanted]
        seen = Facts(ZONE, soa, AT, "n0nce", True, seen.records, (), tuple(table))
    assert not missing(seen, EXAMINED[aspect])
    for reason in judged(seen, EXAMINED[aspect]):
        assert reason.next_step
    assert all(notes(seen, EXAMINED[aspect]))


@pytest.mark.parametrize("algorithm", [1, 3, 5, 7, 8, 10, 12, 13, 14, 15, 16, 17, 252, 253, 254])
@pytest.mark.parametrize("octets", [0, 1, 3, 32, 57, 64, 96, 130])
def test_keys_and_signatures_of_garbage(algorithm: int, octets: int) -> None:
    """With a key of that number in the DNSKEY, so that it is really tried."""
    material = base64.b64encode(bytes(range(octets))).decode() or "AA=="
    key = Rr(ZONE, 300, "DNSKEY", f"256 3 {algorithm} {material}")
    (found,) = keys([key])
    assert found.bits >= 0
    signature = f"A {algorithm} 2 300 20991231235959 20200101000000 {found.tag} {ZONE} {GARBAGE}"
    (signed,) = signed_sets([Rr(ZONE, 300, "A", "192.0.2.1"), Rr(ZONE, 300, "RRSIG", signature)])
    judgement = verdict(signed, (found,), ZONE, AT)
    assert judgement.problem or judgement.unverified
    assert judgement.until(AT + timedelta(days=1)) is None
