"""What the program on a host printed, taken apart. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

MOST = 1 << 26  # characters that a host may say


class Garbled(Exception):  # noqa: N818  it says what the output is
    """This is not what the program prints, or not all of it."""


@dataclass(slots=True)
class Setting:
    """How a host looks names up.

    Attributes:
        getent: it has one.
        tool: what asked its name servers: python3, bash, dig, ...; `none` if it has nothing for that.
        nscd: a cache stands before all of it.
        ipv6: it has an address of IPv6 besides ::1.
        nsswitch: its order of services; empty if nothing says one.
        resolv, upstream: lines of /etc/resolv.conf, and those of what systemd-resolved asks.
        unreadable: files that nobody but root may read.
    """

    getent: bool = False
    tool: str = "none"
    nscd: bool = False
    ipv6: bool = False
    nsswitch: str = ""
    resolv: list[str] = field(default_factory=list)
    upstream: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @property
    def nameservers(self) -> tuple[str, ...]:
        """As the library has it: three, and without any the host itself (resolv.conf(5))."""
        return tuple(_words(self.resolv, "nameserver"))[:3] or ("127.0.0.1",)

    @property
    def search(self) -> tuple[str, ...]:
        """The domains of the last line that gives any."""
        lists = [line.split()[1:] for line in self.resolv if line.split()[:1] in (["search"], ["domain"])]
        return tuple(lists[-1]) if lists else ()

    @property
    def upstreams(self) -> tuple[str, ...]:
        return tuple(_words(self.upstream, "nameserver"))


@dataclass(slots=True)
class Heard:
    """What a host said of one name. Services are those of nsswitch, `-` being all of them in their order.

    Attributes:
        hosts: the lines of /etc/hosts that may be about it, their number before each.
        codes: of getent; 0, or 2 where it found nothing.
        found: addresses, and the name that they belong to where it says so.
        octets, words: the reply of a name server, as it came or as a tool tells it.
        silent: name servers without a reply, and why.
    """

    hosts: list[str] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)
    found: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    octets: dict[str, bytes] = field(default_factory=lambda: defaultdict(bytes))
    words: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    silent: list[tuple[str, str]] = field(default_factory=list)


def read(lines: Iterable[str]) -> tuple[Setting, dict[int, Heard]]:
    """Raises Garbled."""
    setting, heard, ended, size = Setting(), defaultdict[int, Heard](Heard), False, 0
    for line in lines:
        size += len(line)
        tag, _, rest = line.partition(" ")
        try:
            if size > MOST:
                raise ValueError
            if tag == "S":
                _set(setting, rest)
            elif tag == "end":
                ended = True
            else:
                number, _, rest = rest.partition(" ")
                _add(heard[int(number)], tag, rest)
        except (ValueError, LookupError):
            raise Garbled from None
    if not ended:
        raise Garbled
    return setting, heard


def _set(setting: Setting, said: str) -> None:
    what, _, rest = said.partition(" ")
    match what:
        case "getent" | "nscd" | "ipv6":
            setattr(setting, what, True)
        case "tool" | "nsswitch":
            setattr(setting, what, " ".join(rest.split()))
        case "resolv" | "upstream" | "unreadable":
            getattr(setting, what).append(rest.strip())
        case _:
            raise ValueError(what)


def _add(heard: Heard, tag: str, rest: str) -> None:
    whom, _, what = rest.partition(" ")
    match tag:
        case "H":
            heard.hosts.append(rest)
        case "G":
            heard.codes[whom] = int(what)
        case "A":
            address, _, canonical = (*what.split(), "", "")[:3]
            heard.found[whom].append((address, canonical))
        case "R":
            heard.octets[whom] += bytes.fromhex(what)
        case "O":
            heard.words[whom].append(what)
        case "N":
            heard.silent.append((whom, what))
        case _:
            raise ValueError(tag)


def _words(lines: list[str], key: str) -> list[str]:
    return [words[1] for words in map(str.split, lines) if words[0] == key and len(words) > 1]
