"""Releases in folders of this machine, and what is said of them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from preflight.finding import Finding, NotChecked
from preflight.kind import Batch, Check
from preflight.observe import Handover
from preflight.testing import assert_serialises, parse
from preflight_release.observation import Observation
from preflight_release.plugin import pytest_preflight_domain

RELEASE = pytest_preflight_domain()
LOCAL = "hosts: {app-1: {connection: local, groups: [app]}}\n"
BUILD = {"bin/phoenix": b"#!/bin/sh\necho 1.0.13\n", "lib/a.so": b"a" * 4000, "VERSION": b"1.0.13\n"}

Seen = tuple[Any, list[Finding | NotChecked]]


def fill(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def sums(files: Mapping[str, bytes], algorithm: str = "sha256") -> str:
    return "".join(f"{hashlib.new(algorithm, data).hexdigest()}  {name}\n" for name, data in files.items())


def look(text: str) -> dict[str, Seen]:
    """By what is between the brackets of the checks' ids: what was seen in this inventory, and what the judge says."""
    return of_checks(parse(RELEASE, text))


def of_checks(checks: list[Check]) -> dict[str, Seen]:
    seen: list[Any] = []
    pairs = tuple((check.key, check.spec) for check in checks)
    kind = checks[0].kind
    kind.probe(Batch(kind, pairs, checks[0].shared), Handover([check.key for check in checks], seen.append))
    specs = dict(pairs)
    found: dict[str, Seen] = defaultdict(lambda: (None, []))
    for key, observed in seen:
        if isinstance(observed, Observation):
            assert_serialises(kind, observed)
        reasons = [observed] if isinstance(observed, NotChecked) else list(kind.judge(specs[key], observed))
        for reason in reasons:
            assert reason.next_step, reason
            assert isinstance(reason, NotChecked) or reason.consequence or specs[key].why
        found[key[1].removeprefix("release.artifact[").removesuffix("]")] = (observed, reasons)
    assert found.keys() == {check.id.removeprefix("release.artifact[").removesuffix("]") for check in checks}
    return dict(found)


@dataclass(frozen=True)
class Release:
    """Phoenix 1.0.13, its build and what was installed of it."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "phoenix"

    @property
    def manifest(self) -> Path:
        return self.folder / "phoenix.sha256"

    def text(self, more: str = "", hosts: str = LOCAL) -> str:
        fields = f"name: phoenix, version: 1.0.13, hosts: app, root: {self.root}, manifest: {self.manifest}"
        return f"{hosts}release:\n  - {{{fields}{', ' if more else ''}{more}}}\n"

    def look(self, more: str = "") -> list[str]:
        """What the judge says of the one check, in a line each."""
        ((_, reasons),) = look(self.text(more)).values()
        return [said(reason).replace(str(self.root), "ROOT") for reason in reasons]

    def reasons(self, more: str = "") -> list[Finding | NotChecked]:
        ((_, reasons),) = look(self.text(more)).values()
        return reasons

    def seen(self, more: str = "") -> Observation:
        ((observation, _),) = look(self.text(more)).values()
        assert isinstance(observation, Observation), observation
        return observation


def said(reason: Finding | NotChecked) -> str:
    return reason.observed if isinstance(reason, Finding) else f"not checked: {reason.reason}"
