"""Why does it not count? From what people have attested of a step. Pure: the time is that of the observation."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from preflight.duration import format_duration
from preflight.finding import Finding, NotChecked
from preflight.kind import Deadline
from preflight_manual.observation import Attested, Observation
from preflight_manual.spec import StepSpec


def judge(spec: StepSpec, seen: Observation) -> Sequence[Finding | NotChecked]:
    """The last word of somebody who may say it is the one that counts; what was said before it counts no more."""
    for said in seen.attested:
        if not _refused(spec, seen, said):
            over = _over(spec, seen, said)
            if over:
                return [_not_attested(spec, seen, over)]
            return [] if said.result == "passed" else [_failed(spec, seen, said)]
    return [
        _not_attested(spec, seen, "nobody has attested it" if not seen.attested else "nobody who may has attested it")
    ]


def sketch(_: StepSpec, seen: Observation, _columns: int, whole: bool) -> list[str]:
    """Who has said so: that is all the evidence there is. Short, unless all is asked for."""
    if not whole:
        return []
    return [
        f"{said.result}, says {said.by} at {moment(said.at)}, until {moment(said.until)} ({said.place})"
        + (f": {said.note}" if said.note else "")
        for said in seen.attested
    ] + list(_strangers(seen))


def deadline(spec: StepSpec, seen: Observation) -> Deadline | None:
    """From when on what has been said counts no more."""
    if judge(spec, seen):
        return None
    said = next(each for each in seen.attested if not _refused(spec, seen, each))
    ends = min(said.until, said.at + timedelta(seconds=spec.within))
    return Deadline(ends, f"whether it still holds: {spec.step}; what {said.by} has said counts until then")


def moment(at: datetime) -> str:
    return at.isoformat(" ", "minutes")


def _refused(spec: StepSpec, seen: Observation, said: Attested) -> str:
    """Why what somebody said is not his to say, or not yet."""
    if spec.by and said.by not in spec.by:
        return f"{said.by} has ({said.place}), who is not one of {', '.join(spec.by)}"
    if said.at > seen.at:
        return f"{said.by}'s attestation ({said.place}) is of a time to come, {moment(said.at)}"
    return ""


def _over(spec: StepSpec, seen: Observation, said: Attested) -> str:
    what = f"{said.by} has said at {moment(said.at)} that it {'was done' if said.result == 'passed' else 'failed'}"
    if said.until <= seen.at:
        return f"{what}, which held until {moment(said.until)} ({said.place})"
    if seen.at - said.at > timedelta(seconds=spec.within):
        return f"{what}, longer ago than {format_duration(spec.within)} ({said.place})"
    return ""


def _not_attested(spec: StepSpec, seen: Observation, why: str) -> NotChecked:
    refused = (_refused(spec, seen, said) for said in seen.attested)
    reasons = "; ".join([why, *filter(None, refused), *_strangers(seen)])
    return NotChecked(f"{spec.step}: {reasons}", next_step=_next_step(spec, seen))


def _strangers(seen: Observation) -> Iterator[str]:
    for each in seen.strangers:
        yield f"{each.by} has attested {each.step!r} ({each.place}), and there is no such step{each.near}"


def _failed(spec: StepSpec, seen: Observation, said: Attested) -> Finding:
    return Finding(
        expected=spec.step,
        observed=f"{said.by} says at {moment(said.at)} that it failed" + (f": {said.note}" if said.note else ""),
        next_step=f"ask {said.by}; when it is done, {_command(spec, seen)}",
    )


def _next_step(spec: StepSpec, seen: Observation) -> str:
    until = seen.at + timedelta(seconds=spec.within)
    line = (
        f"  - {{step: {_quoted(spec.called)}, by: NAME, at: {seen.at:%Y-%m-%dT%H:%MZ}, until: {until:%Y-%m-%dT%H:%MZ}}}"
    )
    return f"when it is done, {_command(spec, seen)}; or, below `attested:` in {seen.file},\n{line}"


def _command(spec: StepSpec, seen: Observation) -> str:
    """To be pasted, but for the name: nobody should attest in another one's by mistake."""
    lasts = format_duration(spec.within)
    words = ["preflight", "attest", seen.inventory, spec.called, "--by", "NAME", "--for", lasts]
    return f"`{shlex.join(words)}`" + (f" (NAME is {' or '.join(spec.by)})" if spec.by else "")


def _quoted(text: str) -> str:
    """As it can stand in YAML, whatever it is."""
    return "'" + text.replace("'", "''") + "'"
