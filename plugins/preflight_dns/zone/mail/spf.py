"""An SPF record taken apart (RFC 7208 sections 4.6.1, 5, 6 and 12). Pure; nothing is looked up."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

COUNTED = ("include", "a", "mx", "ptr", "exists")
"""Mechanisms that cost a lookup, as the modifier `redirect` does (RFC 7208 section 4.6.4)."""

_NEEDS_DOMAIN = ("include", "exists")
_TAKES_DOMAIN = (*_NEEDS_DOMAIN, "a", "mx", "ptr")
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)", re.DOTALL)
_MECHANISM = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9_.-]*)([:/].*)?", re.DOTALL)
_MACRO = re.compile(r"%(?:[%_-]|\{[slodiphcrtv][0-9]*r?[.+,/_=-]*\})", re.IGNORECASE)
_PREFIXES = re.compile(r"(.*?)(?:/(0|[1-9]\d?))?(?://(0|[1-9]\d{0,2}))?")
_TOP_LABEL = re.compile(r"(?=[A-Za-z0-9-]*[A-Za-z-])[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Term:
    """A mechanism or a modifier.

    Attributes:
        text: as it stands in the record.
        name: `include`, `a`, `all`, `redirect`, ... in lower case.
        qualifier: what becomes of a sender that matches: `+`, `-`, `~` or `?`; empty for a modifier.
        domain: whom it names, lower-case and with a final dot; empty if it names none, or only by macros.
        macro: the name depends on who sends.
    """

    text: str
    name: str
    qualifier: str
    domain: str = ""
    macro: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """The terms in their order; `problem` is why receivers can make nothing of the record, or empty."""

    terms: tuple[Term, ...]
    problem: str = ""

    def term(self, name: str) -> Term | None:
        return next((term for term in self.terms if term.name == name), None)


def is_spf(text: str) -> bool:
    """Whether a TXT record is one (RFC 7208 section 4.5)."""
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def parse(text: str) -> Policy:
    """A record whose version is right; what is wrong with the rest is in `Policy.problem`."""
    terms: list[Term] = []
    if not text.isascii():
        return Policy((), "it has letters that are not ASCII")
    try:
        for word in text.split(" ")[1:]:
            if word:
                terms.append(_term(word))
        for name in ("redirect", "exp"):
            if sum(term.name == name and not term.qualifier for term in terms) > 1:
                raise ValueError(f"{name}= stands there more than once")
    except ValueError as error:
        return Policy(tuple(terms), str(error))
    return Policy(tuple(terms))


def _term(word: str) -> Term:
    if modifier := _MODIFIER.fullmatch(word):
        name, value = modifier[1].lower(), modifier[2]
        if name in ("redirect", "exp"):
            return Term(word, name, "", *_domain(word, value))
        _macros(word, value)
        return Term(word, name, "")
    found = _MECHANISM.fullmatch(word)
    if not found:
        raise ValueError(f'"{word}" is neither a mechanism nor a modifier')
    qualifier, name, rest = found[1] or "+", found[2].lower(), found[3] or ""
    if name == "all":
        if rest:
            raise ValueError(f'"{word}" has something behind all')
        return Term(word, name, qualifier)
    if name in ("ip4", "ip6"):
        _network(word, name, rest)
        return Term(word, name, qualifier)
    if name not in _TAKES_DOMAIN:
        raise ValueError(f'"{word}": there is no mechanism {name}')
    return Term(word, name, qualifier, *_named(word, name, rest))


def _named(word: str, name: str, rest: str) -> tuple[str, bool]:
    """The domain of a mechanism that may be followed by one, and by the lengths of prefixes."""
    if name in ("a", "mx"):
        parts = _PREFIXES.fullmatch(rest)
        if parts is None or int(parts[2] or 0) > 32 or int(parts[3] or 0) > 128:
            raise ValueError(f'"{word}" has a prefix length that is none')
        rest = parts[1]
    if not rest:
        if name in _NEEDS_DOMAIN:
            raise ValueError(f'"{word}" names no domain')
        return "", False
    if not rest.startswith(":"):
        raise ValueError(f'"{word}" cannot be read behind {name}')
    return _domain(word, rest[1:])


def _domain(word: str, text: str) -> tuple[str, bool]:
    """RFC 7208 section 7.1: macros and text, with a top-level label or a macro at the end."""
    _macros(word, text)
    if not text:
        raise ValueError(f'"{word}" names no domain')
    if "%" in text:
        return "", True
    labels = text.removesuffix(".").split(".")
    if len(labels) < 2 or not _TOP_LABEL.fullmatch(labels[-1]):
        raise ValueError(f'"{word}": {text} is no domain name')
    if any(not 0 < len(label) < 64 for label in labels) or len(text) > 253:
        raise ValueError(f'"{word}": {text} is no domain name')
    return ".".join(labels).lower() + ".", False


def _macros(word: str, text: str) -> None:
    if "%" in _MACRO.sub("", text):
        raise ValueError(f'"{word}" has a % that begins no macro')


def _network(word: str, name: str, rest: str) -> None:
    try:
        version = {"ip4": 4, "ip6": 6}[name]
        if not rest.startswith(":") or ipaddress.ip_network(rest[1:], strict=False).version != version:
            raise ValueError
    except ValueError:
        raise ValueError(f'"{word}" has no IPv{name[-1]} network behind {name}') from None
