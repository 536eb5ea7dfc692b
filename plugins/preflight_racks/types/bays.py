"""Which module bays are for power supplies? Nothing but their names and descriptions tells. Pure."""

from __future__ import annotations

import re

# In the community's library: PSU1, PSU-2, Power Supply 1, PS-A, PEM 0, PM1, Power 1, Power Module Bay 2.
_NAME = re.compile(
    r"(optional )?(psu|ps|pem|psm|pm|pwr|power([ _-]*(supply|module|entry module))?)"
    r"([ _-]*(module|unit|slot|bay))?[ _-]*[0-9a-f]{0,2}",
    re.IGNORECASE,
)
_SAID = re.compile(r"\b(psu|power (supply|module|entry module))\b", re.IGNORECASE)


def for_psu(name: str, description: str = "") -> bool:
    return bool(_NAME.fullmatch(name.strip()) or _SAID.search(description))
