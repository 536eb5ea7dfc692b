"""Whether what says a version means the one that was promised."""

from __future__ import annotations

import re

from preflight_release.observation import Observation, Said
from preflight_release.spec import ArtifactSpec

PLACES = {"disk": "on disk", "package": "in the package database", "running": "running"}


def same(place: str, promised: str, said: str) -> bool:
    """Whether it is that version: to the letter, but for the epoch and the revision that packages have besides.

    `2:1.0.13-1` and `1.0.13-r0` are the package of 1.0.13; `1.0.13+dfsg1-1` and `1.0.13~rc1-1` are not.
    """
    if said == promised:
        return True
    if place != "package":
        return False
    without_epoch = re.sub(r"^\d+:", "", said)
    return promised in (without_epoch, without_epoch.rpartition("-")[0])


def said(observation: Observation) -> dict[str, Said]:
    """What was asked, by place."""
    places = {place: getattr(observation, place) for place in PLACES}
    return {place: each for place, each in places.items() if each is not None}


def right(spec: ArtifactSpec, place: str, each: Said) -> bool:
    return bool(each.versions) and not each.more and all(same(place, spec.version, one) for one in each.versions)


def installed(observation: Observation) -> tuple[float, str]:
    """When the last of the promised files, or the link that is the root, was put there, and which; 0.0 if unknown."""
    tree = observation.tree
    if tree is None:
        return 0.0, ""
    put = [(entry.changed, entry.path) for entry in tree.entries if entry.digest]
    return max(put + ([(tree.switched, "the link to its root")] if tree.switched else []), default=(0.0, ""))
