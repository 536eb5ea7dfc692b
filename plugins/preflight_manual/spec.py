"""What may I write under `manual:`?"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from preflight.model import CheckSpec, Duration, Several

DAY = 86400.0


def _one_line(text: str) -> str:
    if text != " ".join(text.split()) or not text:
        raise ValueError("should be one line of text, with single blanks")
    return text


Line = Annotated[str, AfterValidator(_one_line)]


class StepSpec(CheckSpec):
    """Something that no probe can see: a person has done it, and says so."""

    step: Line = Field(description="what has to be done, so that one can say that it was")
    within: Duration = Field(DAY, description="how old an attestation may be (24h)")
    by: Several[Line] = Field((), description="who may attest it; anybody, if empty")

    @property
    def called(self) -> str:
        """What an attestation calls it: as the check's id does."""
        return self.id or ":".join(filter(None, (self.step, "+".join(self.phase))))
