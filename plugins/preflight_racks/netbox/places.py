"""Which site and location are meant."""

from __future__ import annotations

from collections.abc import Sequence

from preflight.nearest import did_you_mean
from preflight_racks.netbox import refusal
from preflight_racks.netbox.pages import Reader
from preflight_racks.netbox.rows import Row, ident, text
from preflight_racks.netbox.source import NetBox
from preflight_racks.netbox.tables import LOCATIONS, SITES, Wanted

Filters = tuple[tuple[str, tuple[str, ...]], ...]


def located(source: NetBox, reader: Reader) -> tuple[Filters, Filters]:
    """What to filter racks by, and what to filter by all that they hang on, which may stand elsewhere in the site.

    Raises:
        refusal.Refused: there is no such site or location, or there are several.
    """
    if not source.site and not source.location:
        return (), ()
    site: Filters = ()
    if source.site:
        wanted = Wanted(SITES)
        row = _the_one(source, source.site, reader.read([wanted])[wanted], "site", "dcim.view_site")
        site = (("site_id", (str(row["id"]),)),)
    if not source.location:
        return site, site
    wanted = Wanted(LOCATIONS, site)
    rows = [row for row in reader.read([wanted])[wanted] if not site or str(ident(row, "site")) in site[0][1]]
    row = _the_one(source, source.location, rows, "location", "dcim.view_location")
    site = (("site_id", (str(ident(row, "site")),)),)
    return (*site, ("location_id", (str(row["id"]),))), site


def _the_one(source: NetBox, word: str, rows: Sequence[Row], sort: str, permission: str) -> Row:
    """The record that a slug or a name stands for; a slug first."""
    alike = [row for row in rows if text(row, "slug") == word] or [row for row in rows if text(row, "name") == word]
    if len(alike) == 1:
        return alike[0]
    if alike:
        homes = ", ".join(sorted({f"{text(row, 'name')} (id {row['id']})" for row in alike}))
        what = f"has {len(alike)} {sort}s called {word}: {homes}"
        raise refusal.refused(source, what, f"name a `{sort}:` that there is once, or a `site:` as well")
    what = f"has no {sort} {word}{did_you_mean(word, (text(row, 'slug') for row in rows))}"
    step = f"see to `{sort}:`, and whether the token's owner has the permission {permission} for it"
    raise refusal.refused(source, what, step)
