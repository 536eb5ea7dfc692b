"""What an authoritative server answers from a zone, built with dnspython, for the faulty servers to spoil.

Exact names and chains of aliases within the zone; neither wildcards nor delegations: NSD knows those.
"""

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone


class Answers:
    """Answers from a zone, given as the text of a zone file that says $ORIGIN, or as a dnspython zone."""

    def __init__(self, zone: str | dns.zone.Zone) -> None:
        self.zone = dns.zone.from_text(zone, relativize=False) if isinstance(zone, str) else zone

    def to(self, query: dns.message.Message) -> dns.message.Message:
        """The right answer: AA, with the chain of aliases; NXDOMAIN and NODATA with the SOA; REFUSED outside."""
        reply = dns.message.make_response(query)
        origin = self.zone.origin
        assert origin is not None
        name, wanted = query.question[0].name, query.question[0].rdtype
        if not name.is_subdomain(origin):
            reply.set_rcode(dns.rcode.REFUSED)
            return reply
        reply.flags |= dns.flags.AA
        seen = set()
        while name not in seen and name.is_subdomain(origin):
            seen.add(name)
            if found := self._rrset(name, wanted):
                reply.answer.append(found)
                return reply
            alias = self._rrset(name, dns.rdatatype.CNAME)
            if alias is None:
                return self._negative(reply, name)
            reply.answer.append(alias)
            name = alias[0].target
        return reply

    def _negative(self, reply: dns.message.Message, name: dns.name.Name) -> dns.message.Message:
        if not any(owner.is_subdomain(name) for owner in self.zone):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        assert self.zone.origin is not None
        soa = self._rrset(self.zone.origin, dns.rdatatype.SOA)
        reply.authority = [soa] if soa else []
        return reply

    def _rrset(self, name: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> dns.rrset.RRset | None:
        return self.zone.get_rrset(name, rdtype)
