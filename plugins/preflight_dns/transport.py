"""UDP, TCP or TLS to one server: was it heard there, and is it still worth a packet?"""

from __future__ import annotations

from dataclasses import dataclass

_PATIENCE = 32  # questions in a row without an answer, after which a server that used to answer is given up


@dataclass(slots=True)
class Transport:
    """One way to ask a server, and what came of it so far."""

    heard: bool = False
    lost: int = 0  # questions in a row without an answer
    why: str = ""  # of the last of them

    def answered(self) -> None:
        self.heard, self.lost = True, 0

    def unanswered(self, why: str) -> None:
        self.lost, self.why = self.lost + 1, why

    @property
    def given_up(self) -> bool:
        return self.lost >= (_PATIENCE if self.heard else 1)

    @property
    def verdict(self) -> str:
        """Why a question is not asked here: what never answered is described once and for all."""
        return f"not asked after {self.lost} in a row: {self.why}" if self.heard else self.why
