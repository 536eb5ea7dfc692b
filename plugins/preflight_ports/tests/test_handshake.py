"""The prober's TLS handshakes, with real servers on loopback and certificates made for them."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from preflight_ports.certificate import certificate_of
from preflight_ports.tests.shipped import PROBER, job, probed, states
from tests.lab.authority import NOW, YEAR, Authority, Days

NAME = "shop.example.com"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@contextmanager
def serving(talk: Callable[[socket.socket], Any]) -> Iterator[int]:
    """A server that talks to each of its clients in turn, and hangs up."""
    with socket.create_server(("127.0.0.1", 0), backlog=300) as server:

        def serve() -> None:
            with suppress(OSError):  # the server was closed
                while True:
                    client, _ = server.accept()
                    with client, suppress(OSError):
                        talk(client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@contextmanager
def tls_server(file: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    def talk(client: socket.socket) -> None:
        client.settimeout(10)
        with context.wrap_socket(client, server_side=True) as secured:
            secured.recv(1)

    with serving(talk) as port:
        yield port


def speaks_http(client: socket.socket) -> None:
    client.recv(100)
    client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def hangs(client: socket.socket) -> None:
    while client.recv(65_536):
        pass


CERTIFICATES: dict[str, tuple[str, Days]] = {
    "good": (NAME, YEAR),
    "another-name": ("other.example.com", YEAR),
    "expired": (NAME, (-30, -1)),
    "not-yet-valid": (NAME, (1, 30)),
}
NO_TLS: dict[str, Callable[[socket.socket], Any]] = {
    "speaks-first": lambda client: client.sendall(b"220 mail.example.com ESMTP\r\n"),
    "speaks-http": speaks_http,
    "hangs-up": socket.socket.close,
    "hangs": hangs,
}


def handshakes(ports: dict[str, int], trusted: Path, **tls: Any) -> dict[str, dict[str, Any]]:
    """What a source that trusts this CA is shown by each server, by the server's name."""
    asked = {"name": NAME, "verify": True, **tls}
    jobs = [job(number, "127.0.0.1", port, tls=asked, timeout=2.0) for number, port in enumerate(ports.values())]
    env = ["env", f"SSL_CERT_FILE={trusted}", "SSL_CERT_DIR=/nonexistent"]
    fared = [result["addresses"][0]["ports"][0] for result in probed(jobs, lambda argv: [*env, *argv])]
    assert [each["state"] for each in fared] == ["open"] * len(ports)
    return {name: each["tls"] for name, each in zip(ports, fared, strict=True)}


@pytest.fixture(scope="module")
def ports(authority: Authority) -> Iterator[dict[str, int]]:
    """The port of each server, by its name."""
    with ExitStack() as stack:
        found = {name: stack.enter_context(tls_server(authority.issue(*each))) for name, each in CERTIFICATES.items()}
        yield {**found, **{name: stack.enter_context(serving(talk)) for name, talk in NO_TLS.items()}}


@pytest.fixture(scope="module")
def shown(ports: dict[str, int], authority: Authority) -> dict[str, dict[str, Any]]:
    return handshakes(ports, authority.file)


def test_a_trusted_certificate(shown: dict[str, dict[str, Any]]) -> None:
    told = shown["good"]
    assert told["version"] in ("TLSv1.2", "TLSv1.3")
    assert told["cipher"]
    assert "untrusted" not in told
    assert "failed" not in told
    certificate = certificate_of(told["certificate"])
    assert certificate is not None
    assert certificate.issuer == "CN=Test CA"


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("another-name", "ismatch"),
        ("expired", "certificate has expired"),
        ("not-yet-valid", "certificate is not yet valid"),
    ],
)
def test_an_untrusted_certificate(shown: dict[str, dict[str, Any]], server: str, words: str) -> None:
    assert words in shown[server]["untrusted"]
    assert "failed" not in shown[server]


@pytest.mark.parametrize("server", CERTIFICATES)
def test_a_certificate_is_shown_whatever_is_wrong_with_it(shown: dict[str, dict[str, Any]], server: str) -> None:
    certificate = certificate_of(shown[server]["certificate"])
    name, days = CERTIFICATES[server]
    assert certificate is not None
    assert certificate.subject == f"CN={name}"
    lifetime = [(NOW + timedelta(day)).timestamp() for day in days]
    assert [certificate.not_before, certificate.not_after] == lifetime


def test_a_source_that_does_not_know_the_ca(ports: dict[str, int], tmp_path: Path) -> None:
    told = handshakes({"good": ports["good"]}, Authority(tmp_path, "Another CA").file)
    assert "local issuer" in told["good"]["untrusted"]


def test_nothing_is_verified_where_that_is_not_wanted(ports: dict[str, int], tmp_path: Path) -> None:
    told = handshakes(
        {name: ports[name] for name in CERTIFICATES}, Authority(tmp_path, "Another CA").file, verify=False
    )
    assert [each.get("untrusted", "") for each in told.values()] == [""] * len(CERTIFICATES)
    assert all(each["certificate"] for each in told.values())


def test_the_name_that_is_asked_for(ports: dict[str, int], authority: Authority) -> None:
    told = handshakes({"other": ports["another-name"]}, authority.file, name="other.example.com")
    assert "untrusted" not in told["other"]


@pytest.mark.parametrize("server", NO_TLS)
def test_no_tls(shown: dict[str, dict[str, Any]], server: str) -> None:
    assert shown[server]["failed"]
    assert "certificate" not in shown[server]
    assert (shown[server]["failed"] == "timed out") == (server == "hangs")


def test_a_silent_server_holds_nobody_up(nobody_listens: int) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(80)]
        wanted = [
            job(0, "127.0.0.1", *(s.getsockname()[1] for s in servers), tls={"name": NAME, "verify": True}, timeout=0.5)
        ]
        slow, quick = probed([*wanted, job(1, "127.0.0.1", nobody_listens)])
    assert {port["tls"]["failed"] for port in slow["addresses"][0]["ports"]} == {"timed out"}
    assert states(quick) == {str(nobody_listens): "refused"}


def test_few_descriptors_are_no_failed_handshake() -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(20)]
        asked = job(0, "127.0.0.1", *(s.getsockname()[1] for s in servers), tls={"name": NAME, "verify": True})
        (result,) = probed([{**asked, "timeout": 0.1}], lambda argv: ["prlimit", "--nofile=16:16", "--", *argv])
    fared = result["addresses"][0]["ports"]
    assert [(each["state"], each.get("tls")) for each in fared] == [("open", {"failed": "timed out"})] * 20


_NO_DESCRIPTOR = """
import os, resource, runpy, sys
prober = runpy.run_path(sys.argv[1])
job = prober["Job"]({"host": "127.0.0.1", "families": ["ipv4"], "protocol": "tcp", "ports": [[1, 1]], "timeout": 1})
job.resolve()
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
try:
    print(prober["handshake"](job.addresses[0], 1, {"name": "localhost", "verify": True}, True))
except OSError as error:
    print(error.strerror)
"""


def test_no_descriptor_is_no_failed_handshake() -> None:
    argv = [sys.executable, "-I", "-S", "-B", "-c", _NO_DESCRIPTOR, PROBER]
    assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout == "Too many open files\n"


def test_what_is_no_certificate() -> None:
    assert certificate_of("") is None
    assert certificate_of("bm9uZQ==") is None
