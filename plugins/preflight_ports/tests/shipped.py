"""The prober as it is sent to a host: a python3 of its own that reads a request from stdin."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from importlib.resources import files
from typing import Any

from preflight_ports import prober
from tests.lab.netns import Namespace

LOADER = "import sys; exec(compile(open(sys.argv.pop(1)).read(), 'prober', 'exec'), {'__name__': '__main__'})"
PROBER = str(files("preflight_ports") / "prober.py")
Wrap = Callable[[Sequence[str]], list[str]]


def job(number: int, host: str, *ports: int, protocol: str = "tcp", **more: Any) -> dict[str, Any]:
    written = {"id": number, "host": host, "families": ["ipv4", "ipv6"], "protocol": protocol, "timeout": 4.0}
    return {**written, "ports": [[port, port] for port in ports], "locate": True, **more}


def probed(jobs: Sequence[dict[str, Any]], wrap: Wrap = list) -> list[dict[str, Any]]:
    """Each job's result, in the order of the jobs."""
    request = json.dumps({"jobs": jobs})
    argv = wrap([sys.executable, "-I", "-S", "-B", "-c", LOADER, PROBER, "TOKEN", str(len(request))])
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(request)
        child.stdin.flush()  # and stays open: its end would end the prober
        lines = [json.loads(line.removeprefix("TOKEN ")) for line in child.stdout]
    assert child.returncode == 0
    results = {line["id"]: line for line in lines if "id" in line}
    return [results[job["id"]] for job in jobs]


def states(result: dict[str, Any]) -> dict[str, str]:
    """`{"5432": "open", "5433-5440": "refused"}` of a job with one address."""
    (address,) = result["addresses"]
    return ranges(address["ports"])


def ranges(ports: list[dict[str, Any]]) -> dict[str, str]:
    return {f"{p['first']}" if p["first"] == p["last"] else f"{p['first']}-{p['last']}": p["state"] for p in ports}


def probed_here(
    jobs: list[dict[str, Any]],
    stopped: Callable[[], bool] = lambda: False,
    inside: Namespace | None = None,
    meanwhile: Callable[[], Any] = lambda: None,
) -> dict[int, dict[str, Any]]:
    """Each job's result, by its number, of the prober in a thread of this process; there is none that has not ended."""
    results: list[dict[str, Any]] = []

    def run() -> None:
        with inside.entered() if inside else nullcontext():
            prober.prober({"jobs": jobs}, results.append, stopped)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    meanwhile()
    thread.join(30)
    assert not thread.is_alive()
    return {result["id"]: result for result in results if "id" in result}
