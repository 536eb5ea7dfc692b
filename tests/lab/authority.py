"""A certificate authority for servers that speak TLS."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime.now(UTC).replace(microsecond=0)
Days = tuple[float, float]
YEAR: Days = (-30, 365)


class Authority:
    """A CA; `file` has its certificate, `issue` those of servers with their keys."""

    def __init__(self, folder: Path, name: str = "Test CA") -> None:
        self.folder, self.file = folder, folder / "ca.pem"
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._made(self.name, self.key, YEAR, x509.BasicConstraints(ca=True, path_length=None))
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, days: Days = YEAR) -> Path:
        """A certificate for a name or an address, and its key, in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        try:
            alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            alternative = x509.DNSName(name)
        certificate = self._made(subject, key, days, x509.SubjectAlternativeName([alternative]))
        file = self.folder / f"{name}{days[1]}.pem"
        private = serialization.PrivateFormat.PKCS8
        secret = key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
        file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
        return file

    def _made(self, subject: x509.Name, key: Any, days: Days, extension: x509.ExtensionType) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW + timedelta(days[0]))
            .not_valid_after(NOW + timedelta(days[1]))
            .add_extension(extension, critical=False)
            .sign(self.key, hashes.SHA256())
        )
