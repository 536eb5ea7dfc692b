"""example.yaml runs as it is, between machines in network namespaces that have its addresses."""

from __future__ import annotations

import shutil
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import preflight.run  # noqa: F401  what is imported here is not imported again in every run inside this process
from preflight_ports.spec import FlowSpec, PortsSection, TlsSpec
from preflight_ports.tests.machines import Machines

EXAMPLE = Path(__file__).parents[1] / "example.yaml"
PLAIN = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest")]
PLAIN += ["-W", "error"]

SERVICES = {
    "db-1": ["22", "5432", "6432"],
    "db-2": ["22", "5432"],
    "infra": ["53", "53/udp", "123/udp", "8125/udp"],
    "shop": ["80", "8080"],
}
RULES = (
    "ct state established accept",
    "ip saddr 192.0.2.0/24 tcp dport 22 drop",
    "ip saddr 203.0.113.10 tcp dport { 3306, 5432 } reject",
)
NAT = "ip saddr 203.0.113.10 tcp dport 5671 masquerade"


@pytest.fixture(scope="module")
def in_order(machines: Machines) -> Iterator[Machines]:
    """All is as the example says it must be."""
    certificate = made_certificate(machines.folder / "tls.pem", "shop.example.com")
    machines.trusted.write_bytes(certificate)
    machines.filter(*RULES, nat=NAT)
    with machines.serving(SERVICES), tls(machines, 443), tls(machines, 8443):
        yield machines


def made_certificate(with_key: Path, name: str) -> bytes:
    """A certificate for a name that vouches for itself, and a file with its key besides."""
    key = ec.generate_private_key(ec.SECP256R1())
    whose, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(whose, whose, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    ).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with_key.write_bytes(secret + certificate)
    return certificate


@contextmanager
def tls(machines: Machines, port: int) -> Iterator[None]:
    """A TLS server at the shop."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(machines.folder / "tls.pem")
    with machines.listening("shop", port) as listener:
        listener.listen()
        thread = threading.Thread(target=shake_hands, args=(listener, context))
        thread.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def shake_hands(listener: socket.socket, context: ssl.SSLContext) -> None:
    with suppress(OSError):
        while True:
            visitor, _ = listener.accept()
            visitor.settimeout(5)
            with visitor, suppress(OSError), context.wrap_socket(visitor, server_side=True):
                pass


def run(pytester: pytest.Pytester, machines: Machines, *args: str) -> pytest.RunResult:
    pytester.mkdir("inventories")
    shutil.copy(EXAMPLE, pytester.path / "inventories" / "example.yaml")
    argv = [sys.executable, "-m", "pytest", *PLAIN, "--inventory", "example", *args]
    return pytester.run(*machines.from_admin(argv))


def test_the_example_is_go(pytester: pytest.Pytester, in_order: Machines) -> None:
    result = run(pytester, in_order)
    assert result.outlines[-1].startswith("PREFLIGHT verdict=GO inventory=example passed="), result.stdout.str()
    assert " failed=0 not-checked=0 waived=0 warned=0" in result.outlines[-1]
    assert result.ret == 0


def test_after_the_cutover_it_would_be_another_matter(pytester: pytest.Pytester, in_order: Machines) -> None:
    result = run(pytester, in_order, "--phase", "after", "-k", "15672")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["ports.flow * queue-1:15672,25672-25680", "web-1, web-2 * FAIL refused"])


def test_its_plan_names_who_connects_to_what_and_connects_to_nobody(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    result = pytester.runpytest_inprocess(*PLAIN, "--inventory", str(EXAMPLE), "--plan")
    assert result.ret == 0
    for line in (
        "connects to db-1 (198.51.100.21) port 5432, from web-1 over SSH as * at 192.0.2.11 port 22",
        "connects to shop.example.com port 443, with a TLS handshake, from this machine",
        "connects to db-1 (198.51.100.21) ports 3306,5432, and to 22 to see whether it can be reached at all, from *",
        "connects to queue-1 (198.51.100.31) port 5672; for a moment, listens on those of them that are free on "
        "queue-1 over SSH as * at 198.51.100.31 port 22, from web-2 over SSH *",
        "changes on any system: listener",
    ):
        result.stdout.fnmatch_lines([f"  {line}"])


def test_the_example_shows_every_key() -> None:
    text = yaml.safe_load(EXAMPLE.read_text("utf-8"))["ports"]
    assert text.keys() == PortsSection.model_fields.keys()
    keys = {field.alias or name for name, field in FlowSpec.model_fields.items()}
    assert set().union(*text["flows"]) == keys
    assert {key for flow in text["flows"] if isinstance(flow.get("tls"), dict) for key in flow["tls"]} == set(
        TlsSpec.model_fields
    )
