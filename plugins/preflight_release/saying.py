"""What a file, a package database, a service or a container engine says the version is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from preflight_release.names import written
from preflight_release.observation import Said
from preflight_release.spec import ArtifactSpec

Found = dict[str, list[list[bytes]]]
_LONGEST = 80  # characters of a version
_CURL = {6: "its name is not resolved", 7: "connection refused", 52: "an empty answer", 56: "the connection was cut"}


def why(complaint: bytes) -> str:
    """The reason at the end of what a tool complains: `Permission denied`."""
    lines = written(complaint.strip()).split("\\n")
    return lines[-1].rpartition(": ")[2] if lines[-1] else "no reason is given"


def on_disk(spec: ArtifactSpec, found: Found) -> Said | None:
    if spec.version_from is None:
        return None
    pattern = spec.version_from.pattern
    if "file" in found:
        return _version(found["file"][0][0].removesuffix(b"."), pattern, spec.version_from.file)
    if "no_file" in found:
        reason = why(found["no_file"][0][0])
        unknown = f"{spec.version_from.file}: {reason}"
        return Said(unknown=unknown) if "denied" in reason else Said(wrong=unknown)
    if "unread_file" in found:
        return Said(unknown=f"{spec.version_from.file}: Permission denied, or it is empty")
    return _of_command(found["command"][0][0], pattern) if "command" in found else None


def running(spec: ArtifactSpec, found: Found) -> Said | None:
    if spec.running is None or not spec.running.tells:
        return None
    pattern, url = spec.running.pattern, spec.running.http or ""
    if "no_http" in found:
        return Said(unknown="neither curl nor wget is there")
    if "curl" in found:
        return _of_curl(found["curl"][0][0], pattern, url)
    if "wget_head" in found and "wget" in found:
        return _of_wget(found["wget_head"][0][0], found["wget"][0][0], pattern, url)
    return _of_command(found["running_command"][0][0], pattern) if "running_command" in found else None


def package(spec: ArtifactSpec, found: Found) -> Said | None:
    if spec.package is None or "package" not in found:
        return None
    text, _ = _ended(found["package"][0][0])
    lines = [line.split("|") for line in (text or b"").decode(errors="replace").splitlines()]
    asked = {line[1]: line[2] for line in lines if len(line) == 3 and line[0] == "asked"}
    there = [
        line for line in lines if len(line) == 3 and line[0] in asked and line[2] and "not-installed" not in line[1]
    ]
    if there:
        versions = tuple(dict.fromkeys(version for _, _, version in there))
        states = dict.fromkeys(state for _, state, _ in there if state not in ("installed", "install ok installed"))
        more = ", ".join(state for state in states if not state.endswith(" ok installed"))
        return Said(versions, more=more, by=there[0][0])
    if not asked:
        return Said(unknown="none of dpkg-query, rpm and apk is there")
    # 1 is "no such package" to all of them, and a database that cannot be read to some.
    unknown = "no packages found|is not installed"
    says = (text or b"").decode(errors="replace")
    broken = [name for name, code in asked.items() if code != "1" or (name != "apk" and not re.search(unknown, says))]
    if broken:
        return Said(unknown=f"{' and '.join(broken)} could not be asked for {spec.package}")
    return Said(wrong=f"no package {spec.package} in that of {', '.join(asked)}")


def image(spec: ArtifactSpec, found: Found) -> Said | None:
    """The digests that the container's image goes by."""
    if spec.image is None or not {"image", "no_engine"} & found.keys():
        return None
    if "no_engine" in found:
        return Said(unknown="neither docker nor podman is there")
    text, code = _ended(found["image"][0][0])
    said = (text or b"").decode(errors="replace")
    container = spec.image.container
    if code != 0:
        if re.search(r"no such (object|container)|no container with name or id", said, re.IGNORECASE):
            return Said(wrong=f"there is no container {container}")
        return Said(unknown=f"the container {container} could not be inspected: {_short(said.strip())}")
    digests = {each if ":" in each else f"sha256:{each}" for each in re.findall(r"(?:sha256:)?[0-9a-f]{64}", said)}
    if not digests:
        return Said(unknown=f"what is said of the container {container} cannot be read")
    state = re.search(r"^\S+ (true|false)\s*$", said, re.MULTILINE)
    more = "" if state and state[1] == "true" else f"the container {container} does not run"
    return Said(tuple(sorted(digests)), more=more)


def _of_command(output: bytes, pattern: str) -> Said:
    text, code = _ended(output)
    if text is None:
        return Said(unknown="its command says more than 64 KiB")
    if code != 0:
        return Said(unknown="its command did not end within 60 s" if code == 124 else f"its command ended with {code}")
    return _version(text, pattern, "its command")


def _of_curl(output: bytes, pattern: str, url: str) -> Said:
    text, code = _ended(output)
    if text is None:
        return Said(unknown=f"{url} says more than 64 KiB")
    body, _, status = text.rstrip(b"\n").rpartition(b"\n")
    if code == 28:
        return Said(unknown=f"{url}: no answer in time")
    if code in _CURL:
        return Said(wrong=f"{url}: {_CURL[code]}")
    if code != 0:
        return Said(unknown=f"{url}: curl ended with {code}")
    return _of_answer(status.decode(), body, pattern, url)


def _of_wget(head: bytes, body: bytes, pattern: str, url: str) -> Said:
    headers, _ = _ended(head)
    text, _ = _ended(body)
    said = (headers or b"").decode(errors="replace")
    statuses = re.findall(r"HTTP/[0-9.]+ +(\d{3})", said)
    if re.search(r"^\s*location:", said, re.IGNORECASE | re.MULTILINE):
        return _of_answer(statuses[0] if statuses else "302", b"", pattern, url)
    if not statuses:
        refused = "refused" in said.lower()
        return Said(wrong=f"{url}: connection refused") if refused else Said(unknown=f"{url}: wget had no answer")
    if text is None:
        return Said(unknown=f"{url} says more than 64 KiB")
    return _of_answer(statuses[-1], text, pattern, url)


def _of_answer(status: str, body: bytes, pattern: str, url: str) -> Said:
    if status.startswith("3"):
        return Said(unknown=f"{url}: HTTP {status}, a redirection, which is not followed")
    return _version(body, pattern, url) if status == "200" else Said(wrong=f"{url}: HTTP {status}")


def _ended(output: bytes) -> tuple[bytes | None, int]:
    """What was printed, and with what it ended; None if it was cut off."""
    text, _, code = output.rstrip(b"\n").rpartition(b"\n")
    return (text, int(code)) if len(output) < 65536 and code.isdigit() else (None, -1)


def _version(text: bytes, pattern: str, where: str) -> Said:
    """What of a text is the version. The rest of it is shown nowhere: there may be anything in it."""
    whole = text.decode(errors="replace").strip()
    if not pattern:
        if not whole:
            return Said(wrong=f"{where} is empty")
        if "\n" in whole or len(whole) > _LONGEST:
            return Said(unknown=f"{where} says more than a version: give a `pattern`")
        return Said((written(whole.encode()),))
    versions = _distinct(found[1] if found.re.groups else found[0] for found in re.finditer(pattern, whole))
    if not versions:
        return Said(unknown=f"{where} says nothing that `pattern` matches, in {len(whole)} characters")
    if len(versions) > 1:
        return Said(unknown=f"{where} says several versions: {_short(', '.join(versions))}")
    return Said(versions)


def _distinct(versions: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_short(version.strip()) for version in versions if version))


def _short(text: str) -> str:
    shown = written(text.encode())
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 3] + "..."
