"""Every RRset of a zone asked of every server, many at once, each handed on and forgotten: memory does not grow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from operator import itemgetter

import dns.rdatatype

from preflight_dns.wire import Message
from preflight_dns.zone.known import RrsetName
from preflight_dns.zone.said import Heard, type_of

AT_A_TIME = 128  # names asked for at once; each server has a window of its own
Ask = Callable[[str, dns.rdatatype.RdataType], Awaitable[Sequence[Heard]]]
Take = Callable[[str, str, Sequence[Heard]], None]


async def sweep(
    rrsets: Sequence[RrsetName], ask: Ask, takers: Sequence[Take], tell: Callable[[float, str], None]
) -> tuple[int, int]:
    """Ask for all of them, those of a name together; gives how many RRsets and names some server has."""
    left = iter([(name, [rdtype for _, rdtype in both]) for name, both in groupby(rrsets, key=itemgetter(0))])
    found, done, names = 0, 0, set[str]()

    async def work() -> None:
        nonlocal found, done
        for name, rdtypes in left:  # of a name, one type after the other: what is told of it does not hang on chance
            alias = False
            for rdtype in rdtypes:
                heard = await ask(name, type_of(rdtype))
                for take in takers:
                    take(name, rdtype, heard)
                shown = next((one for one in heard if isinstance(one, Message) and (one.answer or _refers(one))), None)
                if shown is not None:
                    names.add(name)
                    found += not alias
                    # An alias is one RRset, whatever it is asked for.
                    alias = alias or (bool(shown.answer) and shown.answer[0].type == "CNAME")
                done += 1
                if done % 500 == 0:
                    tell(done / len(rrsets), f"{done:,} of {len(rrsets):,} RRsets of the zone")

    async with asyncio.TaskGroup() as group:
        for _ in range(min(AT_A_TIME, len(rrsets))):
            group.create_task(work())
    return found, len(names)


def _refers(message: Message) -> bool:
    return not message.authoritative and message.rcode == "NOERROR" and bool(message.authority)
