"""What the entries of all kinds of checks have in common: the database they are written under."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, PrivateAttr

from preflight.model import CheckSpec
from preflight_database.plan import Plan
from preflight_database.url import Dialect


def _table(text: str) -> str:
    if not text or text.count(".") > 1 or any(not part or part != part.strip() for part in text.split(".")):
        raise ValueError("should be a table, as `orders` or `schema.orders`, without quotes")
    return text


TableName = Annotated[str, AfterValidator(_table)]


class Entry(CheckSpec):
    """A check of one database."""

    _database: str = PrivateAttr(default="")
    _dialect: Dialect = PrivateAttr(default="postgresql")

    def of(self, plan: Plan) -> Self:
        """This entry in its database."""
        spec = self.model_copy()
        spec._database, spec._dialect = plan.name, plan.location.dialect
        return spec

    @property
    def database(self) -> str:
        """Its name in the inventory."""
        return self._database

    @property
    def dialect(self) -> Dialect:
        return self._dialect
