"""What may I write in one field of a zone's entry?"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from preflight.model import OneOrSeveral, Several, Strictly
from preflight.secret import Secret
from preflight_dns.fields import DomainName, PlainServer, RecordType, by_name, refuse_repeated, some
from preflight_dns.names import canonical
from preflight_dns.values import parse_type


def _base64(secret: Secret) -> Secret:
    try:
        octets = base64.b64decode(secret.reveal(), validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    if not octets:
        raise ValueError("should be the key's secret in base64, as name servers write it")
    return secret


class Tsig(Strictly):
    """The key that a server wants a zone transfer to be signed with (RFC 8945)."""

    name: DomainName = Field(description="of the key, the same on both sides")
    secret: Annotated[Secret, AfterValidator(_base64)] = Field(description="in base64; ${env:NAME} or ${file:PATH}")
    algorithm: Literal["hmac-sha256", "hmac-sha224", "hmac-sha384", "hmac-sha512", "hmac-sha1", "hmac-md5"] = (
        "hmac-sha256"
    )


class SameAs(Strictly):
    """Other servers that have the zone, such as those of the provider one leaves."""

    servers: Annotated[Several[PlainServer], BeforeValidator(by_name), AfterValidator(some)] = Field(
        description="a list, or a mapping of names to addresses"
    )
    left_out: Annotated[OneOrSeveral[RecordType], AfterValidator(refuse_repeated)] = Field(
        ("NS", "SOA"), alias="except", description="types not to compare; NS is that of the zone itself"
    )


class From(Strictly):
    """What the zone should be, written somewhere else."""

    zonefile: str = Field(min_length=1, description="a zone file (RFC 1035), from the folder of the inventory's file")


def _name_and_type(value: object) -> object:
    if isinstance(value, tuple):
        return value
    if not isinstance(value, str):
        raise ValueError("should be a name, or a name and a type: www.example.com, www.example.com/TXT")
    name, slash, rdtype = value.rpartition("/")
    # A slash may be part of a name, as in 0/25.2.0.192.in-addr.arpa.
    if not slash or "." in rdtype:
        return canonical(value), ""
    return canonical(name), parse_type(rdtype)


NameAndType = Annotated[
    tuple[str, str],
    BeforeValidator(_name_and_type),
    WithJsonSchema({"type": "string", "examples": ["www.example.com", "_sip._tcp.example.com/SRV"]}),
]
