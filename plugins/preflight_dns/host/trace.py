"""From what a host printed to what it was told, and which part of it answered. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import dns.exception

from preflight_dns import wire
from preflight_dns.host import tools
from preflight_dns.host.heard import Heard, Setting
from preflight_dns.host.program import Wanted
from preflight_dns.names import absolute, bare
from preflight_dns.observation import Answer, Hop, HostPath, Lookup
from preflight_dns.wire import Message, Rr

NOTHING_FOUND = "nothing found"
ASKS = "python3, bash, dig, kdig, drill, host or nslookup"
_FOUND_NOTHING = (0, 2)  # getent's exit codes (getent(1)); 0 where an address stands in for one of IPv6
_OF_DNS = ("dns", "resolve")


@dataclass(frozen=True, slots=True)
class Traced:
    """One name on one host: all that was heard of it."""

    host: str
    wanted: Wanted
    query: bytes
    setting: Setting
    heard: Heard

    def lookup(self) -> Lookup:
        """What the host is told of the name, or why that is not known; and by whom."""
        server, reply = self._reply()
        service = self._service(reply) if self.wanted.family != "dns" else ""
        answer = self._answer(server, reply, service)
        name = absolute(self.wanted.name)
        if isinstance(answer, Answer):
            hop = Hop(name, "", (answer,))
        else:
            reason, advice = answer
            hop = Hop(name, "", (), f"{self.host}: {reason}", advice)
        return Lookup(self.wanted.type, (hop,), self._path(server, reply, service))

    def _answer(self, server: str, reply: Message | None, service: str) -> Answer | tuple[str, str]:
        if self.wanted.family == "dns":
            return self._told(server, reply) if reply else self._not_asked()
        code = self.heard.codes.get("-")
        if code is None:
            return (
                f"neither getent nor python3 is there: what its programs are told of {self.wanted.name} cannot be seen",
                f"install getent on {self.host} (libc-bin; on Alpine musl-utils), or ask its name servers: "
                f"`ask: [{', '.join(self.setting.nameservers)}]`",
            )
        found = self._found("-")
        if self.wanted.type == "CNAME":
            return self._alias(server, reply, service, found=bool(self.heard.found.get("-")))
        if found:
            return self._answered(Rr(absolute(self.wanted.name), 0, self.wanted.type, each) for each in found)
        return self._nothing(server, reply, code)

    def _alias(self, server: str, reply: Message | None, service: str, *, found: bool) -> Answer | tuple[str, str]:
        """The CNAME itself where a name server knows it; else what the library calls the name in the end."""
        if service not in ("", *_OF_DNS) or (found and reply is None):
            canonical = self._canonical()
            rrs = (Rr(absolute(self.wanted.name), 0, "CNAME", absolute(canonical)),) if canonical else ()
            return self._answered(rrs)
        return self._told(server, reply) if reply else self._not_asked()

    def _nothing(self, server: str, reply: Message | None, code: int) -> Answer | tuple[str, str]:
        """The library found nothing. Its name servers say what that means: it tells no answer from none such."""
        if reply is None:
            reason, advice = self._not_asked()
            return f"its programs find no {self.wanted.type} of {self.wanted.name}, and {reason}", advice
        if code not in _FOUND_NOTHING and reply.rcode in ("NOERROR", "NXDOMAIN"):
            return (
                f"its own library did not answer (getent ended with {code}), though {server} says {reply.rcode}",
                f"log in to {self.host} and run `getent ahosts {self.wanted.name}`",
            )
        told = self._told(server, reply)
        if not any(rr.type == self.wanted.type for rr in told.rrs):
            return told
        if self.wanted.type == "AAAA" and not self.setting.ipv6:
            return (
                f"it has no IPv6, so that its library may not have looked for AAAA; {server} has some",
                f"give {self.host} IPv6, or ask its name server: `ask: {server}`",
            )
        return Answer(self.host, NOTHING_FOUND)

    def _not_asked(self) -> tuple[str, str]:
        whom = ", ".join(f"{server}: {why}" for server, why in self.heard.silent)
        if whom:
            advice = (
                f"see on {self.host} whether the name servers of /etc/resolv.conf are right, and reached from there"
            )
            return f"none of its name servers answers ({whom})", advice
        if self.setting.tool == "none":
            return f"nothing is there to ask its name servers with ({ASKS})", f"install one of {ASKS} on {self.host}"
        return (
            f"what {self.setting.tool} prints there does not tell its {self.wanted.type}",
            f"install python3, bash or dig on {self.host}",
        )

    def _told(self, server: str, reply: Message) -> Answer:
        """As its name server says; only what is about the name itself, or about where its aliases lead."""
        return Answer(f"{self.host}, from {server}", reply.rcode, False, reply.answer, nsid=reply.nsid, ede=reply.ede)

    def _answered(self, rrs: Iterator[Rr] | tuple[Rr, ...]) -> Answer:
        return Answer(self.host, "NOERROR", False, tuple(rrs))

    def _reply(self) -> tuple[str, Message | None]:
        for server, octets in self.heard.octets.items():
            if wire.answers(octets, self.query):
                try:
                    return server, wire.read(b"\0\0" + octets[2:])
                except dns.exception.FormError:
                    continue
        for server, lines in self.heard.words.items():
            told = tools.message(self.setting.tool, lines, self.wanted.name, self.wanted.type)
            if told is not None:
                return server, told
        return "", None

    def _found(self, service: str) -> tuple[str, ...]:
        """Its addresses; those of IPv4 that stand for missing ones of IPv6 (getaddrinfo(3)) are none."""
        pairs = self.heard.found.get(service, ())
        return tuple(dict.fromkeys(address for address, _ in pairs if not address.startswith("::ffff:")))

    def _canonical(self) -> str:
        """What the library calls the name in the end; empty if it is the name itself."""
        names = (canonical for _, canonical in self.heard.found.get("-", ()) if canonical)
        canonical = bare(next(names, "").lower())
        return "" if canonical == self.wanted.name.lower() else canonical

    def _service(self, reply: Message | None) -> str:
        """The first service that says by itself what all together said."""
        found = {*self._found("-")}
        if not found:
            return ""
        for service in self.setting.nsswitch.split() or ("files", "dns"):
            if {*self._found(service)} == found:
                return service
        if len(self.heard.codes) > 1:  # getent asks a single service: none of them is it
            return ""
        if found == {line.split()[1] for line in self._hosts()} & found:
            return "files"
        dns = {rr.text for rr in reply.answer if rr.type in ("A", "AAAA")} if reply else set()
        return "dns" if found == dns else ""

    def _hosts(self) -> tuple[str, ...]:
        """The lines of /etc/hosts that have the name, and not only in a comment: those of the family that is asked for.

        If there are none, those of the other one: with such a line, a library may not go on to the DNS for any.
        """
        lines = [line.partition("#")[0].replace(":", " ", 1).split() for line in self.heard.hosts]
        named = [words for words in lines if self.wanted.name.lower() in map(str.lower, words[2:])]
        family = self.wanted.family
        of_family = [words for words in named if family == "all" or (":" in words[1]) == (family == "v6")]
        return tuple(" ".join(words) for words in of_family or named)

    def _path(self, server: str, reply: Message | None, service: str) -> HostPath:
        setting, rrs = self.setting, reply.answer if reply else ()
        dns = tuple(sorted(rr.text for rr in rrs if rr.type == self.wanted.type))
        return HostPath(
            self.host, service, self._hosts(), setting.nsswitch, setting.nameservers, setting.search,
            setting.upstreams, self._canonical() if self.wanted.family != "dns" else "", server,
            reply.rcode if reply else "", dns, setting.nscd,
        )  # fmt: skip
