"""A DKIM key as it stands in the DNS (RFC 6376 section 3.6.1, RFC 8301, RFC 8463). Pure."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from preflight_dns.zone.mail import tags

LEAST_BITS = 1024
"""Verifiers must not accept less (RFC 8301 section 3.2)."""
ADVISED_BITS = 2048


@dataclass(frozen=True, slots=True)
class Key:
    """What a verifier makes of a key record.

    Attributes:
        problem: why no signature verifies by it; empty if one can.
        notes: what is worth knowing besides.
    """

    problem: str = ""
    notes: tuple[str, ...] = ()


def parse(text: str) -> Key:
    """The joined text of the record at `SELECTOR._domainkey`."""
    try:
        found = tags.parse(text)
    except ValueError as error:
        return Key(str(error))
    if "v" in found and (found["v"] != "DKIM1" or next(iter(found)) != "v"):
        return Key(f"its version is {found['v']}, not DKIM1 in first place")
    if "p" not in found:
        return Key("it has no p=: there is no key in it")
    material = "".join(found["p"].split())
    if not material:
        return Key("p= is empty: the key is revoked")
    if "h" in found and "sha256" not in _several(found["h"]):
        return Key(f"h={found['h']} leaves no hash that verifiers accept: sha256 it must be (RFC 8301)")
    if "s" in found and not {"*", "email"} & set(_several(found["s"])):
        return Key(f"s={found['s']}: the key is not for mail")
    kind = found.get("k", "rsa").lower()
    testing = ("t=y: verifiers may ignore it, as a test",) if "y" in _several(found.get("t", "")) else ()
    try:
        octets = base64.b64decode(material, validate=True)
    except binascii.Error as error:
        return Key(f"p= is no base64 ({str(error).lower()}): the key was cut or pasted wrongly")
    key = _ed25519(octets) if kind == "ed25519" else _rsa(octets) if kind == "rsa" else Key(f"k={kind} is no key type")
    return Key(key.problem, key.notes + testing)


def _several(value: str) -> list[str]:
    return [part.strip().lower() for part in value.split(":")]


def _ed25519(octets: bytes) -> Key:
    return Key("" if len(octets) == 32 else f"p= has {len(octets)} octets, and a key of Ed25519 has 32 (RFC 8463)")


def _rsa(octets: bytes) -> Key:
    try:
        key = load_der_public_key(octets)
    except (ValueError, UnsupportedAlgorithm):
        return Key("p= is no public key (DER): it was cut or pasted wrongly")
    if not isinstance(key, rsa.RSAPublicKey):
        return Key("p= is no RSA key, and k= says that it is")
    if key.key_size < LEAST_BITS:
        return Key(f"RSA of {key.key_size} bits: verifiers refuse less than {LEAST_BITS} (RFC 8301)")
    short = key.key_size < ADVISED_BITS
    return Key(notes=(f"RSA of {key.key_size} bits, and {ADVISED_BITS} are advised (RFC 8301)",) if short else ())
