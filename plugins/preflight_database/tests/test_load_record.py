"""A rehearsal that is kept in a file: as long as it counts, nothing is rehearsed again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from preflight_database.load import record
from preflight_database.load.observation import LoadObservation
from preflight_database.tests.rehearsing import MIXED, Site, measured, refused
from preflight_database.tests.said import execute


@pytest.fixture
def shop(site: Callable[[str], Site], monkeypatch: pytest.MonkeyPatch) -> Site:
    # What a picture has in it is another test's.
    monkeypatch.setattr(record, "chart", lambda *_: "<svg/>")
    found = site("sqlite")
    found.make("create table t (id integer primary key, a integer)", "create index t_a on t (a)",
               values=f"n, {MIXED}")  # fmt: skip
    return found


def kept(shop: Site, path: Path, more: str = "") -> LoadObservation:
    return measured(shop.check(rehearse=f"arms: deferred, record: '{path}'{more}"))


def test_it_is_measured_once(shop: Site, tmp_path: Path) -> None:
    path = tmp_path / "records" / "load.json"
    first = kept(shop, path)
    assert path.with_suffix(".svg").read_text() == "<svg/>"
    assert sorted(p.name for p in path.parent.iterdir()) == ["load.json", "load.svg"]
    assert kept(shop, path) == first


@pytest.mark.parametrize(
    "change",
    [
        lambda shop, _: execute(shop.real, "create index t_b on t (a, id)"),
        lambda shop, _: execute(shop.real, "alter table t add b text"),
        lambda _, path: path.write_text(path.read_text()[:-20]),
        lambda _, path: path.write_text('{"fingerprint": 7, "observation": []}'),
        lambda _, path: path.write_bytes(b"\xff\xfe"),
        lambda _, path: _older(path, 8 * 86400),
    ],
)
def test_it_is_measured_again_when_it_does_not_count(shop: Site, tmp_path: Path, change: Callable[..., Any]) -> None:
    path = tmp_path / "load.json"
    first = kept(shop, path)
    change(shop, path)
    second = kept(shop, path)
    assert second.finished > first.finished
    assert kept(shop, path) == second


def test_another_rehearsal_is_another(shop: Site, tmp_path: Path) -> None:
    first = kept(shop, tmp_path / "load.json")
    assert kept(shop, tmp_path / "load.json", ", repeats: 4") != first


def test_as_old_as_one_likes(shop: Site, tmp_path: Path) -> None:
    path = tmp_path / "load.json"
    kept(shop, path, ", max_age: 30d")
    _older(path, 8 * 86400)
    seen = kept(shop, path, ", max_age: 30d")
    assert seen.finished == json.loads(path.read_text())["observation"]["finished"]


def test_where_it_cannot_be_kept_nothing_is_measured(shop: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    reason = refused(shop.check(rehearse=f"record: '{tmp_path}/file/load.json'"))
    assert reason.reason.startswith("the rehearsal cannot be kept in ")
    assert not (tmp_path / "scratch.db").exists()


def _older(path: Path, seconds: float) -> None:
    written = json.loads(path.read_text())
    written["observation"]["finished"] -= seconds
    path.write_text(json.dumps(written))
    os.utime(path)
