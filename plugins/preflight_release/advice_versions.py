"""What to tell the operator of versions, images and processes."""

from __future__ import annotations

from collections.abc import Sequence

from preflight.finding import Finding, NotChecked
from preflight_release.observation import Observation, Process, Said
from preflight_release.spec import ArtifactSpec
from preflight_release.versions import PLACES, right, said
from preflight_release.words import hosts, let_read, listed, moment


def versions(spec: ArtifactSpec, observation: Observation) -> Finding:
    known = said(observation)
    wrong = [place for place, each in known.items() if not each.unknown and not right(spec, place, each)]
    asked = ", ".join(PLACES[place] for place in known)
    told = ", ".join(_told(observation, place, each) for place, each in known.items())
    nodes = "; ".join(filter(None, (_versions_elsewhere(observation, place, known[place]) for place in wrong)))
    cause = ", ".join(f"{PLACES[place]} {_what(known[place])}" for place in wrong)
    return Finding(
        f"{spec.name} {spec.version} {asked}",
        f"on {observation.host}: {told}{f'; {nodes}' if nodes else ''}",
        _mend_version(spec, observation, wrong),
        consequence="" if spec.why else f"{observation.host} does not have, or does not run, what was promised",
        cause=f"{spec.called}: {cause}",
    )


def _told(observation: Observation, place: str, each: Said) -> str:
    since = ""
    if place == "running" and observation.processes:
        oldest = min(observation.processes, key=lambda process: process.started)
        since = f" since {moment(oldest.started)} (PID {oldest.pid})"
    return f"{PLACES[place]} {_what(each)}{since}"


def _what(each: Said) -> str:
    what = each.wrong or (f"unknown ({each.unknown})" if each.unknown else ", ".join(each.versions))
    return f"{what} ({each.more})" if each.more else what


def _versions_elsewhere(observation: Observation, place: str, each: Said) -> str:
    own = ", ".join(each.versions)
    there = {peer.host: dict(peer.versions).get(place, "") for peer in observation.peers}
    same = [host for host, version in there.items() if version and version == own]
    other = {host: version for host, version in there.items() if version and version != own}
    if not other:
        return f"{PLACES[place]} the same on {hosts(same)}" if same else ""
    by_version = {version: hosts([h for h, v in other.items() if v == version]) for version in other.values()}
    said = ", ".join(f"{version} on {where}" for version, where in by_version.items())
    only = "" if same else f"only {observation.host} differs: "
    return f"{only}{PLACES[place]} {said}"


def _mend_version(spec: ArtifactSpec, observation: Observation, wrong: Sequence[str]) -> str:
    host = observation.host
    if wrong == ["running"]:
        each = observation.running
        if each is not None and each.versions:
            return f"restart {spec.name} on {host}: what is installed is right, what runs is not{_unit(observation)}"
        return f"see why {spec.name} does not answer on {host} (`systemctl status {spec.name}`, its log), and start it"
    if wrong == ["disk"] and len(said(observation)) > 1:
        return f"see which build {spec.root or host} was filled from: what else says its version is right"
    if "package" in wrong:
        return f"install {spec.package} {spec.version} on {host} (`apt-get install {spec.package}={spec.version}*`)"
    return f"install {spec.called} on {host}, and restart it"


def _unit(observation: Observation) -> str:
    pids = [str(process.pid) for process in observation.processes or ()]
    return f" (`systemctl status {pids[0]}` names its unit)" if pids else ""


def version_unknown(spec: ArtifactSpec, observation: Observation, place: str, unknown: str) -> NotChecked:
    where = PLACES.get(place, "of its image")
    reason = f"on {observation.host}: the version {where}: {unknown}"
    return NotChecked(reason, f"{spec.called} on {observation.host}: {unknown}", _ask(spec, observation, unknown))


def _ask(spec: ArtifactSpec, observation: Observation, unknown: str) -> str:
    if "denied" in unknown:
        return let_read(observation)
    if "curl" in unknown and "there" in unknown:
        return f"install curl on {observation.host}, or write `running: {{command: ...}}`"
    return f"log in to {observation.host} and ask by hand; mend what the inventory says of {spec.called} if it is that"


def image(spec: ArtifactSpec, observation: Observation, seen: Said) -> Finding:
    assert spec.image is not None
    container, digest = spec.image.container, spec.image.digest
    what = seen.wrong or f"made of {listed((each[:19] for each in seen.versions), len(seen.versions))}"
    return Finding(
        f"the container {container} made of {digest[:19]}...",
        f"on {observation.host}: {what}" + (f"; {seen.more}" if seen.more else ""),
        f"pull the image by its digest ({digest}) on {observation.host}, and make the container anew",
        consequence="" if spec.why else "what runs is not what was built and tested",
        cause=f"{spec.called}: {what}" + (f"; {seen.more}" if seen.more else ""),
    )


def no_process(spec: ArtifactSpec, observation: Observation) -> Finding:
    assert spec.running is not None
    return Finding(
        f"{spec.name} running on {observation.host}",
        f"on {observation.host}: no process matches `{spec.running.process}`",
        f"start it (`systemctl status {spec.name}`), or mend `process:` (`ps -ef` shows the command lines)",
        consequence="" if spec.why else f"{spec.name} does not run on {observation.host}",
        cause=f"{spec.called}: no process matches `{spec.running.process}`",
    )


def stale(spec: ArtifactSpec, observation: Observation, old: Sequence[Process], put: float, what: str) -> Finding:
    shown = listed((f"PID {each.pid} started {moment(each.started)}" for each in old), len(old), 3)
    gone = [path for each in old for path in each.deleted]
    deleted = f"; it still runs {gone[0]}, which is deleted" if gone else ""
    return Finding(
        f"{spec.name} started after its files were put there",
        f"on {observation.host}: {shown}, {what} was put there {moment(put)}{deleted}",
        f"restart {spec.name} on {observation.host}{_unit(observation)}",
        consequence="" if spec.why else "it runs what was there before, and loads the rest from the new release",
        cause=f"{spec.called}: runs since before its files were put there",
    )


def too_close(spec: ArtifactSpec, observation: Observation) -> NotChecked:
    reason = (
        f"on {observation.host}: {spec.name} was started within {observation.coarse:g} s of when its files "
        "were put there: which came first cannot be told"
    )
    return NotChecked(reason, f"{spec.called} on {observation.host}: started as its files came", f"restart {spec.name}")


def unheard(spec: ArtifactSpec, observation: Observation, what: str, because: str = "") -> NotChecked:
    reason = f"on {observation.host}: {what} is not known" + (f": {because}" if because else "")
    next_step = f"log in to {observation.host} and look at {spec.root or spec.name} by hand"
    return NotChecked(reason, f"{spec.called} on {observation.host} could not be looked at as a whole", next_step)
