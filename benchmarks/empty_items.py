"""The peer of `core_items.py`: custom items that do nothing, the least that pytest can do for an item.

Loaded with `-p empty_items`; the file `N.empty` holds N items.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


class EmptyFile(pytest.File):
    def collect(self) -> Iterator[pytest.Item]:
        for n in range(int(self.path.stem)):
            yield EmptyItem.from_parent(self, name=f"toy.thing[host-{n:06}.example.com]")


class EmptyItem(pytest.Item):
    def runtest(self) -> None:
        pass


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    return EmptyFile.from_parent(parent, path=file_path) if file_path.suffix == ".empty" else None
