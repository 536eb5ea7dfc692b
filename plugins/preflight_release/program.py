"""The program that looks at one release on a host, as it is sent there."""

from __future__ import annotations

import shlex
from functools import cache
from pathlib import Path

from preflight.remote import Rung
from preflight_release.names import raw
from preflight_release.promise import Manifest, folders
from preflight_release.spec import ArtifactSpec

_COLLECTOR = Path(__file__).with_name("collector.sh")
_TOOLS = ("base64", "find", "head", "readlink", "sed", "stat", "xargs")
_FETCH = """\
token=$1
{
    if [ -f "$path" ] && [ -r "$path" ]; then cat "$path"; printf '\\0ok'
    else stat -c 'is not readable' "$path" 2>&1; printf '\\0no'; fi
} | base64 | sed "s/^/$token /"
"""


@cache
def _collector() -> str:
    return _COLLECTOR.read_text("utf-8")


def fetch(path: str) -> Rung:
    """Reads one file of the host: its bytes, a NUL and `ok`; or why not, a NUL and `no`; all that in base64."""
    return Rung("sh", f"path={shlex.quote(path)}\n{_FETCH}", b"", ("base64", "sed", "stat"))


def collect(spec: ArtifactSpec, manifest: Manifest | None) -> Rung:
    """Looks at all that the release says something of."""
    version, running = spec.version_from, spec.running
    whole = manifest is not None and spec.extra != "ignore"
    given = {
        "root": spec.root if manifest is not None or (version and version.file[:1] not in ("", "/")) else "",
        "sum": f"{manifest.algorithm}sum" if manifest else "true",
        "whole": "yes" if whole else "",
        "version_file": _below(version.file) if version else "",
        "version_command": version.command if version else "",
        "package": spec.package,
        "container": spec.image.container if spec.image else "",
        "url": running.http if running else "",
        "running_command": running.command if running else "",
        "process": running.process if running else "",
    }
    assignments = "".join(f"{name}={shlex.quote(value or '')}\n" for name, value in given.items())
    tools = (*_TOOLS, f"{manifest.algorithm}sum") if manifest else ("base64", "head", "sed", "stat")
    return Rung("sh", assignments + _collector(), _paths(manifest, whole), tools)


def _below(path: str) -> str:
    return f"./{path}" if path and not path.startswith("/") else path


def _paths(manifest: Manifest | None, whole: bool) -> bytes:
    if manifest is None:
        return b""
    paths = [file.path for file in manifest.files]
    if not whole:  # a folder may be a link to that of another release
        paths = [*dict.fromkeys(folder for path in paths for folder in folders(path)), *paths]
    return b"".join(b"./" + raw(path) + b"\0" for path in paths)
