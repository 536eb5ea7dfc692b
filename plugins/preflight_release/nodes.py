"""The hosts of one release against each other: are all nodes alike?"""

from __future__ import annotations

import stat
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from preflight_release.compare import SORTS, deviations, manifest_of
from preflight_release.observation import Entry, Observation, Peer, Uneven
from preflight_release.spec import ArtifactSpec
from preflight_release.versions import said

MOST = 50  # uneven files that are kept


def compared(
    spec: ArtifactSpec, observations: Mapping[str, Observation], unheard: tuple[str, ...]
) -> dict[str, Observation]:
    """Each host's observation, with what the other ones have in common with it, and what they have not."""
    peers = {host: _peer(host, spec, each) for host, each in observations.items()}
    uneven = _uneven(spec, observations)
    return {
        host: replace(
            each,
            peers=tuple(peer for name, peer in peers.items() if name != host and observations[name].lost is None),
            uneven=tuple(uneven[host][:MOST]),
            unheard=unheard,
        )
        for host, each in observations.items()
    }


def sums(spec: ArtifactSpec, observation: Observation) -> dict[str, str]:
    """For each sort of deviation: what all of that sort come to, equal where they are equal."""
    found = deviations(spec, observation)
    return {
        sort: sha256(repr(them).encode()).hexdigest()[:16]
        for sort in SORTS
        if (them := [(each.path, each.there) for each in found if each.sort == sort])
    }


def _peer(host: str, spec: ArtifactSpec, observation: Observation) -> Peer:
    versions = {place: ", ".join(each.versions) for place, each in said(observation).items() if each.versions}
    return Peer(host, tuple(sums(spec, observation).items()), tuple(versions.items()))


def _uneven(spec: ArtifactSpec, observations: Mapping[str, Observation]) -> dict[str, list[Uneven]]:
    """Modes and owners that nobody promised, where they are not those of most hosts."""
    by_path: dict[str, dict[str, str]] = defaultdict(dict)
    for host, each in observations.items():
        manifest = manifest_of(spec, each)
        if manifest is None or each.tree is None:
            continue
        modes = {file.path: file.mode for file in manifest.files if not file.target}
        for entry in each.tree.entries:
            if entry.path in modes and stat.S_ISREG(entry.mode):
                by_path[entry.path][host] = _facts(entry, modes[entry.path] is None)
    uneven: dict[str, list[Uneven]] = defaultdict(list)
    for path, facts in by_path.items():
        if len(set(facts.values())) == 1:
            continue
        (usual, most), *rest = Counter(facts.values()).most_common()
        tied = any(number == most for _, number in rest)
        for host, here in facts.items():
            # Where no fact is that of most, nobody is the odd one out, and each is told of the others.
            if here != usual or tied:
                there = usual if here != usual else rest[0][0]
                uneven[host].append(Uneven(path, here, there, tuple(h for h, fact in facts.items() if fact == there)))
    return uneven


def _facts(entry: Entry, with_mode: bool) -> str:
    return f"{stat.S_IMODE(entry.mode):04o} {entry.owner}" if with_mode else entry.owner
