"""Have all servers the same copy of the zone, by its serial (RFC 1982)?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from preflight.duration import format_duration
from preflight.finding import Finding, NotChecked
from preflight_dns.zone.asked import Asked, Reply
from preflight_dns.zone.aspect import Asker, Aspect
from preflight_dns.zone.serving import heard, names_of
from preflight_dns.zone.spec import ZoneSpec

HALF = 2**31


@dataclass(frozen=True, slots=True)
class SerialSeen:
    """The SOA on each server."""

    soa: Asked
    aspect: Literal["serial"] = "serial"


@dataclass(frozen=True, slots=True)
class Soa:
    """RFC 1035 section 3.3.13; seconds. `ttl` is that of the record itself."""

    primary: str
    mailbox: str
    serial: int
    refresh: int
    retry: int
    expire: int
    minimum: int
    ttl: int

    @property
    def negative(self) -> int:
        """For how long caches remember that a name does not exist (RFC 2308 section 5)."""
        return min(self.ttl, self.minimum)


def soa_of(reply: Reply, zone: str) -> Soa | None:
    found = reply.rrs(zone, "SOA")
    if not found:
        return None
    primary, mailbox, *numbers = found[0].text.split()
    return Soa(primary, mailbox, *map(int, numbers), ttl=found[0].ttl)  # type: ignore[misc]  # mypy takes it for two


async def look(asker: Asker, _spec: ZoneSpec) -> SerialSeen:
    return SerialSeen(await asker.ask(asker.zone, "SOA"))


def judge(spec: ZoneSpec, seen: SerialSeen, _at: datetime) -> Sequence[Finding | NotChecked]:
    zone = seen.soa.name
    serving = heard(zone, seen.soa)
    with_soa = [(reply, soa) for reply in serving.replies if (soa := soa_of(reply, zone))]
    without = [reply for reply in serving.replies if not any(reply is one for one, _ in with_soa)]
    return [*_odd(spec, with_soa), *map(_no_soa, without), *serving.reasons]


def ahead(serial: int, other: int) -> int | None:
    """By how much a serial is ahead of another one, negative if it is behind; None if RFC 1982 does not say."""
    distance = (serial - other) % 2**32
    return None if distance == HALF else distance if distance < HALF else distance - 2**32


def _is_newest(serial: int, others: Iterable[int]) -> bool:
    return all(serial == other or (ahead(serial, other) or -1) > 0 for other in others)


def _odd(spec: ZoneSpec, found: list[tuple[Reply, Soa]]) -> Iterator[Finding]:
    by_serial: dict[int, list[Reply]] = {}
    for reply, soa in found:
        by_serial.setdefault(soa.serial, []).append(reply)
    newest = next((one for one in by_serial if _is_newest(one, by_serial)), None)
    if newest is None:
        if by_serial:
            yield _not_comparable(by_serial)
        return
    soas = {reply.server: soa for reply, soa in found}
    for serial, replies in by_serial.items():
        behind = ahead(newest, serial) or 0
        if behind > spec.serial_tolerance:
            yield _behind(spec, newest, by_serial[newest], serial, replies, soas[replies[0].server])


def _behind(spec: ZoneSpec, newest: int, first: list[Reply], serial: int, replies: list[Reply], soa: Soa) -> Finding:
    servers, behind = names_of(replies), ahead(newest, serial)
    tolerance = f", or at most {spec.serial_tolerance} behind" if spec.serial_tolerance else ""
    return Finding(
        expected=f"the serial {newest} of {names_of(first)} on every server of {spec.name}{tolerance}",
        observed=f"{servers}: serial {serial}, {behind} behind{_apart(newest, serial)}",
        next_step=f"see in the logs of {servers} why no transfer comes: is NOTIFY sent to it, may it transfer (TCP, "
        "TSIG, allow-transfer), is its primary the right one; then make it transfer at once",
        consequence=f"it answers with an older copy of the zone; one that reaches its primary asks it every "
        f"{format_duration(soa.refresh)} (SOA refresh), and one that does not stops answering "
        f"{format_duration(soa.expire)} after its last success (SOA expire)",
        # An older copy is the root of whatever else is other there.
        cause="" if len(replies) > 1 else f"{servers} differs from the other servers",
    )


def _apart(newest: int, serial: int) -> str:
    """How old a copy is by the dates that serials mostly are."""
    now, then = _time_of(newest), _time_of(serial)
    if now is None or then is None or now <= then:
        return ""
    return f": by their dates it is {format_duration(round((now - then).total_seconds()))} older"


def _time_of(serial: int) -> datetime | None:
    """YYYYMMDDnn (RFC 1912 section 2.2), or seconds since 1970 as several servers write."""
    text = str(serial)
    try:
        if text.startswith(("19", "20")) and len(text) == 10:
            return datetime.strptime(text[:8], "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        pass
    return datetime.fromtimestamp(serial, UTC) if 10**9 <= serial < 19 * 10**8 else None


def _not_comparable(by_serial: dict[int, list[Reply]]) -> Finding:
    return Finding(
        expected="serials of which one is the newest (RFC 1982 section 3.2)",
        observed="\n".join(f"{names_of(replies)}: serial {serial}" for serial, replies in by_serial.items()),
        next_step="see which copy is the right one, and force a transfer of it on the others; then raise its serial in "
        "steps below 2147483648, waiting for all servers at each (RFC 1982 section 7)",
        consequence="which copy is newer is not defined: secondaries may keep the old one for ever",
    )


def _no_soa(reply: Reply) -> Finding:
    return Finding(
        expected="an SOA record at the top of the zone",
        observed=f"{reply.server}: {reply.rcode} and no SOA",
        next_step=f"see which zone {reply.server} serves there: its answer is with authority",
        consequence="no secondary can follow, and caches cannot remember what does not exist",
    )


ASPECT = Aspect(look, judge)
