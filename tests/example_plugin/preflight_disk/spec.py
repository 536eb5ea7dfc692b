"""What may I write? Under `disk: space:`, entries such as `{path: /var, free: 2 GB}`."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from preflight.model import CheckSpec, Several, Strictly

UNITS = {"TB": 10**12, "GB": 10**9, "MB": 10**6, "kB": 10**3, "TiB": 2**40, "GiB": 2**30, "MiB": 2**20, "KiB": 2**10}


def parse_size(value: object) -> int:
    """Octets of a size (units of IEC 80000-13). Raises ValueError if it is not a number above 0 and a unit."""
    match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?([A-Za-z]+)", value) if isinstance(value, str) else None
    octets = round(float(match[1]) * UNITS.get(match[2], 0)) if match else 0
    if not octets:
        raise ValueError(f"should be a number above 0 and a unit, such as 2 GB or 500 MiB (units: {', '.join(UNITS)})")
    return octets


Size = Annotated[int, BeforeValidator(parse_size), WithJsonSchema({"type": "string", "examples": ["2 GB", "500 MiB"]})]


class Space(CheckSpec):
    """A file system has room."""

    path: str = Field(description="an absolute path, any on the file system", pattern=r"^/[^\x00]*$")
    free: Size = Field(description="what an ordinary user must still be able to write")


class Disk(Strictly):
    space: Several[Space] = ()
