"""Looking real servers up: sections of an inventory, through the loader, to observations."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("preflight_dns.tests.said", "preflight_dns.tests.looked")
