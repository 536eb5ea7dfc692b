"""Judges what a TLS server showed: that there is one, that it is trusted, that it outlasts the cutover."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from preflight.finding import Finding, NotChecked
from preflight_ports.advice import INSTALL_PYTHON, expected, name
from preflight_ports.observation import Certificate, Tls
from preflight_ports.place import Place
from preflight_ports.spec import FlowSpec

# OpenSSL's reasons, of 1.1 and 3.x, to what they mean.
_MEANS = {
    "WRONG_VERSION_NUMBER": "what answers is no TLS",
    "UNKNOWN_PROTOCOL": "what answers is no TLS",
    "RECORD_LAYER_FAILURE": "what answers is no TLS",
    "UNEXPECTED_EOF_WHILE_READING": "the server hangs up in the middle of it",
    "timed out": "the server does not say a word of it",
}
_LIFETIME = {"certificate has expired", "certificate is not yet valid"}


def judge_tls(flow: FlowSpec, place: Place) -> Iterator[Finding | NotChecked]:
    source, tls = name(flow.pair.source), place.fared.tls
    if tls is None:
        why = f"only python3 can make a TLS handshake, and there is none on {source}"
        yield NotChecked(f"{place.where}: open, but {why}", why, INSTALL_PYTHON.format(source))
        return
    asked = f"from {source}, a TLS handshake with {place.where} for {flow.tls_name()}"
    refused = "" if flow.why else f"TLS clients on {source} cannot connect"
    if tls.failed:
        means = f"{_MEANS[tls.failed]} ({tls.failed})" if tls.failed in _MEANS else tls.failed
        yield Finding(
            f"{expected(flow)}, with TLS",
            f"{asked}: {means}",
            next_step=f"`openssl s_client -connect {_socket(place)} -servername {flow.tls_name()}` on {source} shows "
            "more; see whether that port speaks TLS at all",
            consequence=refused,
        )
        return
    if tls.untrusted and not (tls.untrusted in _LIFETIME and _out_of_its_lifetime(tls)):
        yield Finding(
            f"a certificate for {flow.tls_name()} that {source} trusts",
            f"{asked}: {tls.untrusted}" + (f" ({_shown(place)})" if tls.certificate else ""),
            next_step="install the right certificate with its chain, or the CA on the source, or write the name to ask "
            "for as `tls: {name: ...}`; `tls: {verify: false}` leaves this out",
            consequence=refused,
        )
    if tls.certificate is None:
        why = "its certificate cannot be read"
        yield NotChecked(f"{asked}: {why}", f"{place.where}: {why}", "look at it with `openssl s_client`")
        return
    yield from _lifetime(flow, place, tls, tls.certificate, asked)


def _lifetime(
    flow: FlowSpec, place: Place, tls: Tls, certificate: Certificate, asked: str
) -> Iterator[Finding | NotChecked]:
    to = flow.pair.destination
    closes = flow.pair.window_closes.timestamp() if flow.pair.window_closes else tls.at
    expired, not_yet = certificate.not_after <= tls.at, certificate.not_before > tls.at
    if expired or certificate.not_after <= closes:
        until = "now" if closes <= tls.at else "the cutover is over"
        ends = _moment(certificate.not_after)
        yield Finding(
            f"a certificate that is valid until {until} ({_moment(max(closes, tls.at))})",
            f"{asked}: {'expired, ' if expired else ''}valid until {ends} ({_shown(place)})",
            next_step=f"renew it on {to}" + ("" if expired else " before the cutover"),
            consequence="" if flow.why else f"TLS clients refuse {to}" + ("" if expired else f" from {ends} on"),
            cause=f"the certificate of {_shown(place)} expires",
        )
    if not_yet:
        yield Finding(
            "a certificate that is valid now",
            f"{asked}: valid from {_moment(certificate.not_before)} only ({_shown(place)})",
            next_step=f"see whether the clocks are right (`date -u` on {to} and here), or renew it",
            consequence="" if flow.why else f"TLS clients refuse {to} until then",
        )


def _out_of_its_lifetime(tls: Tls) -> bool:
    """Then that is what is wrong with it, and no other certificate of its chain."""
    return tls.certificate is not None and not tls.certificate.not_before <= tls.at < tls.certificate.not_after


def _socket(place: Place) -> str:
    address, port = place.address.address, place.fared.first
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _shown(place: Place) -> str:
    certificate = place.fared.tls.certificate if place.fared.tls else None
    return certificate.subject or "no subject" if certificate else "no certificate"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
