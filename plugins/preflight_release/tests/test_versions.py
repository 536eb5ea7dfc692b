"""Which texts mean the version that was promised."""

from __future__ import annotations

import pytest

from preflight_release.versions import same


@pytest.mark.parametrize("said", ["1.0.13", "1.0.13-1", "2:1.0.13-1~deb12u1", "1:1.0.13", "1.0.13-r0"])
def test_a_package_of_it(said: str) -> None:
    assert same("package", "1.0.13", said)


@pytest.mark.parametrize("said", ["1.0.1", "1.0.130", "1.0.13+dfsg1-1", "1.0.13~rc1-1", "1.0.13-rc1-1", "11.0.13", ""])
def test_a_package_of_another(said: str) -> None:
    assert not same("package", "1.0.13", said)


@pytest.mark.parametrize("place", ["disk", "running"])
def test_elsewhere_it_is_meant_to_the_letter(place: str) -> None:
    assert same(place, "1.0.13", "1.0.13")
    assert [
        said
        for said in ("v1.0.13", "1.0.13-1", "1:1.0.13", "1.0.13 ", "1.0.13-SNAPSHOT")
        if same(place, "1.0.13", said)
    ] == []
