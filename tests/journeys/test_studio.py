"""A persona made, talked to, changed and brought back, and cards that come in, in a real browser."""

import json
import re
from base64 import b64encode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.persona.cards.building import V2, V3, png, written

pytestmark = pytest.mark.browser
expect.set_options(timeout=60_000)  # a busy machine is slow, not wrong
DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
  return new File([bytes], name);
}"""


def studio(page: Page, persona: str = "") -> None:
    """Opens the studio."""
    if persona:
        page.click(f".persona[data-id={persona}]")
    page.click("#tabs [role=tab][data-tab-id=studio]")
    expect(page.locator(".studio-head h1")).to_be_visible()


def more(page: Page, choice: str) -> None:
    """Chooses from the menu of rarer things."""
    page.click(".studio-more summary")
    page.click(f".studio-more .menu-body {choice}")


def test_a_persona_is_made_in_five_steps_talked_to_changed_and_brought_back(page: Page) -> None:
    studio(page)
    more(page, "[popovertarget=new-panel]")
    page.click("[data-next]")
    expect(page.locator(".step").first).to_be_visible()  # nothing was filled in yet
    page.fill(".step [name=name]", "Vera")
    page.fill(".step [name=age]", "52")
    page.fill(".step [name=tagline]", "bookbinder")
    page.click("[data-next]")
    page.fill(".step [name=background]", "I bind books. My dog is called Moss.")
    page.click("[data-next]")
    page.click("[data-next]")
    page.fill(".step [name=manner]", "slow and exact")
    page.click("[data-back]")
    page.click("[data-next]")
    expect(page.locator(".step [name=manner]")).to_have_value("slow and exact")
    page.click("[data-next]")
    page.fill(".step [name=greeting]", "Mind the glue.")
    page.click("[data-make]")
    expect(page.locator(".studio-head h1")).to_have_text("Vera")
    expect(page.locator("#new-panel")).to_be_hidden()

    page.click("#tabs [role=tab][data-tab-id=chat]")
    expect(page.locator("#transcript")).to_contain_text("Mind the glue.")
    page.fill("#composer textarea", "Hello")
    page.press("#composer textarea", "Enter")
    expect(page.locator("#transcript .turn.hers").last).to_contain_text("Here I am")

    studio(page)
    tagline = page.locator("""[data-field='["identity","tagline"]']""")
    tagline.fill("")
    expect(page.locator(".trouble")).to_contain_text("must not be empty")
    expect(page.locator(".studio-acts [popovertarget=save-panel]")).to_be_disabled()
    tagline.fill("keeper of old books")
    expect(page.locator(".trouble")).to_have_count(0)
    page.click(".studio-acts [popovertarget=save-panel]")
    page.fill("#save-panel [name=note]", "she collects now")
    page.click("#save-panel [type=submit]")
    expect(page.locator(".studio-name")).to_contain_text("version 2")
    expect(page.locator(".studio-name")).to_contain_text("conversations on v1")

    page.click(".studio-acts [popovertarget=history-panel]")
    page.locator("#history-panel [data-act=differ]").first.click()
    expect(page.locator("#history-panel .changes")).to_contain_text("keeper of old books")
    page.click("#history-panel [data-act=restore]")
    expect(page.locator(".studio-name")).to_contain_text("version 3")
    page.keyboard.press("Escape")
    expect(tagline).to_have_value("bookbinder")


def test_a_talk_moves_to_a_newer_version_at_a_click(page: Page) -> None:
    studio(page, "theo")
    more(page, "[data-act=duplicate]")
    expect(page.locator(".studio-head h1")).to_contain_text("copy")
    page.click("#tabs [role=tab][data-tab-id=chat]")
    expect(page.locator("#transcript .turn.hers").last).to_have_attribute("aria-label", re.compile("copy"))
    page.fill("#composer textarea", "Hello")
    page.press("#composer textarea", "Enter")
    expect(page.locator("#transcript .turn.hers").last).to_contain_text("Here I am")
    studio(page)
    page.locator("""[data-field='["identity","tagline"]']""").fill("baker of the moon")
    page.click(".studio-acts [popovertarget=save-panel]")
    page.click("#save-panel [type=submit]")
    expect(page.locator(".studio-name")).to_contain_text("version 2")
    page.click("#tabs [role=tab][data-tab-id=chat]")
    expect(page.locator("#banner")).to_contain_text("version 1, now 2")
    page.click("#banner [popovertarget=version-panel]")
    expect(page.locator("#version-panel .changes")).to_contain_text("of the moon")
    page.keyboard.press("Escape")
    page.click("#banner [data-act=move]")
    expect(page.locator("#banner")).not_to_contain_text("has changed")


def test_three_cards_are_dropped_one_of_them_broken(page: Page) -> None:
    studio(page)
    more(page, "[popovertarget=import-panel]")
    cards = {
        "ada.png": png(written("ccv3", V3)),
        "broken.png": png()[:40],
        "old.json": json.dumps(V2 | {"data": V2["data"] | {"name": "<img src=x onerror=alert(1)>"}}).encode(),
    }
    transfer = page.evaluate_handle("() => new DataTransfer()")
    for name, data in cards.items():
        file = page.evaluate_handle(DROP, [name, b64encode(data).decode()])
        page.evaluate("([transfer, file]) => transfer.items.add(file)", [transfer, file])
    page.dispatch_event("#import-panel .drop", "drop", {"dataTransfer": transfer})
    report = page.locator("#import-panel .versions > li")
    expect(report).to_have_count(3)
    expect(report.nth(0)).to_contain_text("Addie")
    expect(report.nth(1)).to_contain_text("damaged")
    expect(report.nth(2)).to_contain_text("<img src=x")
    assert page.locator("#import-panel img").count() == 0, "what a card says is text"
    report.nth(0).locator("[data-act=work]").click()
    expect(page.locator(".studio-head h1")).to_have_text("Addie")
    page.keyboard.press("Escape")
    with page.expect_download() as download:
        page.click(".studio-acts [popovertarget=export-panel]")
        page.locator("#export-panel [data-act=write]").first.click()
    assert download.value.path().read_bytes() == cards["ada.png"], "she leaves as she came"


def test_sliders_draw_the_radar_and_a_deleted_persona_comes_back(page: Page) -> None:
    studio(page, "juno")
    more(page, "[data-act=duplicate]")
    expect(page.locator(".studio-head h1")).to_contain_text("copy")
    page.hover(".studio-tabs [data-id=character]")
    page.mouse.down()
    page.evaluate("() => { const bar = document.querySelector('.studio-tabs'); bar.outerHTML = bar.outerHTML; }")
    page.mouse.up()  # what is drawn anew under a finger is pressed nevertheless
    shape = page.locator(".traits-shape")
    before = shape.get_attribute("points")
    page.locator(".traits [type=range]").first.fill("-1")
    assert shape.get_attribute("points") != before, "it moves at once"
    expect(page.locator(".studio-name")).to_contain_text("one change kept as a draft")
    page.reload()
    expect(page.locator(".studio-name")).to_contain_text("one change kept as a draft")
    more(page, "[data-act=delete]")
    expect(page.locator("#studio-toast")).to_contain_text("is deleted")
    page.click("#studio-toast button")
    expect(page.locator(".studio-head h1")).to_have_text(re.compile("copy"))


def test_on_a_phone_nothing_is_wider_than_the_page(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{address}#studio")
    for section in ("identity", "character", "examples", "goals", "mood", "drift", "lorebook", "look", "voice", "memory", "model"):
        page.click(f".studio-tabs [data-id={section}]")
        expect(page.locator(f"[data-section={section}]").first).to_be_attached()
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), section
        assert not page.evaluate("document.querySelector('#studio').scrollWidth > document.querySelector('#studio').clientWidth"), section
    context.close()
