"""What to tell the operator of files: what was promised, what is there, on which hosts, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from preflight.finding import Finding, NotChecked
from preflight_release.compare import Deviation, manifest_of
from preflight_release.nodes import sums
from preflight_release.observation import Observation, Tree
from preflight_release.spec import ArtifactSpec
from preflight_release.versions import right
from preflight_release.words import LISTED, hosts, let_read, listed, number_of

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
    promised = f"{number_of(len(manifest.files))} of {manifest.source}" if manifest else ""
    expected = f"{'nothing but ' if sort == 'extra' else ''}{promised} below {spec.root}"
    shown = listed((_deviation(each) for each in alike), number)
    nodes = _nodes(spec, observation, sort)
    observed = f"on {observation.host}: {number_of(number)} {_WRONG[sort]}: {shown}{f'; {nodes}' if nodes else ''}"
    words = {"them": "it" if number == 1 else "them", "they": "it" if number == 1 else "they"}
    return Finding(
        expected,
        observed,
        _mend(spec, observation, sort, alike),
        consequence="" if spec.why else _MEANS[sort].format(**words),
        cause=f"{spec.called}: {number_of(number)} {_WRONG[sort]}: {listed((each.path for each in alike), number, 2)}",
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
        return f"only on {observation.host}, not on {hosts(clean)}"
    said = [f"the same on {hosts(same)}"] if same else []
    said += [f"other ones on {hosts(other)}"] if other else []
    said += [f"not on {hosts(clean)}"] if clean else []
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
        return NotChecked(f"{where}: {tree.missing}", f"{where}: {tree.missing}", let_read(observation))
    clean = [peer.host for peer in observation.peers if not peer.like]
    return Finding(
        f"{spec.called} in {spec.root}",
        f"on {observation.host}: {spec.root}: {tree.missing}" + (f"; as promised on {hosts(clean)}" if clean else ""),
        f"install {spec.called} on {observation.host}, or mend `root:`",
        consequence="" if spec.why else f"{spec.name} is not there",
        cause=f"{spec.called}: {spec.root}: {tree.missing}",
    )


def unreadable(spec: ArtifactSpec, observation: Observation, those: Sequence[Deviation]) -> NotChecked:
    shown = listed((_deviation(each) for each in those), len(those))
    reason = f"on {observation.host}: {number_of(len(those))} could not be read: {shown}"
    return NotChecked(reason, f"{spec.root} on {observation.host} cannot be read as a whole", let_read(observation))


def closed(spec: ArtifactSpec, observation: Observation, folders: Sequence[str]) -> NotChecked:
    shown = listed((f"{spec.root}/{folder}".rstrip("/") for folder in folders), len(folders))
    reason = f"on {observation.host}: what else there is in {shown} is not known: it may not be looked into"
    return NotChecked(reason, f"{spec.root} on {observation.host} cannot be read as a whole", let_read(observation))


def unusable(observation: Observation) -> NotChecked:
    reason = f"on {observation.host}, the manifest cannot be used: {observation.unusable}"
    return NotChecked(
        reason, reason, "put a manifest there, or keep it beside the inventory, where no host can change it"
    )


def uneven(spec: ArtifactSpec, observation: Observation) -> Finding:
    those = observation.uneven
    shown = listed((f"{each.path} is {each.here}, {each.there} on {hosts(each.hosts)}" for each in those), len(those))
    return Finding(
        f"modes and owners of {spec.called} alike on all its hosts",
        f"on {observation.host}: {shown}",
        f"see which is right, and make it so (`chmod`, `chown`) on {observation.host}, or promise modes in a table",
        consequence="" if spec.why else f"{observation.host} may fail where the others do not",
        cause=f"{spec.called}: modes or owners are not alike",
    )
