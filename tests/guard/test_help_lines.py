import locale
from importlib.resources import files

import pytest
import yaml

from companion.guard.disclosure import opening_line
from companion.guard.help_lines import country_of_locale, referrals

BOOK = yaml.safe_load((files("companion.guard") / "help_lines.yaml").read_text(encoding="utf-8"))


def test_a_country_shows_its_own_lines_first_and_the_international_ones_after() -> None:
    card, _ = referrals("US")
    assert "988" in card.lines[0].contact
    assert [line.contact for line in card.lines[-2:]] == ["findahelpline.com", "befrienders.org"]
    assert "call 911" in card.body
    assert card.as_of == "2026-11"


def test_a_country_may_be_written_small() -> None:
    assert referrals("no") == referrals("NO")


@pytest.mark.parametrize("country", ["", "XX"])
def test_an_unknown_country_gets_the_international_lines(country: str) -> None:
    for card in referrals(country):
        assert [line.contact for line in card.lines] == ["findahelpline.com", "befrienders.org"]
        assert "112, 911, 999 or 000" in card.body


def test_the_card_says_that_she_is_an_ai_and_that_a_person_can_help() -> None:
    for card in referrals("GB"):
        assert "an AI" in card.body and "A person can" in card.body


def test_someone_who_worries_about_another_is_told_how_to_help() -> None:
    own, other = referrals("DE")
    assert "ask them plainly" in other.body and "ask them plainly" not in own.body
    assert own.lines == other.lines


def test_every_country_has_two_letters_an_emergency_number_and_somebody_to_call() -> None:
    assert len(BOOK["countries"]) >= 20
    for country, entry in BOOK["countries"].items():
        assert isinstance(country, str) and len(country) == 2 and country.isupper()
        assert entry["emergency"] and all(row["name"] and row["contact"] for row in entry["lines"])


@pytest.mark.parametrize(("name", "country"), [("pt_PT", "PT"), ("en_GB", "GB"), ("C", ""), (None, ""), ("en", "")])
def test_the_country_is_read_from_the_locale(monkeypatch: pytest.MonkeyPatch, name: str | None, country: str) -> None:
    monkeypatch.setattr(locale, "getlocale", lambda: (name, "UTF-8"))
    assert country_of_locale() == country


def test_the_opening_line_says_that_she_is_an_ai() -> None:
    assert opening_line("Mara").startswith("Mara is an AI")
