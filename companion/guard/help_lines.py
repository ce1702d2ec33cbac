"""The card of help lines: whom to call, in the user's country, and the words around the numbers.

The numbers and the words are data (`help_lines.yaml`, `referral.yaml`). An unknown country gets the international
directory alone; a known one gets both, because the machine's locale may not be where the user is.
"""

import locale
from importlib.resources import files
from typing import Any

import yaml

from companion.events import HelpLine, Referral


def country_of_locale() -> str:
    """The country of the machine's locale as two capital letters ("PT"), or empty when it names none."""
    name = locale.getlocale()[0] or ""
    country = name.partition("_")[2][:2].upper()
    return country if len(country) == 2 and country.isalpha() else ""


def referrals(country: str) -> tuple[Referral, Referral]:
    """The cards for a two-letter country; an unknown or empty one gets the international lines.

    Returns:
        The card for someone who speaks of themselves, and the one for someone who worries about another.
    """
    book = _read("help_lines.yaml")
    words = _read("referral.yaml")
    everywhere = book["international"]
    here = book["countries"].get(country.upper(), everywhere)
    rows = here["lines"] if here is everywhere else [*here["lines"], *everywhere["lines"]]
    lines = tuple(HelpLine(row["name"], row["contact"], row.get("hours", "")) for row in rows)

    def card(who: str) -> Referral:
        return Referral(words[who]["title"], words[who]["body"].replace("{emergency}", here["emergency"]), lines, book["as_of"])

    return card("self"), card("other")


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((files("companion.guard") / name).read_text(encoding="utf-8"))
    return data
