"""The words of a finding on what a host is told: which part of the host answered, and what to do there. Pure."""

from __future__ import annotations

from dataclasses import replace

from preflight.finding import Finding, NotChecked
from preflight_dns.host.trace import NOTHING_FOUND
from preflight_dns.observation import HostPath, Lookup
from preflight_dns.spec import RecordSpec
from preflight_dns.values import shown

Reason = Finding | NotChecked


def on_host(spec: RecordSpec, reasons: list[Reason], lookups: tuple[Lookup, ...]) -> list[Reason]:
    """The reasons, with the path that the host took, and with what to do about it there."""
    paths = [lookup.path for lookup in lookups if lookup.path is not None]
    # What a record is wrong in, is wrong by one way: that of the type in question, or of an address that does not fit.
    path = next((each for each in paths if _pinned(each)), paths[0])
    return [_placed(spec, reason, path) if isinstance(reason, Finding) else reason for reason in reasons]


def _placed(spec: RecordSpec, finding: Finding, path: HostPath) -> Finding:
    return replace(
        finding,
        observed="\n".join(
            [finding.observed, *_way(path, spec.type, of_dns=f"from {path.server}:" in finding.observed)]
        ),
        next_step=_next_step(spec, finding, path),
        consequence=spec.why or f"programs on {path.host} are told this, whatever others are told",
        cause=f"/etc/hosts on {path.host} stands before the DNS" if _pinned(path) else finding.cause,
    )


def _way(path: HostPath, rdtype: str, *, of_dns: bool) -> list[str]:
    """How the host came to its answer, a line for each part of it. `of_dns`: that is what the DNS says by itself."""
    lines = []
    found_as = _by_search(path)
    if path.service in ("files", "") and path.hosts:
        lines.append(_lines(path))
    if path.server and not of_dns and (path.service != "dns" or found_as):
        lines.append(f"the DNS says {_dns(path, rdtype)}, from {path.server}")
    if found_as:
        lines.append(f"found as {found_as}, by the search list")
    services = f"hosts: {path.nsswitch}" if path.nsswitch else "no nsswitch.conf"
    by = f", and {path.service} answered" if path.service else ""
    servers = [f"nameserver {server}" for server in path.nameservers]
    search = [f"search {' '.join(path.search)}"] if path.search else []
    upstream = [f"which asks {', '.join(path.upstream)}"] if path.upstream else []
    cached = "; nscd caches" if path.nscd else ""
    lines.append(f"{services}{by}; resolv.conf: {', '.join([*servers, *upstream, *search])}{cached}")
    return lines


def stale(path: HostPath, rdtype: str) -> str:
    """That a line of /etc/hosts stands before what the DNS says, in one line; empty if none does, or they agree."""
    if not _pinned(path):
        return ""
    return f"{path.host} goes by {_lines(path)}, and the DNS says {_dns(path, rdtype)}"


def _pinned(path: HostPath) -> bool:
    given = {line.split()[1] for line in path.hosts}
    return path.service == "files" and bool(path.server) and not given <= {*path.dns}


def _dns(path: HostPath, rdtype: str) -> str:
    if path.dns:
        return ", ".join(shown(rdtype, text) for text in path.dns)
    return f"no {rdtype}" if path.dns_rcode == "NOERROR" else path.dns_rcode


def _lines(path: HostPath) -> str:
    return "; ".join(f"/etc/hosts:{line.replace(' ', ': ', 1)}" for line in path.hosts)


def _by_search(path: HostPath) -> str:
    """The longer name by which it was found; empty if it was found as it is."""
    domains = (f".{domain.rstrip('.').lower()}" for domain in path.search)
    return path.canonical if path.service != "files" and path.canonical.endswith(tuple(domains)) else ""


def _next_step(spec: RecordSpec, finding: Finding, path: HostPath) -> str:
    numbers = [line.split()[0] for line in path.hosts]
    if path.service == "files" and numbers:
        which = f"line{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"
        return f"correct {which} of /etc/hosts on {path.host}, or take {'them' if len(numbers) > 1 else 'it'} out"
    if NOTHING_FOUND in finding.observed:
        return f"let `hosts:` of /etc/nsswitch.conf on {path.host} name dns, or see what stands before it there"
    if path.service not in ("", "dns", "files"):
        command = f"getent -s {path.service} ahosts {spec.name}"
        return f"see what {path.service} on {path.host} knows of {spec.name} (`{command}`)"
    servers = ", ".join(path.nameservers)
    return f"see what {path.server or servers}, which {path.host} asks, has in its cache, and whom it forwards to"
