"""DMARC, MTA-STS and TLSRPT records (RFC 7489 section 6.3, RFC 8461 section 3.1, RFC 8460 section 3). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from preflight_dns.zone.mail import tags

_WORDS = {
    "p": ("none", "quarantine", "reject"),
    "sp": ("none", "quarantine", "reject"),
    "adkim": ("r", "s"),
    "aspf": ("r", "s"),
}
_MAIL = re.compile(r"mailto:[^@\s,!]+@(?P<domain>[A-Za-z0-9._-]+?)(?:![0-9]+[kmgt]?)?", re.IGNORECASE)
_ANY_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


@dataclass(frozen=True, slots=True)
class Dmarc:
    """What a receiver makes of it. `problem` is why nothing, and `reports_to` the domains that reports go to.

    `below` is the policy for names below the one that it stands at.
    """

    policy: str = ""
    problem: str = ""
    percent: int = 100
    reports_to: tuple[str, ...] = ()
    below: str = ""


def is_dmarc(text: str) -> bool:
    return re.match(r"v\s*=\s*DMARC1\s*(;|$)", text) is not None


def parse(text: str) -> Dmarc:
    """A record that `is_dmarc`."""
    try:
        found = tags.parse(text)
        _known_words(found)
        reports = [*_reports(found, "rua"), *_reports(found, "ruf")]
    except ValueError as error:
        return Dmarc(problem=str(error))
    if "p" not in found:
        # RFC 7489 section 6.6.3: with rua it counts as p=none, without as no record.
        return Dmarc(problem="it has no p=: receivers ignore it")
    percent = found.get("pct", "100")
    if not percent.isdecimal() or int(percent) > 100:
        return Dmarc(problem=f"pct={percent} is no percentage")
    policy = found["p"].lower()
    return Dmarc(policy, "", int(percent), tuple(dict.fromkeys(reports)), found.get("sp", policy).lower())


def _known_words(found: dict[str, str]) -> None:
    for name, words in _WORDS.items():
        if name in found and found[name].lower() not in words:
            raise ValueError(f"{name}={found[name]} is none of {', '.join(words)}")


def _reports(found: dict[str, str], name: str) -> list[str]:
    """The domains that reports go to by mail."""
    domains = []
    for uri in filter(None, (part.strip() for part in found.get(name, "").split(","))):
        mail = _MAIL.fullmatch(uri)
        if (uri.lower().startswith("mailto:") and not mail) or not _ANY_URI.fullmatch(uri):
            raise ValueError(f"{name}={uri} is no address to report to: it should be mailto:name@domain")
        if mail:
            domains.append(mail["domain"].lower().removesuffix(".") + ".")
    return domains


def sts_problem(text: str) -> str:
    """What is wrong with the record at `_mta-sts`, or empty."""
    try:
        found = tags.parse(text)
    except ValueError as error:
        return str(error)
    if next(iter(found), "") != "v" or found["v"] != "STSv1":
        return "it does not begin with v=STSv1"
    if not re.fullmatch(r"[A-Za-z0-9]{1,32}", found.get("id", "")):
        return "it has no id= of 1 to 32 letters and digits, by which senders see that the policy has changed"
    return ""


def reporting_problem(text: str) -> str:
    """What is wrong with the record at `_smtp._tls`, or empty."""
    try:
        found = tags.parse(text)
    except ValueError as error:
        return str(error)
    if next(iter(found), "") != "v" or found["v"] != "TLSRPTv1":
        return "it does not begin with v=TLSRPTv1"
    uris = [uri.strip() for uri in found.get("rua", "").split(",")]
    if not all(re.match(r"(mailto:[^@\s]+@\S+|https://\S+)$", uri, re.IGNORECASE) for uri in uris):
        return "its rua= is no mailto: or https: address"
    return ""
