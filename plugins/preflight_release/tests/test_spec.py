"""What one may write, what is refused and where, and what checks come of it."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from preflight.errors import InventoryError
from preflight.testing import assert_refused, parse
from preflight_release.section import cell, contacts
from preflight_release.tests.looked import RELEASE, Release

HOSTS = "hosts: {app-1: {groups: [app]}, app-2: {groups: [app]}, db-1: {address: 10.0.1.21, user: deploy}}\n"


def written(entry: str) -> str:
    return f"{HOSTS}release:\n  - {{{entry}}}\n"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("name: p, version: »1.10, hosts: app, package: p", "put it in quotes"),
        ("name: p, version: '1', hosts: »web, package: p", 'there is no host or group "web" here'),
        ("name: p, version: '1', hosts: [app, »db-2], package: p", 'did you mean "db-1"?'),
        ("name: p, version: '1', hosts: »[], package: p", "at least 1 item"),
        ("name: »p/q, version: '1', hosts: app, package: p", "without blanks, slashes"),
        ("name: p, version: '1', hosts: app, »root: /, manifest: m", None),
        ("name: p, version: '1', hosts: app, root: »/opt/../etc, manifest: m", "without . and .."),
        ("name: p, version: '1', hosts: app, root: »opt, manifest: m", "absolute"),
        ("name: p, version: '1', hosts: app, root: /opt/p, manifest: »none.sha256", "none.sha256: No such file"),
        ("name: p, version: '1', hosts: app, root: /opt/p, manifest: {on_host: »SUMS}", "absolute"),
        ("name: p, version: '1', hosts: app, root: /opt/p, manifest: {»onhost: /S, on_host: /S}", "unknown key"),
        ("name: p, version: '1', hosts: app, root: /o, manifest: {on_host: /S}, except: [»'**']", "except everything"),
        ("name: p, version: '1', hosts: app, root: /o, manifest: {on_host: /S}, except: [»../a]", "below the root"),
        ("name: p, version: '1', hosts: app, root: /o, manifest: {on_host: /S}, extra: »warm", 'did you mean "warn"?'),
        ("name: p, version: '1', hosts: app, package: »'p; rm'", "the name of a package"),
        ("name: p, version: '1', hosts: app, running: {http: »localhost:80}", "should be a URL"),
        ("name: p, version: '1', hosts: app, running: {http: »'http://a:b@c/'}", "has a user or a password"),
        ("name: p, version: '1', hosts: app, running: {command: a, pattern: »'('}", "no regular expression"),
        ("name: p, version: '1', hosts: app, running: {command: a, pattern: »'(a)(b)'}", "several groups"),
        ("name: p, version: '1', hosts: app, running: {process: »'\\d+'}", "grep -E"),
        ("name: p, version: '1', hosts: app, running: {process: »'a*'}", "every process"),
        ("name: p, version: '1', hosts: app, image: {container: c, digest: »'1.0.13'}", "should be sha256:"),
    ],
)
def test_one_value_that_is_refused(entry: str, message: str | None) -> None:
    if message is None:
        entry, message = entry.replace("»root: /,", "root: »/,"), "the root of the whole system"
    assert_refused(RELEASE, written(entry), message)


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("", "promises nothing that could be checked"),
        ("root: /opt/p", "go together"),
        ("manifest: m", "go together"),
        ("version_from: {file: VERSION}", "a path below `root`"),
        ("package: p, extra: warn", "go with a `manifest`"),
        ("package: p, except: [log]", "go with a `manifest`"),
        ("root: /o, manifest: {on_host: /S}, extra: ignore, except: [log]", "means nothing"),
        ("running: {process: p}", "needs `manifest`"),
    ],
)
def test_keys_that_do_not_go_together(rest: str, message: str) -> None:
    with pytest.raises(InventoryError, match=message):
        parse(RELEASE, written(f"name: p, version: '1', hosts: app{', ' if rest else ''}{rest}"))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("version_from: {}", "either `file` or `command`"),
        ("version_from: {file: a, command: b}", "either `file` or `command`"),
        ("version_from: {file: ../a}", "without .."),
        ("running: {}", "needs `http`, `command` or `process`"),
        ("running: {http: 'http://a/', command: b}", "not both"),
        ("running: {process: a, pattern: b}", "for what `http` or `command` says"),
    ],
)
def test_values_that_do_not_go_together(value: str, message: str) -> None:
    with pytest.raises(InventoryError, match=message):
        parse(RELEASE, written(f"name: p, version: '1', hosts: app, {value}"))


def test_a_bad_manifest_is_told_with_its_place(release: Release) -> None:
    release.manifest.write_text(f"{'a' * 64}  ok\n{'b' * 64}  /etc/passwd\n")
    with pytest.raises(InventoryError) as refused:
        parse(RELEASE, release.text())
    assert f"{release.manifest}:2:67: the manifest of phoenix-1.0.13: /etc/passwd is absolute" in str(refused.value)


def test_a_manifest_is_found_from_the_inventory(release: Release) -> None:
    relative = Path("..", release.folder.name, release.manifest.name)
    checks = parse(RELEASE, release.text().replace(str(release.manifest), str(relative)))
    assert len(checks[0].spec.where.manifest.files) == 3


def ids(entry: str) -> list[str]:
    return [check.id for check in parse(RELEASE, written(entry))]


def test_one_check_for_each_host() -> None:
    assert ids("name: p, version: '1', hosts: [app, app-1, db-1], package: p") == [
        "release.artifact[p-1/app-1]",
        "release.artifact[p-1/app-2]",
        "release.artifact[p-1/db-1]",
    ]
    assert ids("name: p, version: '1', hosts: db-1, package: p, id: x") == ["release.artifact[x]"]
    assert ids("name: p, version: '1', hosts: app, package: p, id: x") == [
        "release.artifact[x/app-1]",
        "release.artifact[x/app-2]",
    ]


def test_extra_files_that_warn() -> None:
    text = written("name: p, version: '1', hosts: db-1, root: /o, manifest: {on_host: /S}, extra: warn, id: x")
    assert [(check.id, check.spec.severity) for check in parse(RELEASE, text)] == [
        ("release.artifact[x]", "blocker"),
        ("release.artifact[x:extra]", "warning"),
    ]


def test_the_manifest_crosses_processes_once(release: Release) -> None:
    hosts = "hosts: {a: {groups: [app]}, b: {groups: [app]}}\n"
    release.manifest.write_text("".join(f"{number:064x}  lib/{number}\n" for number in range(1000)))
    one, two = (
        len(pickle.dumps(tuple(check.spec for check in parse(RELEASE, text))))
        for text in (release.text(), release.text(hosts=hosts))
    )
    assert two < one * 1.2


def test_the_plan(release: Release) -> None:
    more = (
        "version_from: {file: VERSION}, package: phoenix, "
        "running: {http: 'http://localhost:8080/v', process: phoenixd}, "
        "image: {container: web, digest: 'sha256:" + "a" * 64 + "'}"
    )
    (check,) = parse(RELEASE, release.text(more))
    assert contacts(check.spec, check.shared) == (
        f"reads 3 files below {release.root} and lists the others, reads VERSION, asks dpkg, rpm or apk for phoenix, "
        "fetches http://localhost:8080/v, looks for processes `phoenixd`, inspects the container web, on this machine"
    )
    (check,) = parse(RELEASE, release.text("running: {command: phoenixd --version}, version_from: {command: cat V}"))
    assert "runs `cat V`, runs `phoenixd --version`, on" in contacts(check.spec, check.shared)


def test_cells(release: Release) -> None:
    (check,) = parse(RELEASE, release.text())
    assert cell(check.spec, None).text == ""
    assert cell(check.spec, release.seen()).text == "3 files"
    assert cell(check.spec, release.seen("version_from: {file: VERSION}")).text == "1.0.13"
    (release.root / "VERSION").unlink()
    assert cell(check.spec, release.seen()).text == "1 missing"
    assert cell(check.spec, release.seen()).column == "phoenix-1.0.13"
