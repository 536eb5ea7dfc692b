"""DNSSEC: zones signed rightly, wrongly and nearly rightly, on a real server; their parent on another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from preflight.finding import Finding
from preflight.testing import assert_refused
from preflight_dns.tests.zone.looking import DNS, Looked, assert_complete, look
from preflight_dns.tests.zone.served import whole
from tests.lab import knot, nsd, signing
from tests.lab.nameserver import NameServer
from tests.lab.ports import dead
from tests.lab.signing import TTL, Key, Zone, days, every
from tests.reasons import table

RECORDS = '@ A 192.0.2.1\n@ MX 10 www\nwww A 192.0.2.2\na.b.c A 192.0.2.3\n*.wild A 192.0.2.4\n@ TXT "text"'
KSK, ZSK = signing.key(ksk=True), signing.key()
OTHER_KSK, OTHER_ZSK = signing.key(ksk=True), signing.key()
ED_KSK, ED_ZSK = signing.key("ED25519", ksk=True), signing.key("ED25519")
RSA = signing.key("RSASHA256", ksk=True, bits=1024)
OLD = signing.key("RSASHA1", ksk=True)
EC384 = signing.key("ECDSAP384SHA384", ksk=True)
REVOKED = signing.key(flags=257 | 128)
BOTH = (KSK, ZSK, ED_KSK, ED_ZSK)

Text = Callable[[Zone], str]
Asking = Callable[[str], str]


def plain(zone: Zone) -> str:
    return zone.text()


@dataclass(frozen=True)
class Case:
    """A zone and its DS at the parent, and what is seen; `notes` are parts of what is noted."""

    id: str
    seen: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    keys: tuple[Key, ...] = (KSK, ZSK)
    text: Text = plain
    ds: Callable[[str], list[str]] = lambda zone: [KSK.ds(zone)]
    fields: str = ""
    closes: float | None = None
    records: Asking = lambda _zone: RECORDS
    names: tuple[str, ...] = ("www", "x.wild")

    @property
    def zone(self) -> str:
        return f"{self.id}.test"

    @property
    def served(self) -> str:
        return self.text(Zone(self.zone, whole(self.zone, self.records(self.zone)), self.keys))


def of(*keys: Key, digest: str = "SHA256") -> Callable[[str], list[str]]:
    return lambda zone: [key.ds(zone, digest) for key in keys]


def no_ds(_zone: str) -> list[str]:
    return []


def unsigned(zone: Zone) -> str:
    return zone.unsigned


def lasting(count: float) -> Text:
    return lambda zone: zone.text(ends=days(count))


def edited(edit: Callable[[str], str], **how: object) -> Text:
    return lambda zone: edit(zone.text(**how))  # type: ignore[arg-type]


def dnskey_alone(key: Key, rdtype: str) -> bool:
    """The key-signing key signs nothing else, not even CDS."""
    return bool(key.dnskey.flags & 1) == (rdtype == "DNSKEY")


def asking(*keys: Key, digest: str = "SHA256") -> Asking:
    return lambda zone: "\n".join([RECORDS, *(f"@ CDS {key.ds(zone, digest)}" for key in keys)])


def asking_by_key(*keys: Key, and_also: Asking = lambda _zone: RECORDS) -> Asking:
    return lambda zone: "\n".join([and_also(zone), *(f"@ CDNSKEY {key.dnskey.to_text()}" for key in keys)])


def with_more(text: str) -> Asking:
    return lambda _zone: f"{RECORDS}\n{text}"


REMOVAL = "@ CDS 0 0 0 00\n@ CDNSKEY 0 3 0 AA=="


def without(part: str) -> Callable[[str], str]:
    """Take out the lines that have it in them."""
    return lambda text: "".join(f"{line}\n" for line in text.splitlines() if part not in line)


def only_ecdsa(key: Key, rdtype: str) -> bool:
    return signing.usual(key, rdtype) and (rdtype == "DNSKEY" or key.algorithm == 13)


def zsk_only(key: Key, _rdtype: str) -> bool:
    return key is ZSK


def mixed(text: str) -> str:
    """One record of a zone signed with keys that it does not have."""
    strange = Zone("unknown-key.test", whole("unknown-key.test", RECORDS), (OTHER_KSK, OTHER_ZSK)).text()
    return without(" RRSIG MX ")(text) + "".join(f"{line}\n" for line in strange.splitlines() if " RRSIG MX " in line)


WWW_BY_17 = f"www.unknown-algorithm.test. {TTL} IN RRSIG A 17 "
BOGUS_DS = "bogus: DS "
CASES = [
    Case("good", notes=["signatures are valid until"]),
    Case("good-nsec3", text=lambda zone: zone.text(nsec3=(0, ""))),
    Case("good-ed25519", keys=(ED_KSK, ED_ZSK), ds=of(ED_KSK)),
    Case("good-384", keys=(EC384,), ds=of(EC384, digest="SHA384"), text=lambda zone: zone.text(signs=every)),
    Case("good-both", keys=BOTH, ds=of(KSK, ED_KSK)),
    # One algorithm among the DS is enough, if all keys sign everything.
    Case("both-one-ds", keys=BOTH),
    # Times
    Case("expired", ["bogus: expired.test SOA, ", "bogus: NSEC: its signature expired"], text=lasting(-0.1)),
    Case(
        "future",
        ["is not valid before 20", "NSEC: its signature is not"],
        text=lambda zone: zone.text(begins=days(0.5)),
    ),
    Case("soon", ["the first expires at 20"], text=lasting(2)),
    Case("soon-enough", text=lasting(2), fields="dnssec: {margin: 1d}"),
    Case("closes", ["the first expires at 20"], text=lasting(12), closes=10),
    Case("closes-before", text=lasting(14), closes=10),
    Case("closed", text=lasting(4), closes=-1),
    Case("closed-soon", ["the first expires at 20"], text=lasting(2.5), closes=-1),
    Case(
        "expires-one",
        ["bogus: www.expires-one.test A: its signature expired"],
        text=lambda zone: late_www(zone),
    ),
    Case("ksk-late", ["bogus: the DNSKEY are not signed by"], text=lambda zone: late_ksk(zone)),
    Case("expire", notes=["SOA expire is 2w: a secondary that loses"], text=lasting(10)),
    Case("expire-must", ["and SOA expire is 2w"], text=lasting(10), fields="dnssec: {outlasts_expire: true}"),
    Case("expire-fits", text=lasting(15), fields="dnssec: {outlasts_expire: true}"),
    # DS
    Case("wrong-ds", [BOGUS_DS], ds=of(OTHER_KSK)),
    Case("wrong-digest", [BOGUS_DS], ds=lambda _: [KSK.ds("elsewhere.test")]),
    Case("two-ds", notes=["is that of no key: left over from a rollover"], ds=of(KSK, OTHER_KSK)),
    Case("old-ds", ["SHA-1 only"], ds=of(KSK, digest="SHA1")),
    Case("old-ds-too", ds=lambda zone: [KSK.ds(zone, "SHA1"), KSK.ds(zone)]),
    Case("strange-ds", [" only"], ds=lambda _: [f"{KSK.tag} 12 2 {'00' * 32}"]),
    Case("strange-ds-too", notes=["and ignore it"], ds=lambda zone: [f"{KSK.tag} 12 2 {'00' * 32}", KSK.ds(zone)]),
    Case("ds-other-algorithm", ["no key of ED25519 (15) has one"], ds=of(KSK, ED_KSK)),
    Case("island", ["an island: "], ds=no_ds),
    Case("unsigned-ds", ["bogus: DS "], text=unsigned),
    Case("unsigned", ["neither DNSKEY nor DS"], text=unsigned, ds=no_ds),
    Case("unsigned-strange", ["that validators know"], text=unsigned, ds=lambda _: [f"1 12 2 {'00' * 32}"]),
    Case("meant-unsigned", text=unsigned, ds=no_ds, fields="dnssec: false"),
    Case("meant-unsigned-ds", ["DS "], text=unsigned, fields="dnssec: false"),
    Case("meant-unsigned-yet", notes=["still signed, and no DS"], ds=no_ds, fields="dnssec: false"),
    # Keys
    Case("keys-unsigned", ["bogus: the DNSKEY are not signed by"], text=lambda zone: zone.text(signs=zsk_only)),
    # The old key-signing key was given up before the parent had the DS of the new one.
    Case(
        "new-ksk",
        [f", and the key that signs them, {OTHER_KSK.tag} ECDSAP256SHA256 (13), has no DS"],
        keys=(KSK, ZSK, OTHER_KSK),
        text=lambda zone: zone.text(signs=but(KSK)),
    ),
    # NSD takes it for unsigned, and gives no signature at all.
    Case(
        "keys-bare",
        ["keys-bare.test DNSKEY, keys-bare.test A", "neither NSEC nor NSEC3"],
        text=edited(without(" RRSIG DNSKEY ")),
    ),
    Case(
        "one-algorithm",
        ["no signature of ED25519 (15) over one-algorithm.test SOA"],
        keys=BOTH,
        ds=of(KSK, ED_KSK),
        text=lambda zone: zone.text(signs=only_ecdsa),
    ),
    Case("old-key", ["keys of RSASHA1 (5)"], keys=(OLD,), ds=of(OLD), text=lambda zone: zone.text(signs=every)),
    Case(
        "short-key",
        notes=["has 1024 bits, and 2048 are"],
        keys=(RSA,),
        ds=of(RSA),
        text=lambda zone: zone.text(signs=every),
    ),
    Case(
        "spare-key",
        notes=["has no DS and signs nothing"],
        keys=(KSK, ZSK, OTHER_KSK),
        text=lambda zone: zone.text(signs=but(OTHER_KSK)),
    ),
    Case("revoked", notes=["is revoked, or no zone key"], keys=(KSK, ZSK, REVOKED)),
    Case(
        "revoked-ds",
        ["is revoked, or no zone key"],
        keys=(REVOKED, ZSK),
        ds=of(REVOKED),
        text=lambda zone: zone.text(signs=every),
    ),
    # What the parent is asked for
    Case("cds", notes=["CDS asks the parent for DS ", "a key rollover is under way"], records=asking(KSK, OTHER_KSK)),
    Case("cds-same", records=asking(KSK)),
    Case("cds-digest", notes=["CDS asks the parent for DS "], records=asking(KSK, digest="SHA384")),
    Case("cds-breaks", ["; none of them is that of a key there: "], records=asking(OTHER_KSK)),
    Case(
        "cds-spare",
        [f"the DNSKEY are not signed by {OTHER_KSK.tag}"],
        keys=(KSK, ZSK, OTHER_KSK),
        text=lambda zone: zone.text(signs=but(OTHER_KSK)),
        records=asking(OTHER_KSK),
    ),
    Case("cds-next", notes=["CDS asks the parent for DS "], keys=(KSK, ZSK, OTHER_KSK), records=asking(OTHER_KSK)),
    Case(
        "cds-bare",
        ["; CDS: it has no signature"],
        text=edited(without(" RRSIG CDS ")),
        records=asking(KSK, OTHER_KSK),
    ),
    # A new provider with keys of its own, before the delegation changes: what is wrong is the DS.
    Case(
        "cds-other-provider",
        ["bogus: DS "],
        ["it may change them as soon as it delegates to these servers"],
        ds=of(OTHER_KSK),
        records=asking(KSK),
    ),
    Case(
        "cds-by-zsk",
        ["; the CDS is not signed by a key that has a DS"],
        text=lambda zone: zone.text(signs=dnskey_alone),
        records=asking(KSK, OTHER_KSK),
    ),
    Case("cds-by-zsk-same", text=lambda zone: zone.text(signs=dnskey_alone), records=asking(KSK)),
    Case(
        "cds-island",
        ["an island: "],
        ["the zone has none yet"],
        ds=no_ds,
        text=lambda zone: zone.text(signs=dnskey_alone),
        records=asking(KSK),
    ),
    Case("cds-none", notes=["CDS asks the parent to remove"], records=with_more(REMOVAL)),
    Case("cds-none-and", ["CDS 0 algorithm 0 digest type 0, "], records=lambda zone: f"{asking(KSK)(zone)}\n{REMOVAL}"),
    Case("cdnskey", notes=["CDNSKEY asks the parent for DS of the keys "], records=asking_by_key(KSK, OTHER_KSK)),
    Case("cdnskey-same", records=asking_by_key(KSK)),
    Case("cdnskey-and-cds", records=asking_by_key(KSK, and_also=asking(KSK))),
    Case("cdnskey-breaks", ["; none of them is that of a key there: "], records=asking_by_key(OTHER_KSK)),
    Case(
        "cdnskey-other",
        [f"; CDNSKEY {OTHER_KSK.tag} "],
        records=asking_by_key(OTHER_KSK, and_also=asking(KSK)),
    ),
    # Records
    Case("changed", ["A: the signature of key"], text=edited(lambda text: text.replace("192.0.2.2", "192.0.2.22"))),
    Case("bare-mx", ["bogus: bare-mx.test MX: it has no signature"], text=edited(without(" RRSIG MX "))),
    Case("unknown-key", [f"by the key {OTHER_ZSK.tag} ECDSAP256SHA256 (13), which is not"], text=edited(mixed)),
    Case(
        "unknown-algorithm",
        [
            "no signature of ECDSAP256SHA256 (13) over www.unknown-algorithm.test A",
            "not checked: unknown-algorithm.test: signatures of algorithm 17 cannot be verified here",
        ],
        text=edited(lambda text: text.replace(f"www.unknown-algorithm.test. {TTL} IN RRSIG A 13 ", WWW_BY_17)),
    ),
    Case(
        "other-signer",
        ["bogus: other-signer.test MX: it is signed by test, another zone"],
        text=edited(lambda text: signer_above(text)),
    ),
    # Denial
    Case(
        "no-nsec",
        ["with neither NSEC nor NSEC3"],
        text=edited(without(" NSEC ")),
    ),
    Case(
        "nsec3-five",
        notes=["NSEC3 with 5 iterations", "a salt of 2 octets"],
        text=lambda zone: zone.text(nsec3=(5, "abcd")),
    ),
    Case("nsec3-many", ["51 iterations"], text=lambda zone: zone.text(nsec3=(51, ""))),
    Case("nsec3-most", notes=["NSEC3 with 50 iterations"], text=lambda zone: zone.text(nsec3=(50, ""))),
    Case("wildcard", records=with_more("* A 192.0.2.9")),
    Case("wildcard-nsec3", records=with_more("* TXT any"), text=lambda zone: zone.text(nsec3=(0, ""))),
    Case("delegates", records=with_more("sub NS ns.sub\nns.sub A 127.0.0.9"), names=("www", "www.sub")),
]


def but(spare: Key) -> signing.Signs:
    return lambda key, rdtype: key is not spare and signing.usual(key, rdtype)


def late_ksk(zone: Zone) -> str:
    """The keys are signed by the key that has a DS until yesterday, and by another one until today."""
    fresh = zone.text(signs=zsk_only)
    late = zone.text(ends=days(-0.1)).splitlines()
    return fresh + "".join(f"{line}\n" for line in late if " RRSIG DNSKEY " in line)


def signer_above(text: str) -> str:
    """One signature says that it is the parent's."""
    return "".join(
        f"{line.replace(' other-signer.test. ', ' test. ') if ' RRSIG MX ' in line else line}\n"
        for line in text.splitlines()
    )


def late_www(zone: Zone) -> str:
    """The signature of one record has expired, those of all others have not."""
    old = [line for line in zone.text(ends=days(-0.2)).splitlines() if line.startswith("www.") and " RRSIG A " in line]
    fresh = [line for line in zone.text().splitlines() if not (line.startswith("www.") and " RRSIG A " in line)]
    return "\n".join([*fresh, *old, ""])


@dataclass(frozen=True)
class Signed:
    """The zones' server and their parent's."""

    server: NameServer
    parent: NameServer

    def look(
        self,
        zone: str,
        fields: str = "",
        servers: str = "",
        parents: str = "",
        closes: float | None = None,
        names: tuple[str, ...] = ("www", "x.wild"),
    ) -> Looked:
        """`closes`: the days until the cutover is over; `names` stand in the inventory."""
        servers, parents = servers or f"'{self.server}'", parents or f"'{self.parent}'"
        entry = f"{{name: {zone}, servers: [{servers}], checks: [dnssec]{', ' if fields else ''}{fields}}}"
        records = ", ".join(f"{{name: {name}.{zone}, type: A, ttl: 300}}" for name in names)
        section = f"zones: [{{name: test, servers: [{parents}]}}, {entry}], records: [{records}]"
        cutover = "{}" if closes is None else f"{{closes: '{days(closes).isoformat()}'}}"
        looked = look(section, cutover)["dnssec"]
        assert_complete(looked.reasons)
        return looked


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signed]:
    folder = tmp_path_factory.mktemp("signed")
    above = "".join(f"{case.id} NS ns.{case.id}\n" for case in CASES)
    above += "".join(f"{case.id} DS {ds}\n" for case in CASES for ds in case.ds(case.zone))
    with (
        nsd.running({case.zone: case.served for case in CASES}, folder) as server,
        nsd.running({"test": whole("test", above)}, folder) as parent,
    ):
        yield Signed(server, parent)


@table(CASES)
def test_a_zone(case: Case, signed: Signed) -> None:
    looked = signed.look(case.zone, case.fields, closes=case.closes, names=case.names)
    assert len(looked.texts) == len(case.seen), looked.texts
    assert all(part in text for part, text in zip(case.seen, looked.texts, strict=True)), looked.texts
    assert all(any(part in note for note in looked.sketch) for part in case.notes), looked.sketch


def test_every_server_is_looked_at(signed: Signed, tmp_path_factory: pytest.TempPathFactory) -> None:
    """One of them holds signatures that have expired: a secondary that no longer follows, say."""
    late = {"good.test": lasting(-0.1)(Zone("good.test", whole("good.test", RECORDS), (KSK, ZSK)))}
    with nsd.running(late, tmp_path_factory.mktemp("late")) as server:
        looked = signed.look("good.test", servers=f"'{signed.server}', '{server}'")
    assert [text.startswith(f"{server}: bogus: ") for text in looked.texts] == [True, True]


def test_servers_with_other_keys(signed: Signed, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A new provider that signs with a key of its own, which has no DS yet: what moving a signed zone mostly breaks."""
    theirs = {"good.test": plain(Zone("good.test", whole("good.test", RECORDS), (OTHER_KSK, OTHER_ZSK)))}
    with nsd.running(theirs, tmp_path_factory.mktemp("theirs")) as server:
        looked = signed.look("good.test", servers=f"'{signed.server}', '{server}'")
        alone = signed.look("good.test", servers=f"'{server}'")
    bogus, differ = looked.texts
    assert bogus.startswith(
        f"{server}: bogus: DS {KSK.tag} ECDSAP256SHA256 (13) SHA-256, and none is that of a key there"
    )
    assert differ.count(" ECDSAP256SHA256 (13)") == 4
    (reason,) = alone.reasons
    assert isinstance(reason, Finding)
    assert reason.observed.startswith("bogus: DS ")
    # The zone itself may be as sound as ever, with those that it is delegated to.
    assert reason.consequence.startswith("every validating resolver that is led to these servers answers SERVFAIL: ")


def test_servers_that_ask_the_parent_for_different_things(
    signed: Signed, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One of two providers asks for its own keys alone: the parent may happen to ask that one."""
    records = asking(KSK)("good.test")
    theirs = {"good.test": plain(Zone("good.test", whole("good.test", records), (KSK, ZSK)))}
    with nsd.running(theirs, tmp_path_factory.mktemp("theirs")) as server:
        (text,) = signed.look("good.test", servers=f"'{signed.server}', '{server}'").texts
    assert text == f"{signed.server}: none\n{server}: DS {KSK.tag} ECDSAP256SHA256 (13) SHA-256"


def test_a_parent_that_does_not_answer_is_not_checked_and_the_zone_is(signed: Signed) -> None:
    with dead() as nobody:
        for zone, more in (("good.test", []), ("changed.test", ["bogus: www.changed.test A: the signature of key"])):
            *flaws, gap = signed.look(zone, parents=f"'{nobody}'").texts
            assert gap.startswith(f"not checked: the DS of {zone} are not known of every parent server: {nobody}: conn")
            assert [flaw[: len(part)] for flaw, part in zip(flaws, more, strict=True)] == more


def test_parent_servers_that_differ(signed: Signed, tmp_path_factory: pytest.TempPathFactory) -> None:
    older = {"test": whole("test", "good NS ns.good")}
    with nsd.running(older, tmp_path_factory.mktemp("older")) as server:
        looked = signed.look("good.test", parents=f"'{signed.parent}', '{server}'")
    (text,) = looked.texts
    assert text == f"{signed.parent}: {KSK.tag} ECDSAP256SHA256 (13) SHA-256; {server}: no DS"


def test_a_lame_parent_says_nothing(signed: Signed) -> None:
    (text,) = signed.look("good.test", parents=f"'{signed.server}'").texts
    assert text.startswith("not checked: the DS of good.test are not known of every parent server")


@pytest.mark.parametrize("nsec3", [False, True])
def test_what_a_signer_makes_is_right(nsec3: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Knot signs by itself, the delegations of the zone with the rest."""
    folder = tmp_path_factory.mktemp("knot")
    text = whole("good.test", f"{RECORDS}\nsub NS ns.sub\nns.sub A 127.0.0.9\n* TXT any")
    with knot.signing({"good.test": text}, folder, nsec3=nsec3) as signer:
        above = "good NS ns.good\n" + "".join(f"good DS {ds}\n" for ds in signer.ds["good.test"])
        with nsd.running({"test": whole("test", above)}, folder) as parent:
            looked = Signed(signer.server, parent).look("good.test")
            unlike = Signed(signer.server, parent).look("good.test", "dnssec: {margin: 31d}")
    assert looked.texts == []
    assert ["the first expires at" in text for text in unlike.texts] == [True]
    assert ("NSEC3" in " ".join(looked.sketch)) is nsec3


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("dnssec: {margin: »soon}", "should be"),
        ("dnssec: {»marign: 3d}", "did you mean"),
        ("dnssec: »never", "should be"),
    ],
)
def test_what_cannot_be_written(fields: str, message: str) -> None:
    assert_refused(DNS, f"dns: {{zones: [{{name: example.com, checks: [dnssec], {fields}}}]}}", message)
