"""What a person does with pictures of her, in a real browser."""

import re
import zipfile

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = pytest.mark.browser
expect.set_options(timeout=60_000)  # a busy machine is slow, not wrong


def visit(page: Page, persona: str) -> Locator:
    """Opens the gallery of a persona; what hangs there."""
    page.click(f".persona[data-id={persona}]")
    page.click("#tabs [role=tab][data-tab-id=gallery]")
    expect(page.locator(".gallery-head .quiet")).to_contain_text(persona.capitalize())
    return page.locator("#gallery-wall button[data-act=show]")


def paint(page: Page, expression: str, place: str) -> None:
    """Asks for a picture with the sheet, once the drawing has followed the choice, and waits until it hangs."""
    page.click(".gallery-acts [popovertarget=picture-panel]")
    page.click(f".faces label:has([value={expression}])")
    page.click(f".pills label:has([value='{place}'])")
    expect(page.locator(".new-preview img")).to_have_attribute("src", re.compile(f"expression={expression}&setting={place}"))
    page.click(".new-picture [type=submit]")
    expect(page.locator("#picture-panel")).to_be_hidden()
    expect(page.locator(f"#gallery-wall [data-act=show][aria-label^='{expression}, {place}']")).to_be_visible()


def test_a_picture_is_painted_narrowed_opened_repainted_and_deleted_with_a_way_back(page: Page) -> None:
    hung = visit(page, "theo")
    expect(page.locator(".nothing-hangs h3")).to_have_text("Nothing hangs here yet")
    page.click("#gallery-wall [data-act=shoot] >> nth=0")
    expect(hung).to_have_count(1)
    paint(page, "sad", "garden")
    page.click(".sorts label:has-text('Templates')")
    expect(page.locator(".nothing-hangs h3")).to_have_text("No picture is like that")
    page.click(".nothing-hangs [data-act=clear]")
    page.select_option(".gallery-filters [name=expression]", "sad")
    expect(hung).to_have_count(1)
    page.click(".gallery-filters [data-act=clear]")
    expect(hung).to_have_count(2)

    hung.first.click()
    box, title = page.locator("#gallery-box .box"), page.locator("#box-title")
    expect(title).to_have_text("Sad, garden")
    expect(title).to_be_focused()
    expect(box.locator(".likeness strong")).to_have_text("This is Theo")
    expect(box.locator(".box-stage img")).to_have_attribute("src", re.compile("/full"))
    page.keyboard.press("ArrowRight")
    expect(title).to_contain_text("Joyful")
    page.keyboard.press("ArrowLeft")
    expect(title).to_have_text("Sad, garden")
    expect(box.locator(".change [type=submit]")).to_be_disabled()
    box.locator(".change [name=knob]").select_option("time")
    box.locator(".change [name=time]").select_option("night")
    box.locator(".change [type=submit]").click()
    expect(box).to_have_count(0)
    expect(hung).to_have_count(3)
    hung.first.click()
    expect(page.locator(".box-shot")).to_contain_text("Sad, standing. Garden at night")

    box.locator(".acts-of [data-act=delete]").click()
    expect(hung).to_have_count(2)
    page.click("#gallery-toast button")
    expect(hung).to_have_count(3)
    hung.first.click()
    expect(title).to_be_focused()
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    expect(hung.first).to_be_focused()


def test_two_are_compared_and_several_downloaded(page: Page) -> None:
    hung = visit(page, "juno")
    paint(page, "joyful", "harbour")
    paint(page, "angry", "harbour")
    page.click("#gallery-head [data-act=select]")
    for number in range(2):
        page.locator("#gallery-wall label.hung").nth(number).click()
    expect(page.locator(".chosen-bar output")).to_have_text("2 pictures chosen.")
    with page.expect_download() as download:
        page.click("[data-many=zip]")
    with zipfile.ZipFile(download.value.path()) as archive:
        assert len(archive.namelist()) == 2 and archive.testzip() is None
    page.click("[data-many=compare]")
    slider = page.locator(".overlaid [type=range]")
    expect(page.locator(".comparing tbody tr").first).to_contain_text("angry")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "51 percent of the left picture")
    page.keyboard.press("Escape")
    expect(page.locator(".comparing")).to_have_count(0)
    expect(hung).to_have_count(2)


def test_a_place_is_warmed_and_the_tab_survives_a_reload(page: Page) -> None:
    visit(page, "ines")
    page.click(".gallery-acts [popovertarget=templates-panel]")
    page.click("#templates-panel .cell.bare >> nth=0")
    expect(page.locator("#templates-panel .cell:not(.bare)")).to_have_count(1)
    page.click("#templates-panel [data-act=warm] >> nth=0")
    expect(page.locator(".warming")).to_contain_text("painted")
    page.click("[data-act=stop_warming]")
    expect(page.locator(".warming")).to_have_count(0)
    page.reload()
    expect(page.locator(".gallery-head h1")).to_be_visible()
    expect(page.locator("#composer textarea")).to_be_hidden()
    page.focus("#tabs [role=tab][aria-selected=true]")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".memory-head h1")).to_be_visible()


def test_on_a_phone_everything_fits_and_can_be_met_with_a_finger(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{address}#gallery")
    expect(page.locator(".gallery-head h1")).to_be_visible()
    paint(page, "calm", "study")
    page.locator("#gallery-wall [data-act=show]").first.tap()
    expect(page.locator("#box-title")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    short = page.locator("#gallery :is(button, summary, select, a):visible").evaluate_all(
        "all => all.map(e => [e.innerText || e.ariaLabel, e.getBoundingClientRect().height]).filter(([, height]) => height < 40)"
    )
    assert short == []
    page.tap("#gallery-box [data-act=close]")
    expect(page.locator("#gallery-box .box")).to_have_count(0)
    context.close()
