"""What may I write about a zone's mail, CAA, wildcards and DNSSEC?"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema

from preflight.model import Duration, OneOrSeveral, Strictly
from preflight_dns.fields import DomainName
from preflight_dns.names import canonical

_SELECTOR = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}")
_THREE_DAYS = 3 * 86400.0


def _selector(text: str) -> str:
    if not _SELECTOR.fullmatch(text):
        raise ValueError(f'"{text}" is no selector: write what stands before ._domainkey, such as s2026')
    if "_domainkey" in text.lower().split("."):
        raise ValueError(f'"{text}": write the selector alone, {text.lower().partition("._domainkey")[0]}')
    return text.lower()


def _issuer(text: str) -> str:
    if "://" in text or ";" in text:
        raise ValueError(
            f'"{text}" should be the domain by which the authority is named in CAA, such as letsencrypt.org'
        )
    return canonical(text)


def _wildcard(text: str) -> str:
    if not text.startswith("*."):
        raise ValueError(f'"{text}" is no wildcard: write it as it stands in the zone, *.apps.example.com')
    return canonical(text)


Selector = Annotated[str, AfterValidator(_selector), WithJsonSchema({"type": "string", "examples": ["s2026"]})]
Issuer = Annotated[str, AfterValidator(_issuer), WithJsonSchema({"type": "string", "examples": ["letsencrypt.org"]})]
Wildcard = Annotated[
    str, AfterValidator(_wildcard), WithJsonSchema({"type": "string", "examples": ["*.apps.example.com"]})
]


class MailSettings(Strictly):
    """For the check `mail`."""

    dkim: OneOrSeveral[Selector] = Field((), description="the selectors that the mail servers sign with")


class CaaSettings(Strictly):
    """For the check `caa`."""

    issuer: OneOrSeveral[Issuer] = Field((), description="who must be allowed to issue: letsencrypt.org")
    names: OneOrSeveral[DomainName] = Field(
        (), description="for which names, *. too; for that of the zone, if left out"
    )


class WildcardSettings(Strictly):
    """For the check `wildcard`."""

    allow: OneOrSeveral[Wildcard] = Field((), description="wildcards that are meant to answer for names that are named")


class DnssecSettings(Strictly):
    """For the check `dnssec`."""

    margin: Duration = Field(_THREE_DAYS, description="how long after the cutover signatures must still be valid: 3d")
    outlasts_expire: bool = Field(
        False,
        description="signatures must be valid for longer than a secondary answers without its primary (SOA expire)",
    )


# A tag says which form is meant, so that what is wrong is said of that form alone.
Dnssec = Annotated[
    Annotated[bool, Tag("word")] | Annotated[DnssecSettings, Tag("settings")],
    Discriminator(lambda value: "settings" if isinstance(value, dict | DnssecSettings) else "word"),
]
