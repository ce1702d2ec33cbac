"""What a person does with what she knows, in a real browser."""

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser
expect.set_options(timeout=60_000)  # a busy machine is slow, not wrong


def look_into(page: Page, persona: str) -> None:
    """Opens a persona's memory."""
    page.click(f".persona[data-id={persona}]")
    page.click("#tabs [role=tab][data-tab-id=memory]")
    expect(page.locator(".memory-head h1")).to_have_text(f"What {persona.capitalize()} knows")


def write_down(page: Page, text: str) -> None:
    """Writes a memory by hand."""
    page.click("#memory-head [data-act=begin]")
    page.fill("#memory-card [name=text]", text)
    page.click("#memory-card [type=submit]")
    expect(page.locator("#memory-title")).to_have_text(text[0].upper() + text[1:])


def test_a_memory_is_written_found_corrected_and_forgotten_with_a_way_back(page: Page) -> None:
    look_into(page, "theo")
    expect(page.locator(".invitation")).to_contain_text("Theo knows nothing about you yet")
    write_down(page, "their lighthouse is called Skerry")
    write_down(page, "they bake on Sundays")
    expect(page.locator(".memory-head .quiet")).to_contain_text("2 memories")
    page.fill(".ask-words input", "skerry")
    expect(page.locator("#memory-rows tbody tr")).to_have_count(1)
    page.click("#memory-rows .row-open")
    expect(page.locator("#memory-title")).to_have_text("Their lighthouse is called Skerry")
    page.click("#memory-card [data-open]")
    page.fill("#memory-card .edit-of textarea", "<b>Skerry</b> is their boat")
    page.click("#memory-card .edit-of [type=submit]")
    expect(page.locator("#memory-title")).to_have_text("<b>Skerry</b> is their boat")
    page.click("#memory-card [data-act=forget]")
    expect(page.locator("#memory-toast")).to_contain_text("One memory forgotten.")
    expect(page.locator("#memory-rows tbody tr")).to_have_count(0)
    page.click("#memory-toast button")
    expect(page.locator("#memory-rows tbody tr")).to_have_count(1)


def test_a_topic_is_weighed_before_it_is_forgotten(page: Page) -> None:
    look_into(page, "ines")
    write_down(page, "they are afraid of deep water")
    page.click("#memory-head [popovertarget=forget-panel]")
    page.click(".scope:has([value=topic]) > label")
    page.fill(".scope [name=words]", "nobody")
    expect(page.locator(".touched")).to_have_text("Nothing of that is known or was said.")
    expect(page.locator(".scopes [type=submit]")).to_be_disabled()
    page.fill(".scope [name=words]", "deep water")
    expect(page.locator(".touched")).to_have_text("This is one memory.")
    page.click(".scopes [type=submit]")
    expect(page.locator("#forget-panel")).to_be_hidden()
    expect(page.locator("#memory-toast")).to_contain_text("forgotten")
    page.click("#memory-head [popovertarget=forget-panel]")
    page.click("#forget-panel [data-act=remember]")
    expect(page.locator(".memory-head .quiet")).to_contain_text("1 memory")


def test_the_tab_survives_a_reload_and_keys_lead_back(page: Page) -> None:
    page.click("#tabs [role=tab][data-tab-id=memory]")
    expect(page.locator(".memory-head h1")).to_be_visible()
    page.reload()
    expect(page.locator(".memory-head h1")).to_be_visible()
    expect(page.locator("#composer textarea")).to_be_hidden()
    page.focus("#tabs [role=tab][aria-selected=true]")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".studio-head h1")).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#composer textarea")).to_be_visible()
    assert "#" not in page.url


def test_what_is_said_is_learnt_and_leads_back_to_the_words(page: Page) -> None:
    page.click(".persona[data-id=juno]")
    expect(page.locator(".log")).to_have_attribute("aria-label", "Conversation with Juno")
    page.fill(".composer textarea", "My sister is called Anna.")
    page.press(".composer textarea", "Enter")
    expect(page.locator(".log .turn")).to_have_count(3)
    page.click("#tabs [role=tab][data-tab-id=memory]")
    page.click("#memory-rows .row-open >> text=/Anna/")
    expect(page.locator("#memory-card .quote").first).to_have_text("“My sister is called Anna.”")
    page.click("#memory-card .acts-of [data-act=source]")
    expect(page.locator(".turn.found .words")).to_have_text("My sister is called Anna.")
    expect(page.locator("#memory")).to_be_hidden()


def test_on_a_phone_the_card_rises_over_the_list(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{address}#memory")
    expect(page.locator(".memory-head h1")).to_be_visible()
    write_down(page, "they walk by the sea")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    short = page.locator("button:visible:not(.point), summary:visible, select:visible").evaluate_all(
        "all => all.map(e => [e.innerText || e.ariaLabel, e.getBoundingClientRect().height]).filter(([, height]) => height < 40)"
    )
    assert short == []
    page.tap("#memory-card .close")
    expect(page.locator("#memory-card .memory")).to_have_count(0)
    context.close()
