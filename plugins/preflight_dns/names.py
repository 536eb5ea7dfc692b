"""Domain names and servers as people write them. Pure: nothing is looked up."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

import dns.exception
import dns.name

_HOST_NAME = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?")
_HOST_AND_PORT = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^:\[\]]+))(?::(?P<port>\d+))?")


@dataclass(frozen=True, slots=True)
class Secured:
    """DNS over TLS (RFC 7858) or over HTTPS (RFC 8484).

    Attributes:
        scheme: `tls` or `https`.
        name: what the certificate has to be for: a host name or an address.
        path: of the URL; empty over TLS.
    """

    scheme: str
    name: str
    path: str = ""

    @property
    def port(self) -> int:
        """Unless another one is given."""
        return 853 if self.scheme == "tls" else 443

    def at(self, address: str, port: int) -> str:
        """As it is written in an inventory: `tls://dns.example@10.0.0.53`."""
        host = f"[{address}]" if ":" in address else address
        of = "" if address == self.name else f"{self.name}@"
        return f"{self.scheme}://{of}{host}{'' if port == self.port else f':{port}'}{self.path}"


@dataclass(frozen=True, slots=True)
class WrittenServer:
    """A server as it stands in an inventory: `host` is an address or a host name, `label` what to call it."""

    host: str
    port: int | None = None
    label: str = ""
    secured: Secured | None = None

    @property
    def is_address(self) -> bool:
        return _is_address(self.host)

    def __str__(self) -> str:
        if self.secured:
            return self.secured.at(self.host, self.port or self.secured.port)
        host = f"[{self.host}]" if ":" in self.host and self.port else self.host
        at = f"{host}:{self.port}" if self.port else host
        return f"{self.label} {at}" if self.label else at


def parse_name(text: str) -> dns.name.Name:
    """An absolute name, with or without the final dot; Unicode becomes A-labels (IDNA 2003, as dnspython has it).

    Raises:
        ValueError: a label is empty, or longer than 63 octets, or the name is longer than 255.
    """
    if not text or any(c.isspace() for c in text):
        raise ValueError(f'"{text}" is no domain name: it is empty or has white space in it')
    if text == "@":
        raise ValueError('"@" means the zone only inside its zone file: write the name out')
    refuse_ambiguous(text)
    try:
        return dns.name.from_text(text)
    except dns.name.EmptyLabel:
        problem = "two dots in a row, or a dot at its start"
    except dns.name.LabelTooLong:
        longest = max(text.split("."), key=len)
        size = f"has {len(longest)} characters" if text.isascii() else "is too long as an A-label (xn--...)"
        problem = f"the label {longest} {size}, and 63 are allowed"
    except dns.name.NameTooLong:
        problem = "it has more than 255 octets"
    except (dns.exception.DNSException, UnicodeError, ValueError) as error:
        problem = " ".join(str(error).split()) or type(error).__name__
    raise ValueError(f'"{text}" is no domain name: {problem}')


def refuse_ambiguous(text: str) -> None:
    """Refuse letters that make two different names, by IDNA 2003 and by IDNA 2008 (RFC 5894 section 7.2)."""
    letter = next((letter for letter in text if letter in "\u00df\u03c2\u200c\u200d"), "")
    if letter:
        raise ValueError(
            f'"{text}" has the letter U+{ord(letter):04X}, which makes another name by IDNA 2003 than by IDNA 2008: '
            "write the name as it stands in the DNS (xn--...)"
        )


def parse_server(text: str) -> WrittenServer:
    """`10.0.0.53`, `10.0.0.53:5353`, `2001:db8::53`, `[2001:db8::53]:5353`, `ns1.example.com`, `ns1.example.com:53`.

    And encrypted: `tls://10.0.0.53`, `tls://dns.example@10.0.0.53:8853`, `https://dns.example/dns-query`.

    Raises:
        ValueError: it is none of these.
    """
    if "://" in text:
        return _parse_secured(text)
    if _is_address(text):
        return WrittenServer(text)
    match = _HOST_AND_PORT.fullmatch(text)
    if match is None:
        raise ValueError(f'"{text}" is no server: write an address or a host name, and :PORT after it if it is not 53')
    host, port = match["v6"] or match["host"], int(match["port"]) if match["port"] else None
    if match["v6"] and not _is_address(host):
        raise ValueError(f'"{text}" is no server: {host} is no IPv6 address')
    if port is not None and not 0 < port < 65536:
        raise ValueError(f'"{text}" is no server: ports go from 1 to 65535')
    if not _is_address(host):
        parse_name(host)
        if re.fullmatch(r"[\d.]+", host):
            raise ValueError(f'"{text}" is no server: {host} is no IPv4 address')
    return WrittenServer(host, port)


def _parse_secured(text: str) -> WrittenServer:
    scheme, _, rest = text.partition("://")
    if scheme not in ("tls", "https"):
        raise ValueError(f'"{text}" is no server: write tls://..., https://..., or an address or host name by itself')
    place, slash, path = rest.partition("/")
    path = (slash + path).removesuffix("{?dns}")  # a template, as RFC 8484 section 4.1 has it; questions are POSTed
    if scheme == "tls" and path:
        raise ValueError(f'"{text}" is no server: DNS over TLS has no path')
    if scheme == "https" and len(path) < 2:
        raise ValueError(f'"{text}" is no server: give the path of its URL, mostly /dns-query')
    if not re.fullmatch(r"[!-~]*", path) or set(path) & set('{}"<>\\^`#'):
        raise ValueError(f'"{text}" is no server: {path} is no path of a URL')
    name, _, where = place.rpartition("@")
    server = parse_server(where)
    if name and not _is_address(name):
        name = canonical(name)
    elif name:
        raise ValueError(f'"{text}" is no server: before @ stands the name that its certificate is for')
    host = server.host if server.is_address else canonical(server.host)
    return WrittenServer(host, server.port, "", Secured(scheme, name or host, path))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def canonical(text: str) -> str:
    """A name as the rest of the plugin holds it: lower-case, with A-labels, without the final dot.

    Raises:
        ValueError: as `parse_name`.
    """
    if len(text) <= 253 and _HOST_NAME.fullmatch(text):  # nearly all are, and parsing costs 20 times as much
        return text.lower().removesuffix(".")
    return bare(parse_name(text)).lower()


def absolute(name: str) -> str:
    """A name with its final dot, from one as people write it."""
    return name if name.endswith(".") and not name.endswith("\\.") else name + "."


def parent(name: str) -> str:
    """One label less; absolute text in, absolute text out. As `dns.name.Name.parent`, at a tenth of its cost."""
    if "\\" in name:  # a dot may stand inside a label
        return dns.name.from_text(name).parent().to_text()
    return name.partition(".")[2] or "."


def without_dot(name: str, zone: str) -> str:
    """What a name was probably meant to be, bare, where it ends in the zone's twice; empty if it does not.

    In a zone file a name without a final dot gets the zone's behind it. Both absolute, lower-case;
    no zone is known where `zone` is empty.
    """
    meant = name.removesuffix(f".{zone}")
    return meant if zone and meant != name and f".{meant}.".endswith(f".{zone}") else ""


def bare(name: dns.name.Name | str) -> str:
    """A name as people write it: without the final dot (the root stays `.`)."""
    text = name if isinstance(name, str) else name.to_text()
    return text[:-1] if len(text) > 1 and text.endswith(".") else text
