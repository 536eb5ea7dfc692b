"""What is sent to a host: one program, and the names it looks up there."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import dns.rdatatype

from preflight.remote import Rung
from preflight_dns import wire
from preflight_dns.names import absolute

FAMILIES = {"A": "v4", "AAAA": "v6", "CNAME": "all"}
_TOOLS = ("grep", "head", "sed")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A name that is looked up on a host for one type: by its own library, or at its name servers."""

    name: str  # without the final dot: it is asked for as programs ask
    type: str

    @property
    def family(self) -> str:
        return FAMILIES.get(self.type, "dns")


@cache
def _source() -> str:
    resolve, lookup = (Path(__file__).with_name(name).read_text("utf-8") for name in ("resolve.py", "lookup.sh"))
    return f"resolve={shlex.quote(resolve)}\n{lookup}"


def program(wanted: Iterable[Wanted]) -> tuple[Rung, list[bytes]]:
    """The program, and the question that goes on the wire for each name, in their order."""
    wanted = list(wanted)
    queries = [_query(each) for each in wanted]
    lines = (
        f"{number} {each.family} {each.type} {each.name} {query.hex()}\n"
        for number, (each, query) in enumerate(zip(wanted, queries, strict=True))
    )
    return Rung("sh", _source(), "".join(lines).encode(), _TOOLS), queries


def _query(wanted: Wanted) -> bytes:
    query = wire.query(absolute(wanted.name), dns.rdatatype.from_text(wanted.type), recursion=True)
    return secrets.token_bytes(2) + query[2:]
