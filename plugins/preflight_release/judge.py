"""Why is a release not what was promised?"""

from __future__ import annotations

from collections.abc import Iterator

from preflight.finding import Finding, NotChecked
from preflight_release import advice, advice_versions
from preflight_release.compare import SORTS, deviations, manifest_of
from preflight_release.globs import matcher
from preflight_release.observation import Observation, Process, Tree
from preflight_release.spec import ArtifactSpec
from preflight_release.versions import PLACES, installed, right, said

Reason = Finding | NotChecked


def judge(spec: ArtifactSpec, observation: Observation) -> list[Reason]:
    """One reason for all files that are wrong alike, one for all versions, and one for each thing that is not known."""
    reasons = list(_files(spec, observation))
    if spec.where.part != "extra":
        reasons += _versions(spec, observation)
        reasons += _image(spec, observation)
        reasons += _processes(spec, observation)
        if observation.uneven:
            reasons.append(advice.uneven(spec, observation))
    if observation.lost is not None:
        reasons.append(observation.lost)
    return reasons


def seen(spec: ArtifactSpec, observation: Observation) -> str:
    """What was seen, in a word or two: `1.0.13`, or `2 missing, 1 extra`."""
    wrong = _counts(spec, observation)
    if wrong or spec.where.part == "extra":
        return ", ".join(f"{number} {sort}" for sort, number in wrong.items())
    for place in ("running", "disk", "package"):
        if (each := said(observation).get(place)) is not None and each.versions:
            return f"{', '.join(each.versions)}{' running' if place == 'running' else ''}"
    manifest = manifest_of(spec, observation)
    return f"{len(manifest.files)} files" if manifest is not None and observation.tree is not None else ""


def _counts(spec: ArtifactSpec, observation: Observation) -> dict[str, int]:
    found = [each.sort for each in deviations(spec, observation)]
    return {sort: found.count(sort) for sort in SORTS if sort in found and _counts_in(spec, sort)}


def _counts_in(spec: ArtifactSpec, sort: str) -> bool:
    part = spec.where.part
    return part == "all" or (sort == "extra") == (part == "extra")


def _files(spec: ArtifactSpec, observation: Observation) -> Iterator[Reason]:
    if spec.manifest is None:
        return
    tree = observation.tree
    if observation.unusable:
        yield advice.unusable(observation)
    elif tree is None:
        if observation.lost is None:
            yield advice_versions.unheard(spec, observation, f"what lies below {spec.root}")
    elif tree.missing:
        yield advice.no_root(spec, observation, tree)
    else:
        found = deviations(spec, observation)
        for sort in SORTS:
            if _counts_in(spec, sort) and (alike := [each for each in found if each.sort == sort]):
                yield advice.files(spec, observation, sort, alike)
        unreadable = [each for each in found if each.sort == "unreadable"]
        if unreadable and spec.where.part != "extra":
            yield advice.unreadable(spec, observation, unreadable)
        if spec.where.part != "promised":
            yield from _unseen(spec, observation, tree)


def _unseen(spec: ArtifactSpec, observation: Observation, tree: Tree) -> Iterator[NotChecked]:
    """Folders that may hold what nobody promised."""
    if spec.extra == "ignore":
        return
    excepted = matcher(spec.except_)
    closed = [folder for folder in tree.closed if not excepted(folder)]
    if closed:
        yield advice.closed(spec, observation, closed)
    if not tree.whole or tree.complaint:
        yield advice_versions.unheard(spec, observation, f"all that lies below {spec.root}", tree.complaint)


def _versions(spec: ArtifactSpec, observation: Observation) -> Iterator[Reason]:
    asked = {
        "disk": spec.version_from is not None,
        "package": spec.package is not None,
        "running": spec.running is not None and spec.running.tells,
    }
    known = said(observation)
    if any(not each.unknown and not right(spec, place, each) for place, each in known.items()):
        yield advice_versions.versions(spec, observation)
    for place, each in known.items():
        if each.unknown:
            yield advice_versions.version_unknown(spec, observation, place, each.unknown)
    for place in PLACES:
        if asked[place] and place not in known and observation.lost is None and not _rootless(observation):
            yield advice_versions.unheard(spec, observation, f"the version {PLACES[place]}")


def _rootless(observation: Observation) -> bool:
    """What is below a root that is not there was not looked for; that it is not there has been said."""
    return observation.tree is not None and bool(observation.tree.missing)


def _image(spec: ArtifactSpec, observation: Observation) -> Iterator[Reason]:
    image = observation.image
    if spec.image is None:
        return
    if image is None:
        if observation.lost is None:
            yield advice_versions.unheard(spec, observation, f"the image of the container {spec.image.container}")
    elif image.unknown:
        yield advice_versions.version_unknown(spec, observation, "image", image.unknown)
    elif image.wrong or image.more or spec.image.digest not in image.versions:
        yield advice_versions.image(spec, observation, image)


def _processes(spec: ArtifactSpec, observation: Observation) -> Iterator[Reason]:
    if spec.running is None or not spec.running.process:
        return
    if observation.processes is None:
        if observation.lost is None:
            yield advice_versions.unheard(spec, observation, f"processes `{spec.running.process}`")
    elif not observation.processes:
        yield advice_versions.no_process(spec, observation)
    else:
        put, what = installed(observation)
        old = [each for each in observation.processes if _is_old(each, put, observation)]
        if old:
            yield advice_versions.stale(spec, observation, old, put, what)
        elif not put:
            if observation.lost is None:
                yield advice_versions.unheard(spec, observation, "when its files were put there")
        elif any(each.started < put for each in observation.processes):
            yield advice_versions.too_close(spec, observation)


def _is_old(process: Process, put: float, observation: Observation) -> bool:
    """Whether it certainly runs what was there before: it started earlier, or what it runs is deleted."""
    root = observation.tree.root if observation.tree is not None else ""
    deleted = bool(root) and any(path.startswith(f"{root}/") for path in process.deleted)
    return deleted or process.started + observation.coarse < put
