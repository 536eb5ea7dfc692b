"""What to tell the operator: what was promised, what is there, on which hosts, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from preflight.finding import Finding, NotChecked
from preflight_release.compare import Deviation, manifest_of
from preflight_release.nodes import sums
from preflight_release.observation import Observation, Process, Said, Tree
from preflight_release.spec import ArtifactSpec
from preflight_release.versions import PLACES, right, said

LISTED = 5  # files, in a finding
_WRONG = {
    "missing": "missing",
    "changed": "not as built",
    "type": "of another type",
    "mode": "of another mode",
    "extra": "there, and not promised",
}
_MEANS = {
    "missing": "what needs {them} fails, maybe not before somebody uses it",
    "changed": "what runs is not what was built and tested",
    "type": "what runs is not what was built and tested",
    "mode": "{they} cannot be run or read by whom it should be, or by whom it should not",
    "extra": "what is left of another build may be loaded in place of what was promised",
}


def files(spec: ArtifactSpec, observation: Observation, sort: str, alike: Sequence[Deviation]) -> Finding:
    number = len(alike)
    manifest = manifest_of(spec, observation)
    promised = f"{_number(len(manifest.files))} of {manifest.source}" if manifest else ""
    expected = f"{'nothing but ' if sort == 'extra' else ''}{promised} below {spec.root}"
    shown = _listed((_deviation(each) for each in alike), number)
    nodes = _nodes(spec, observation, sort)
    observed = f"on {observation.host}: {_number(number)} {_WRONG[sort]}: {shown}{f'; {nodes}' if nodes else ''}"
    words = {"them": "it" if number == 1 else "them", "they": "it" if number == 1 else "they"}
    return Finding(
        expected,
        observed,
        _mend(spec, observation, sort, alike),
        consequence="" if spec.why else _MEANS[sort].format(**words),
        cause=f"{spec.called}: {_number(number)} {_WRONG[sort]}: {_listed((each.path for each in alike), number, 2)}",
    )


def _deviation(each: Deviation) -> str:
    if each.promised:
        return f"{each.path} ({each.there}, promised {each.promised})"
    return f"{each.path} ({each.there})" if each.there else each.path


def _nodes(spec: ArtifactSpec, observation: Observation, sort: str) -> str:
    """How the other hosts fare in this."""
    own = sums(spec, observation).get(sort, "")
    like = {peer.host: dict(peer.like).get(sort, "") for peer in observation.peers}
    same = [host for host, theirs in like.items() if theirs == own]
    clean = [host for host, theirs in like.items() if not theirs]
    other = [host for host, theirs in like.items() if theirs and theirs != own]
    if clean and not same and not other:
        return f"only {observation.host} differs, {_hosts(clean)} {'is' if len(clean) == 1 else 'are'} as promised"
    said = [f"the same on {_hosts(same)}"] if same else []
    said += [f"others on {_hosts(other)}"] if other else []
    said += [f"none on {_hosts(clean)}"] if clean else []
    return ", ".join(said)


def _mend(spec: ArtifactSpec, observation: Observation, sort: str, alike: Sequence[Deviation]) -> str:
    host, paths = observation.host, [shlex.quote(f"{spec.root}/{each.path}") for each in alike[:LISTED]]
    if sort == "extra":
        return (
            f"see where they are from (`ls -l --time-style=full-iso {' '.join(paths[:2])}` on {host}), and remove "
            "them, or write them under `except:`"
        )
    if sort == "mode":
        return f"on {host}: " + "; ".join(
            f"`chmod {each.promised} {path}`" for each, path in zip(alike[:LISTED], paths, strict=False)
        )
    if reinstall := _reinstall(spec, observation):
        return f"install it again on {host}: {reinstall}"
    good = next(
        (peer.host for peer in observation.peers if not dict(peer.like).keys() & {"missing", "changed", "type"}), ""
    )
    if good and sort != "type" and not any(each.promised.startswith("a link") for each in alike):
        copy = f"`scp -p {good}:{paths[0]} {host}:{paths[0]}`"
        return f"put {spec.called} there again from its build, or copy from {good}, which has it all: {copy}"
    return f"put {spec.called} there again from its build, such as `scp -p BUILD/{alike[0].path} {host}:{paths[0]}`"


def _reinstall(spec: ArtifactSpec, observation: Observation) -> str:
    package = observation.package
    if package is None or not right(spec, "package", package):
        return ""
    version = package.versions[0]
    return {
        "dpkg": f"`apt-get install --reinstall {spec.package}={version}`",
        "rpm": f"`dnf reinstall {spec.package}-{version}`",
        "apk": f"`apk fix {spec.package}`",
    }.get(package.by, "")


def no_root(spec: ArtifactSpec, observation: Observation, tree: Tree) -> Finding | NotChecked:
    where = f"{spec.root} on {observation.host}"
    if "denied" in tree.missing or spec.where.part == "extra":
        return NotChecked(f"{where}: {tree.missing}", f"{where}: {tree.missing}", _let_read(observation))
    clean = [peer.host for peer in observation.peers if not peer.like]
    return Finding(
        f"{spec.called} in {spec.root}",
        f"on {observation.host}: {spec.root}: {tree.missing}" + (f"; as promised on {_hosts(clean)}" if clean else ""),
        f"install {spec.called} on {observation.host}, or mend `root:`",
        consequence="" if spec.why else f"{spec.name} is not there",
        cause=f"{spec.called}: {spec.root}: {tree.missing}",
    )


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
        since = f" since {_moment(oldest.started)} (PID {oldest.pid})"
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
        return f"{PLACES[place]} the same on {_hosts(same)}" if same else ""
    by_version = {version: _hosts([h for h, v in other.items() if v == version]) for version in other.values()}
    said = ", ".join(f"{version} on {hosts}" for version, hosts in by_version.items())
    only = "" if same else f"only {observation.host} differs: "
    return f"{only}{PLACES[place]} {said}"


def _mend_version(spec: ArtifactSpec, observation: Observation, wrong: Sequence[str]) -> str:
    host = observation.host
    if wrong == ["running"]:
        each = observation.running
        if each is not None and each.versions:
            return f"restart {spec.name} on {host}: what is installed is right, what runs is not{_unit(observation)}"
        return f"see why {spec.name} does not answer on {host} (`systemctl status {spec.name}`, its log), and start it"
    if wrong == ["disk"]:
        return f"see which build {spec.root or host} was filled from; its other versions are right"
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
        return _let_read(observation)
    if "curl" in unknown and "there" in unknown:
        return f"install curl on {observation.host}, or write `running: {{command: ...}}`"
    return f"log in to {observation.host} and ask by hand; mend what the inventory says of {spec.called} if it is that"


def image(spec: ArtifactSpec, observation: Observation, seen: Said) -> Finding:
    assert spec.image is not None
    container, digest = spec.image.container, spec.image.digest
    what = seen.wrong or f"made of {_listed((each[:19] for each in seen.versions), len(seen.versions))}"
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
    shown = _listed((f"PID {each.pid} started {_moment(each.started)}" for each in old), len(old), 3)
    gone = [path for each in old for path in each.deleted]
    deleted = f"; it still runs {gone[0]}, which is deleted" if gone else ""
    return Finding(
        f"{spec.name} started after its files were put there",
        f"on {observation.host}: {shown}, {what} was put there {_moment(put)}{deleted}",
        f"restart {spec.name} on {observation.host}{_unit(observation)}",
        consequence="" if spec.why else "it runs what was there before, and loads the rest from the new release",
        cause=f"{spec.called}: runs since before its files were put there",
    )


def too_close(spec: ArtifactSpec, observation: Observation) -> NotChecked:
    reason = (
        f"on {observation.host}: {spec.name} was started within {observation.coarse:g} s of when its files were put there: "
        "which came first cannot be told"
    )
    return NotChecked(reason, f"{spec.called} on {observation.host}: started as its files came", f"restart {spec.name}")


def unreadable(spec: ArtifactSpec, observation: Observation, those: Sequence[Deviation]) -> NotChecked:
    shown = _listed((_deviation(each) for each in those), len(those))
    reason = f"on {observation.host}: {_number(len(those))} could not be read: {shown}"
    return NotChecked(reason, f"{spec.root} on {observation.host} cannot be read as a whole", _let_read(observation))


def closed(spec: ArtifactSpec, observation: Observation, folders: Sequence[str]) -> NotChecked:
    shown = _listed((f"{spec.root}/{folder}".rstrip("/") for folder in folders), len(folders))
    reason = f"on {observation.host}: what else there is in {shown} is not known: it may not be looked into"
    return NotChecked(reason, f"{spec.root} on {observation.host} cannot be read as a whole", _let_read(observation))


def unheard(spec: ArtifactSpec, observation: Observation, what: str, because: str = "") -> NotChecked:
    reason = f"on {observation.host}: {what} is not known" + (f": {because}" if because else "")
    next_step = f"log in to {observation.host} and look at {spec.root or spec.name} by hand"
    return NotChecked(reason, f"{spec.called} on {observation.host} could not be looked at as a whole", next_step)


def unusable(spec: ArtifactSpec, observation: Observation) -> NotChecked:
    reason = f"on {observation.host}, the manifest cannot be used: {observation.unusable}"
    return NotChecked(
        reason, reason, "put a manifest there, or keep it beside the inventory, where no host can change it"
    )


def uneven(spec: ArtifactSpec, observation: Observation) -> Finding:
    those = observation.uneven
    shown = _listed((f"{each.path} is {each.here}, {each.there} on {_hosts(each.hosts)}" for each in those), len(those))
    return Finding(
        f"modes and owners of {spec.called} alike on all its hosts",
        f"on {observation.host}: {shown}",
        f"see which is right, and give {observation.host} the others' (`chmod`, `chown`), or promise the modes in a table",
        consequence="" if spec.why else f"{observation.host} may fail where the others do not",
        cause=f"{spec.called}: modes or owners are not alike",
    )


def _let_read(observation: Observation) -> str:
    return f"let the user that preflight logs in as on {observation.host} read it, or write `sudo: true` for that host"


def _listed(texts: Iterable[str], number: int, most: int = LISTED) -> str:
    shown = [text for text, _ in zip(texts, range(most), strict=False)]
    return ", ".join(shown) + (f" and {number - most} more" if number > most else "")


def _hosts(names: Sequence[str]) -> str:
    return _listed(names, len(names), 8)


def _number(number: int) -> str:
    return f"{number:,} {'file' if number == 1 else 'files'}"


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
