"""What a TLS server must show: trusted, for its name, and until the cutover is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from preflight.finding import Finding, NotChecked
from preflight_ports.observation import Certificate, Observation, Tls
from preflight_ports.tests.said import HOSTS, TARGET6, Case, at, fared, flow_of, reasons_of, seen
from tests.reasons import table, text

NOW = datetime(2026, 12, 4, 12, tzinfo=UTC)
TOP = f"cutover: {{closes: '2026-12-05T08:00-05:00'}}\n{HOSTS}"  # 13:00 UTC
ASKED = "from web-1, a TLS handshake with 10.0.2.21 port 443 for shop.example.com"
SHOWN = "(CN=shop.example.com)"


def shows(start: float = -30, end: float = 60, **more: Any) -> Tls:
    """A handshake now, with a certificate from and to so many days from now."""
    subject, days = "CN=shop.example.com", (NOW + timedelta(start), NOW + timedelta(end))
    certificate = Certificate(subject, "CN=Example CA", *(day.timestamp() for day in days))
    return Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384", certificate=certificate, at=NOW.timestamp(), **more)


def handshake(tls: Tls | None, rung: str = "python3") -> Observation:
    return seen(at(fared("open", "443", tls=tls)), rung=rung)


@table(
    Case(name, "", handshake(tls), reasons)
    for name, tls, reasons in [
        ("good", shows(), []),
        ("expired", shows(end=-1),
         [f"{ASKED}: expired, valid until 2026-12-03 12:00 UTC {SHOWN}"]),
        # one reason, though the source says so too
        ("expired-and-said-so", shows(end=-1, untrusted="certificate has expired"),
         [f"{ASKED}: expired, valid until 2026-12-03 12:00 UTC {SHOWN}"]),
        ("expires-during-the-cutover", shows(end=1),
         [f"{ASKED}: valid until 2026-12-05 12:00 UTC {SHOWN}"]),
        ("expires-as-the-cutover-closes", shows(end=25 / 24),
         [f"{ASKED}: valid until 2026-12-05 13:00 UTC {SHOWN}"]),
        ("outlasts-the-cutover", shows(end=25 / 24 + 0.001), []),
        ("not-yet-valid", shows(start=1),
         [f"{ASKED}: valid from 2026-12-05 12:00 UTC only {SHOWN}"]),
        ("not-yet-valid-and-said-so", shows(start=1, untrusted="certificate is not yet valid"),
         [f"{ASKED}: valid from 2026-12-05 12:00 UTC only {SHOWN}"]),
        ("untrusted", shows(untrusted="self-signed certificate"),
         [f"{ASKED}: self-signed certificate {SHOWN}"]),
        # its own lifetime is not over: another one of its chain is meant
        ("an-expired-ca", shows(untrusted="certificate has expired"),
         [f"{ASKED}: certificate has expired {SHOWN}"]),
        ("another-name", shows(untrusted="Hostname mismatch, certificate is not valid for 'shop.example.com'."),
         [f"{ASKED}: Hostname mismatch, certificate is not valid for 'shop.example.com'. {SHOWN}"]),
        ("untrusted-and-expires", shows(end=1, untrusted="self-signed certificate"),
         [f"{ASKED}: self-signed certificate {SHOWN}", f"{ASKED}: valid until 2026-12-05 12:00 UTC {SHOWN}"]),
        ("no-tls", Tls(failed="WRONG_VERSION_NUMBER"),
         [f"{ASKED}: what answers is no TLS (WRONG_VERSION_NUMBER)"]),
        ("hangs", Tls(failed="timed out"),
         [f"{ASKED}: the server does not say a word of it (timed out)"]),
        ("reset", Tls(failed="Connection reset by peer"),
         [f"{ASKED}: Connection reset by peer"]),
        ("unreadable", Tls("TLSv1.3", "x", at=NOW.timestamp()),
         [f"not checked: {ASKED}: its certificate cannot be read"]),
        ("untrusted-and-unreadable", Tls("TLSv1.3", "x", untrusted="no", at=NOW.timestamp()),
         [f"{ASKED}: no", f"not checked: {ASKED}: its certificate cannot be read"]),
    ]
)  # fmt: skip
def test_handshakes(case: Case) -> None:
    for why in ("", ", why: nobody can buy"):
        flow = flow_of(f"port: 443, tls: {{name: shop.example.com}}{why}", TOP)
        assert [text(reason) for reason in reasons_of(flow, case.seen)] == case.reasons


def finding(tls: Tls, top: str = TOP) -> Finding:
    (reason,) = reasons_of(flow_of("port: 443, tls: {name: shop.example.com}", top), handshake(tls))
    assert isinstance(reason, Finding)
    return reason


@pytest.mark.parametrize(
    ("tls", "expected", "consequence"),
    [
        (shows(end=-1), "valid until the cutover is over (2026-12-05 13:00 UTC)", "TLS clients refuse db-1"),
        (shows(end=1), "valid until the cutover is over", "TLS clients refuse db-1 from 2026-12-05 12:00 UTC on"),
        (shows(start=1), "valid now", "TLS clients refuse db-1 until then"),
        (shows(untrusted="x"), "a certificate for shop.example.com that web-1 trusts", "TLS clients on web-1 cannot"),
        (Tls(failed="x"), "db-1 port 443 from web-1 open, with TLS", "TLS clients on web-1 cannot connect"),
    ],
)
def test_expected_and_consequence(tls: Tls, expected: str, consequence: str) -> None:
    reason = finding(tls)
    assert expected in reason.expected
    assert consequence in reason.consequence


@pytest.mark.parametrize("top", [HOSTS, TOP.replace("2026", "2025")], ids=["no-cutover", "cutover-long-over"])
def test_an_expired_certificate_is_never_right(top: str) -> None:
    assert "valid until now (2026-12-04 12:00 UTC)" in finding(shows(end=-1), top).expected
    flow = flow_of("port: 443, tls: {name: shop.example.com}", top)
    assert reasons_of(flow, handshake(shows(end=1))) == []


def test_how_to_look_at_it() -> None:
    look = "`openssl s_client -connect 10.0.2.21:443 -servername shop.example.com` on web-1"
    assert look in finding(Tls(failed="x")).next_step
    flow = flow_of("port: 443, tls: {name: shop.example.com}")
    (reason,) = reasons_of(flow, seen(at(fared("open", "443", tls=Tls(failed="x")), address=TARGET6)))
    assert "-connect [2001:db8:2::21]:443 " in reason.next_step


def test_a_rung_without_tls() -> None:
    (reason,) = reasons_of(flow_of("port: 443, tls: true"), handshake(None, rung="bash"))
    assert isinstance(reason, NotChecked)
    assert reason.cause == "only python3 can make a TLS handshake, and there is none on web-1"
    assert "install python3" in reason.next_step


def test_servers_with_one_certificate_are_one_reason() -> None:
    late = replace(shows(end=-1), at=NOW.timestamp() + 3)
    both = seen(
        *(at(fared("open", "443", tls=tls), address=f"10.0.2.{n}") for n, tls in ((1, shows(end=-1)), (2, late)))
    )
    (reason,) = reasons_of(flow_of("port: 443, tls: {name: shop.example.com}", TOP), both)
    assert "10.0.2.1, 10.0.2.2 port 443" in text(reason)


def test_a_port_that_is_not_open_is_no_matter_of_tls() -> None:
    (reason,) = reasons_of(flow_of("port: 443, tls: true"), seen(at(fared("filtered", "443"))))
    assert "TLS" not in text(reason)
