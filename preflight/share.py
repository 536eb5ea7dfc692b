"""pytest-xdist: every worker collects all checks, but each batch is probed by one of them.

A worker that is to probe a batch takes its lock first; the ones that come later find what it saw.
A worker that dies gives its lock back, and the next one probes.
"""

from __future__ import annotations

import hashlib
import pickle
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from preflight.kind import Batch
from preflight.observe import Collected, Handover, observe

FOLDER = "preflight_share"
POLL = 0.05


class Share:
    """Made in every process of a run; `observe` is what the schedule calls for a batch."""

    def __init__(self, config: pytest.Config) -> None:
        self.folder: Path | None = None
        self._batches_seen: dict[str, int] = {}
        if self.is_worker(config):
            self.folder = Path(config.workerinput[FOLDER])  # type: ignore[attr-defined]

    @staticmethod
    def is_worker(config: pytest.Config) -> bool:
        return hasattr(config, "workerinput")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="preflight-"))  # mode 0700: it holds what was observed
        node.workerinput[FOLDER] = str(self.folder)

    def pytest_unconfigure(self) -> None:
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def observe(self) -> Any:
        return observe if self.folder is None else self._observe_once

    def _observe_once(self, batch: Batch[Any], sink: Handover) -> None:
        name = self._name(batch)
        with self._locked(name, sink) as held:
            if not held:
                return
            assert self.folder is not None
            record = self.folder / f"{name}.seen"
            if not record.exists():
                part = record.with_suffix(".part")
                part.write_bytes(pickle.dumps(Collected(observe)(batch)))
                part.rename(record)
        for key, seen in pickle.loads(record.read_bytes()):
            sink(key, seen)

    def _name(self, batch: Batch[Any]) -> str:
        keys = repr((batch.kind.name, sorted(key for key, _ in batch.checks)))
        attempt = self._batches_seen[keys] = self._batches_seen.get(keys, 0) + 1
        return hashlib.sha256(f"{keys}{attempt}".encode()).hexdigest()

    @contextmanager
    def _locked(self, name: str, sink: Handover) -> Iterator[bool]:
        import fcntl

        assert self.folder is not None
        with (self.folder / f"{name}.lock").open("w") as lock:
            while not sink.stopped:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    time.sleep(POLL)
                    continue
                yield True
                return
            yield False
