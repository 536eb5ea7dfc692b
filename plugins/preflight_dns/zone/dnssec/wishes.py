"""What the zone asks its parent to make of the DS: CDS and CDNSKEY (RFC 7344, RFC 8078). Pure.

A parent that goes by them changes the DS by itself, on the night as well: what they ask for has to hold then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from preflight_dns.names import bare
from preflight_dns.zone.dnssec.link import bogus, known, named, signs_keys
from preflight_dns.zone.dnssec.records import Delegation, Key, Signed, delegations, keys, signed_sets
from preflight_dns.zone.dnssec.signatures import verdict
from preflight_dns.zone.facts import Standpoint, why_unanswered
from preflight_dns.zone.flaws import Flaw, Note, Said, listed, unseen

TYPES = ("CDS", "CDNSKEY")
_IGNORED = (
    "the parent must ignore it (RFC 7344 section 4.1), and the DS stays: when the old key goes, the zone is bogus"
)


@dataclass(frozen=True, slots=True)
class Wish:
    """CDS and CDNSKEY of one server; `sets` are those that there are, with their signatures."""

    ds: tuple[Delegation, ...]
    keys: tuple[Key, ...]
    sets: tuple[Signed, ...]

    @property
    def removal(self) -> bool:
        """The DS is to go, and the zone to be unsigned (RFC 8078 section 4)."""
        return 0 in self._algorithms(self.ds) | self._algorithms(self.keys)

    @property
    def contradicts_itself(self) -> bool:
        """CDS and CDNSKEY must say the same (RFC 7344 section 4), and a removal stands alone."""
        return self.removal and any(self._algorithms(some) != {0} for some in (self.ds, self.keys) if some)

    def differs_from(self, ds: tuple[Delegation, ...], zone: str) -> bool:
        """Whether it asks for other DS than there are."""
        if self.ds:
            return {each.rdata.to_text() for each in self.ds} != {each.rdata.to_text() for each in ds}
        return not _agree(ds, self.keys, zone)

    def __str__(self) -> str:
        if self.removal:
            return "no DS"
        return f"DS {listed(map(str, self.ds))}" if self.ds else f"DS of the keys {listed(map(str, self.keys))}"

    @staticmethod
    def _algorithms(some: Sequence[Delegation | Key]) -> set[int]:
        return {each.algorithm for each in some}


def wish(here: Standpoint) -> Wish | None:
    """None if there is none, or none is known."""
    said = {rdtype: here.look(here.zone, rdtype, signed=True) for rdtype in TYPES}
    ds = delegations(said["CDS"].rrs(here.zone, "CDS"), "CDS")
    wanted = keys(said["CDNSKEY"].rrs(here.zone, "CDNSKEY"), "CDNSKEY")
    found = [
        each for reply in said.values() for each in signed_sets(reply.answer)
        if each.name == here.zone and each.type in TYPES
    ]  # fmt: skip
    return Wish(ds, wanted, tuple(found)) if ds or wanted else None


def wished(
    here: Standpoint, ds: tuple[Delegation, ...], there: tuple[Key, ...], at: datetime, own: Signed
) -> Iterator[Said]:
    """`ds` at the parent now, `there` the keys in the zone, `own` their RRset."""
    zone = bare(here.zone)
    for rdtype in TYPES:
        reply = here.look(here.zone, rdtype, signed=True)
        if why_unanswered(reply):
            yield unseen(reply, f"whether {zone} asks its parent for another DS ({rdtype}) is not known")
    found = wish(here)
    if found is None:
        return
    both = found.ds and found.keys and not found.removal
    if found.contradicts_itself or (both and not _agree(found.ds, found.keys, here.zone)):
        yield Flaw(
            f"CDS and CDNSKEY of {zone} that say the same (RFC 7344 section 4, RFC 8078 section 4)",
            f"CDS {listed(map(str, found.ds)) or 'none'}; CDNSKEY {listed(map(str, found.keys)) or 'none'}",
            "let the signer write both anew; take out those that were left by hand",
            "which DS the parent will have depends on which of them it reads, or it reads neither",
        )
        return
    if not found.differs_from(ds, here.zone):
        return
    unsigned = _badly_signed(here, found, ds, there, at)
    breaking = "" if found.removal else _breaking(here, found, there, at, own)
    if unsigned:
        yield Flaw(
            f"CDS and CDNSKEY of {zone} signed by a key that has a DS",
            f"asked of the parent: {found}; {unsigned}",
            "let the signer sign them with the key-signing key that has the DS; or take them out",
            _IGNORED,
        )
    if breaking:
        yield Flaw(
            f"CDS of {zone} that keep it valid when the parent follows them (RFC 7344 section 4.1)",
            f"asked of the parent: {found}; {breaking}",
            "take them out now, or let them name a key that signs the DNSKEY; a parent that follows them does so by "
            "itself, at any time",
            f"when the parent follows them, {bogus(here)}",
        )
    if not unsigned and not breaking:
        # A parent asks those servers that it delegates to.
        when = "at any time" if here.facts.live else "as soon as it delegates to these servers"
        yield Note(f"{zone}: {found.sets[0].type} asks the parent {_note(found, when, bool(ds))}")


def _note(found: Wish, when: str, signed: bool) -> str:
    if found.removal:
        return f"to remove the DS: it may do so {when}, and then the zone is unsigned"
    why = "a key rollover is under way" if signed else "the zone has none yet"
    return f"for {found}: it may change them {when}: {why}"


def _agree(ds: Sequence[Delegation], wanted: Sequence[Key], zone: str) -> bool:
    """Each DS is that of one of the keys, and each key has one. Of a digest that nobody knows, nobody can tell."""
    every = all(any(each.names(key, zone) for key in wanted) for each in ds if known(each))
    return every and len(named(ds, wanted, zone)) == len(wanted)


def _badly_signed(
    here: Standpoint, found: Wish, ds: tuple[Delegation, ...], there: tuple[Key, ...], at: datetime
) -> str:
    """Why a parent may not go by it; where there is no DS yet, any key of the zone will do."""
    trusted = tuple(named(ds, there, here.zone)) if ds else there
    if not trusted:
        return ""  # the zone is bogus, which is said
    for each in found.sets:
        problem = verdict(each, trusted, here.zone, at).problem
        if problem and not verdict(each, there, here.zone, at).problem:
            return f"the {each.type} is not signed by a key that has a DS"
        if problem:
            return f"{each.type}: {problem}"
    return ""


def _breaking(here: Standpoint, found: Wish, there: tuple[Key, ...], at: datetime, own: Signed) -> str:
    """What would be bogus with the DS that it asks for."""
    wanted = named(found.ds, there, here.zone) if found.ds else _same(found.keys, there)
    numbers = {each.algorithm for each in (found.ds or found.keys)}
    if any(signs_keys(here, number, wanted, at, own) for number in numbers):
        return ""
    if not wanted:
        return f"none of them is that of a key there: {listed(map(str, there))}"
    return f"the DNSKEY are not signed by {listed(map(str, wanted))}"


def _same(wanted: tuple[Key, ...], there: tuple[Key, ...]) -> list[Key]:
    return [key for key in there if any((each.algorithm, each.tag) == (key.algorithm, key.tag) for each in wanted)]
