"""The README shows nothing that does not work: its inventory loads, its findings are what pytest prints, its tables are
those of the models; and so is the example."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from preflight.model import CheckSpec
from preflight.testing import parse
from preflight_release.spec import ArtifactSpec, Image, OnHost, Running, VersionFrom
from preflight_release.tests.looked import BUILD, RELEASE, Release, fill, look, sums
from preflight_release.tests.test_hosts import home, host  # noqa: F401  the first is a fixture
from tests.lab.process import executable
from tests.lab.sshd import Sshd

HERE = Path(__file__).parents[1]
README = (HERE / "README.md").read_text("utf-8")
FENCES = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
(INVENTORY,) = (text for language, text in FENCES if language == "yaml")
(OUTPUT,) = (text for language, text in FENCES if not language)
PLAIN = [f"-pno:{plugin}" for plugin in ("randomly", "rerunfailures", "cacheprovider", "hypothesispytest")]
KEYS = {
    "release": ArtifactSpec,
    "release.version_from": VersionFrom,
    "release.running": Running,
    "release.image": Image,
}


@pytest.fixture
def printed(
    release: Release, start_sshd: Callable[..., Sshd], pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> str:
    """What pytest prints of the README's inventory: a file is missing on app-2, app-3 was never installed anew."""
    trees: dict[str, dict[str, bytes]] = {
        "app-1": BUILD,
        "app-2": {name: data for name, data in BUILD.items() if name != "lib/a.so"},
        "app-3": {"bin/phoenix": b"#!/bin/sh\necho 1.0.12\n", "lib/a.so": BUILD["lib/a.so"], "VERSION": b"1.0.12\n",
                  "lib/b.so": b""},
    }  # fmt: skip
    inventory = INVENTORY
    for name, files in trees.items():
        fill(release.folder / name / "phoenix", files)
        # Over /opt of this server alone.
        covered = f'mount --bind {release.folder / name} /opt && exec "$@"'
        prefix = [executable("unshare"), "--mount", "--propagation", "private", "sh", "-c", covered, "sh"]
        inventory = re.sub(rf"({name}: )\{{.*\}}", rf"\g<1>{host(start_sshd(prefix=prefix))}", inventory)
    folder = pytester.mkdir("inventories")
    (folder / "prod.yaml").write_text(inventory)
    (folder / "phoenix-1.0.13.sha256").write_text(sums(BUILD))
    monkeypatch.setenv("COLUMNS", "110")
    argv = [sys.executable, "-m", "pytest", *PLAIN, "--inventory", "prod"]
    return pytester.run(*argv).stdout.str()


def test_its_findings_are_what_is_printed(printed: str) -> None:
    # What is known first is printed first, and may differ.
    shown = [part.strip() for part in re.split(r"^(?:[_=]{3,}.*|\.\.\.|)$", OUTPUT, flags=re.M) if part.strip()]
    assert len(shown) >= 5
    for part in shown:
        assert part in printed, printed


def test_its_inventory_loads(tmp_path: Path) -> None:
    (tmp_path / "phoenix-1.0.13.sha256").write_text(sums(BUILD))
    assert len(parse(RELEASE, INVENTORY.replace("phoenix-1.0.13.sha256", str(tmp_path / "phoenix-1.0.13.sha256")))) == 3


def keys(model: Any) -> set[str]:
    rest = CheckSpec.model_fields.keys() if issubclass(model, CheckSpec) else set()
    return {field.alias or name for name, field in model.model_fields.items() if name not in rest}


@pytest.mark.parametrize("section", KEYS)
def test_its_tables_have_every_key(section: str) -> None:
    table = README.split(f"### `{section}`\n")[1].split("\n## ")[0].split("\n### ")[0]
    assert set(re.findall(r"^\| `(\w+)` ", table, re.M)) == keys(KEYS[section])


def test_the_example_shows_every_key() -> None:
    entries = yaml.safe_load((HERE / "example.yaml").read_text("utf-8"))["release"]
    assert set().union(*entries) == {field.alias or name for name, field in ArtifactSpec.model_fields.items()}
    for key, model in {"version_from": VersionFrom, "running": Running, "image": Image}.items():
        assert set().union(*(entry.get(key, {}) for entry in entries)) == keys(model)
    assert any(
        isinstance(entry.get("manifest"), dict) and entry["manifest"].keys() == keys(OnHost) for entry in entries
    )


def test_the_example_is_right_where_its_files_are(release: Release) -> None:
    """Its manifests promise files that can be had."""
    build = {"bin/phoenix": b"#!/bin/sh\n", "lib/phoenix.so": b"so\n", "VERSION": b"1.0.13\n", "log/today": b""}
    fill(release.folder / "new", build)
    batch = fill(release.folder / "batch", {"bin/batch": b"#!/bin/sh\n"})
    (batch / "bin/batch").chmod(0o755)
    (batch / "current").symlink_to("bin/batch")
    entry = "{name: p, version: '1.0.13', hosts: app, root: %s, manifest: %s, except: [log/**]}"
    for root, manifest in (release.folder / "new", "example.sha256"), (batch, "example.tsv"):
        text = f"hosts: {{a: {{connection: local, groups: [app]}}}}\nrelease:\n  - {entry % (root, HERE / manifest)}\n"
        assert [reasons for _, reasons in look(text).values()] == [[]]
