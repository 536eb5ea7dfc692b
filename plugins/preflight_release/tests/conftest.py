"""A release that is installed as it was built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from preflight_release.tests.looked import Release

pytest.register_assert_rewrite("preflight_release.tests.looked")


@pytest.fixture
def release() -> Iterator[Release]:
    """Not in pytest's own folder: other users, who log in here, cannot look into it."""
    from preflight_release.tests.looked import BUILD, Release, fill, sums

    with TemporaryDirectory(prefix="release-") as folder:
        Path(folder).chmod(0o755)
        release = Release(Path(folder))
        fill(release.root, BUILD)
        release.manifest.write_text(sums(BUILD))
        yield release
