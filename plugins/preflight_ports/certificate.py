"""A certificate's DER octets, as they came from a handshake, to what matters before a cutover."""

from __future__ import annotations

import base64

from preflight_ports.observation import Certificate


def certificate_of(der: str) -> Certificate | None:
    """From DER in base64; None if a server sent something else (RFC 5280 section 4.1)."""
    from cryptography import x509  # most flows need none of it

    try:
        found = x509.load_der_x509_certificate(base64.b64decode(der))
        return Certificate(
            subject=" ".join(found.subject.rfc4514_string().split()),
            issuer=" ".join(found.issuer.rfc4514_string().split()),
            not_before=found.not_valid_before_utc.timestamp(),
            not_after=found.not_valid_after_utc.timestamp(),
        )
    except ValueError:
        return None
