"""The `release:` section: its kind, and how its entries become checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from preflight import remote
from preflight.errors import Problem
from preflight.inventory import Ground
from preflight.kind import Cell, Expectation, Kind, Section
from preflight.model import Several
from preflight.nearest import did_you_mean
from preflight.source import Mark
from preflight_release.judge import judge, seen
from preflight_release.manifest import parse
from preflight_release.observation import Observation
from preflight_release.plan import Plan
from preflight_release.probe import probe
from preflight_release.promise import Manifest, Unusable
from preflight_release.spec import ArtifactSpec, OnHost, Part, Where


def target(spec: ArtifactSpec) -> str:
    """`phoenix-1.0.13/app-1`; `phoenix-1.0.13/app-1:extra` for what is there besides, where that only warns."""
    return f"{spec.called}/{spec.where.host}{':extra' if spec.where.part == 'extra' else ''}"


def contacts(spec: ArtifactSpec, plan: Plan) -> str:
    """What is read and run on the host."""
    host = dict(plan.hosts)[spec.where.host]
    return f"{', '.join(_looks(spec))}, on {remote.contacts(spec.where.host, host)}"


def _looks(spec: ArtifactSpec) -> Iterator[str]:
    version, running = spec.version_from, spec.running
    if spec.root:
        manifest = spec.where.manifest
        files = f"{len(manifest.files)} files" if manifest else f"the files that {_on_host(spec)} promises"
        yield f"reads {files} below {spec.root}" + (" and lists the others" if spec.extra != "ignore" else "")
    if version:
        yield f"reads {version.file}" if version.file else f"runs `{version.command}`"
    if spec.package:
        yield f"asks dpkg, rpm or apk for {spec.package}"
    if running:
        yield from (f"fetches {running.http}",) if running.http else ()
        yield from (f"runs `{running.command}`",) if running.command else ()
        yield from (f"looks for processes `{running.process}`",) if running.process else ()
    if spec.image:
        yield f"inspects the container {spec.image.container}"


def _on_host(spec: ArtifactSpec) -> str:
    return spec.manifest.on_host if isinstance(spec.manifest, OnHost) else ""


def cell(spec: ArtifactSpec, observation: Observation | None) -> Cell:
    column = f"{spec.id.partition('/')[0] or spec.called}{' extra' if spec.where.part == 'extra' else ''}"
    return Cell(spec.where.host, column, seen(spec, observation) if observation is not None else "")


def expectations(section: tuple[ArtifactSpec, ...], ground: Ground) -> Iterator[Expectation[ArtifactSpec] | Problem]:
    """One check for each release and host; two, where extra files only warn."""
    made: list[ArtifactSpec] = []
    for number, spec in enumerate(section):
        hosts = [_members(number, at, word, spec, ground) for at, word in enumerate(spec.hosts)]
        yield from (each for each in hosts if isinstance(each, Problem))
        manifest = _manifest(number, spec)
        if isinstance(manifest, Problem):
            yield manifest
            continue
        names = dict.fromkeys(name for each in hosts if not isinstance(each, Problem) for name in each)
        parts: tuple[Part, ...] = ("promised", "extra") if spec.extra == "warn" else ("all",)
        alone = len(names) == 1
        made += [spec.on(Where(number, name, alone, part, manifest)) for name in names for part in parts]
    used = {spec.where.host for spec in made}
    plan = Plan(tuple((name, host) for name, host in ground.hosts.items() if name in used))
    yield from (Expectation(ARTIFACT, spec, plan) for spec in made)


def _members(number: int, at: int, word: str, spec: ArtifactSpec, ground: Ground) -> Iterable[str] | Problem:
    groups = ground.groups
    if word in ground.hosts and word in groups:
        message = f"{word} is the name of a host and of a group: rename one of them"
    elif word in ground.hosts:
        return (word,)
    elif word in groups:
        return groups[word]
    else:
        message = f'there is no host or group "{word}" here{did_you_mean(word, {*ground.hosts, *groups})}'
    listed = f"[{at}]" if len(spec.hosts) > 1 else ""
    return Problem(spec.place("hosts", at), f"release[{number}].hosts{listed}", message)


def _manifest(number: int, spec: ArtifactSpec) -> Manifest | Problem | None:
    if not isinstance(spec.manifest, str):
        return None
    at = spec.place("manifest")
    path = Path(at.file).parent / spec.manifest
    try:
        return parse(path.read_bytes(), path.name)
    except OSError as error:
        return Problem(at, f"release[{number}].manifest", f"{path.name}: {error.strerror}")
    except Unusable as error:
        return Problem(Mark(str(path), error.line, error.column), f"the manifest of {spec.called}", error.message)


ARTIFACT = Kind("release.artifact", ArtifactSpec, Observation, target, probe, judge, contacts, cell)
SECTION = Section(Several[ArtifactSpec], (ARTIFACT,), expectations)
