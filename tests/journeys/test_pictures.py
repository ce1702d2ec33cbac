"""She is asked for a picture and is seen, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.test_chat import begin, say

pytestmark = pytest.mark.browser


def test_who_asks_for_a_picture_sees_it_and_finds_it_again(page: Page) -> None:
    begin(page, "mara")
    say(page, "Show me a picture of you.")
    picture = page.locator(".log .hers").last.locator(".pictured img")
    expect(picture).to_be_visible()
    expect(page.locator(".log .pictured figcaption")).to_contain_text("made by an AI")
    assert "Mara" in (picture.get_attribute("alt") or "")
    page.wait_for_function("() => document.querySelector('.log .pictured img').naturalHeight === 2048")
    expect(page.locator("#live .turn")).to_have_count(0)
    page.reload()
    expect(page.locator(".log .pictured img")).to_be_visible()


def test_who_asks_how_to_do_something_sees_none(page: Page) -> None:
    begin(page, "juno")
    say(page, "Show me how to make coffee.")
    expect(page.locator(".log .hers")).to_have_count(2)
    expect(page.locator("#live .turn")).to_have_count(0)
    expect(page.locator(".pictured")).to_have_count(0)
