"""What algorithms and digests are worth (RFC 8624, RFC 9904, RFC 9905), as data. Pure."""

from __future__ import annotations

VERIFIED = frozenset({5, 7, 8, 10, 13, 14, 15, 16})
"""Those whose signatures can be verified here; validators know no others in common."""

DIGESTS = {1: "SHA-1", 2: "SHA-256", 3: "GOST R 34.11-94", 4: "SHA-384"}
VERIFIED_DIGESTS = frozenset({1, 2, 4})
OLD_DIGESTS = frozenset({1, 3})
"""Not to be used for a delegation (RFC 8624 section 3.3)."""

NAMES = {
    1: "RSAMD5",
    3: "DSA",
    5: "RSASHA1",
    6: "DSA-NSEC3-SHA1",
    7: "RSASHA1-NSEC3-SHA1",
    8: "RSASHA256",
    10: "RSASHA512",
    12: "ECC-GOST",
    13: "ECDSAP256SHA256",
    14: "ECDSAP384SHA384",
    15: "ED25519",
    16: "ED448",
}
TOO_OLD = frozenset({1, 3, 5, 6, 7, 12})
"""Not to be signed with; some validators take a zone that has nothing else for unsigned (RFC 8624, RFC 9905)."""

UNADVISED = frozenset({10})
MOST_ITERATIONS = 50
"""Of NSEC3, beyond which widespread validators take the answers for unsigned or for an error (RFC 9276 section 3.2)."""


def algorithm(number: int) -> str:
    return f"{NAMES[number]} ({number})" if number in NAMES else f"algorithm {number}"


def digest(number: int) -> str:
    return DIGESTS.get(number, f"digest type {number}")
