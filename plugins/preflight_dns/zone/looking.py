"""Ask for an aspect whatever its judgement wants to know, round by round."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from typing import TypeVar

from preflight.finding import NotChecked
from preflight_dns.zone.asked import Asked
from preflight_dns.zone.aspect import Asker
from preflight_dns.zone.facts import Answered, Facts, Question
from preflight_dns.zone.flaws import Examine, missing
from preflight_dns.zone.spec import ZoneSpec

F = TypeVar("F", bound=Facts)
MOST_ROUNDS = 40  # an alias of an include of an include
MOST_QUESTIONS = 10_000
AT_ONCE = 100


async def looking(
    asker: Asker, spec: ZoneSpec, kind: type[F], examine: Examine, records: tuple[tuple[str, str], ...] | None = None
) -> F | NotChecked:
    """The facts by which `examine` can be done. `records`: what to look at; those of the inventory, if left out."""
    soa = await asker.ask(asker.zone, "SOA")
    nonce = secrets.token_hex(8)
    facts = kind(
        asker.zone, soa, asker.at, nonce, spec.is_delegated, asker.records if records is None else records, asker.absent
    )
    for _ in range(MOST_ROUNDS):
        wanted = missing(facts, examine)
        if not wanted:
            return facts
        count = len(facts.answered) + len(wanted)
        if count > MOST_QUESTIONS:
            reason = f"{count} questions would have to be asked for {spec.name}, and {MOST_QUESTIONS} is the most"
            step = "write `transfer: false`, and name what matters as records of the inventory, or under `names:`"
            return NotChecked(reason, next_step=step)
        found: list[Answered] = []
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            replies = await asyncio.gather(*(_ask(asker, question) for question in some))
            found += map(Answered, some, replies)
        facts = replace(facts, answered=facts.answered + tuple(found))
    reason = f"after {len(facts.answered)} questions for {spec.name} there are still more to ask"
    return NotChecked(reason, next_step="see what leads from one name to ever new ones, and let it end")


async def _ask(asker: Asker, question: Question) -> Asked:
    name, rdtype, signed = question.name, question.type, question.signed
    if question.whom == "resolvers":
        asked = await asker.resolve(name, rdtype, dnssec=signed, unchecked=question.unchecked)
    else:
        asked = await (asker.ask if question.whom == "zone" else asker.ask_above)(name, rdtype, dnssec=signed)
    # Nobody goes by the additional section, and thousands of them would be recorded.
    return replace(asked, replies=tuple(replace(reply, additional=()) for reply in asked.replies))
