"""A look made by eye, in a real browser: the sketch follows what is chosen, pictures come in, and it fits a phone."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

pytestmark = pytest.mark.browser
expect.set_options(timeout=60_000)  # a busy machine is slow, not wrong
SHOWN = "image => image.getAttribute('src')"


def look(page: Page, persona: str) -> Locator:
    """Opens the section; the sketch, once it has come."""
    page.click(f".persona[data-id={persona}]")
    page.click("#tabs [role=tab][data-tab-id=studio]")
    page.click(".studio-tabs [data-id=look]")
    sketch = page.locator(".easel-sketch")
    expect(sketch).to_have_attribute("src", re.compile(f"companion/drafts/{persona}/"))
    return sketch


def follows(page: Page, sketch: Locator, shown: str) -> str:
    """Waits until the sketch shows something else; what it shows then."""
    expect(sketch).not_to_have_attribute("src", shown)
    assert page.evaluate("document.querySelector('.easel-sketch').naturalWidth") > 0
    return str(sketch.evaluate(SHOWN))


def picture(name: str, color: str) -> FilePayload:
    data = io.BytesIO()
    Image.new("RGB", (160, 200), color).save(data, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": data.getvalue()}


def field(*path: object) -> str:
    told = ",".join(f'"{step}"' if isinstance(step, str) else str(step) for step in path)
    return f"[data-field='[{told}]']"


def test_a_look_is_made_and_seen_live_and_taken_back(page: Page) -> None:
    sketch = look(page, "mara")
    first = shown = str(sketch.evaluate(SHOWN))
    page.select_option(field("appearance", "portrait", "top"), "bun")
    shown = follows(page, sketch, shown)
    page.locator(".of-hair_color [type=color]").fill("#c02a50")
    expect(page.locator(field("appearance", "portrait", "hair_color"))).to_have_value("#C02A50")
    shown = follows(page, sketch, shown)
    page.click(".easel-faces label:has([value=laughing])")
    shown = follows(page, sketch, shown)
    page.select_option(".easel-few [name=time]", "night")
    shown = follows(page, sketch, shown)
    assert "expression=laughing" in shown and "time=night" in shown

    page.click("[data-act=begin][data-field*=wardrobe]")
    page.fill(field("visual", "wardrobe", 2, "description"), "a red hoodie and jeans")
    page.click("[data-see*='outfit 3']")
    shown = follows(page, sketch, shown)
    expect(page.locator("[data-see*='outfit 3']")).to_have_attribute("aria-pressed", "true")
    assert "expression=laughing" in str(sketch.evaluate(SHOWN)), "how she is looked at stays when the form is drawn anew"
    page.fill(field("visual", "wardrobe", 2, "name"), "")
    expect(page.locator(".look-row .trouble")).to_contain_text("must not be empty")
    expect(page.locator(".easel-note")).to_contain_text("the sketch leaves it out")

    page.click(".studio-more summary")
    page.click(".studio-more [data-act=discard]")
    expect(page.locator("[data-see*='outfit 3']")).to_have_count(0)
    expect(page.locator(field("appearance", "portrait", "top"))).to_have_value("loose_hair")
    expect(sketch).to_have_attribute("src", re.compile(first.split("?")[0].rpartition("/")[0]))


def test_pictures_come_in_are_ordered_and_go(page: Page) -> None:
    look(page, "theo")
    tiles = page.locator(".tile img")
    drawing = {"name": "icon.svg", "mimeType": "image/svg+xml", "buffer": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}
    page.set_input_files("[data-refer]", [picture("one.png", "brown"), drawing, picture("two.png", "teal")])  # type: ignore[list-item]
    expect(tiles).to_have_count(2)
    expect(page.locator(".refused")).to_contain_text('"icon.svg"')
    first, second = (tiles.nth(at).get_attribute("src") for at in range(2))
    page.hover(".tile >> nth=1")
    page.click(".tile >> nth=1 >> [data-act=move]")
    expect(tiles.first).to_have_attribute("src", str(second))
    page.wait_for_function("[...document.querySelectorAll('.tile img')].every(one => one.naturalWidth > 0)")
    page.click(".tile >> nth=0 >> [data-act=remove]")
    expect(tiles).to_have_count(1)
    page.click("#studio-toast button")
    expect(tiles).to_have_count(2)
    expect(tiles.nth(1)).to_have_attribute("src", str(first))

    page.select_option("[data-painter]", "sdxl")
    expect(page.locator(".painter-told")).to_contain_text("COMPANION_PAINTER=sdxl")
    page.click("[data-act=append][data-field*=loras]")
    page.fill(field("visual", "loras", 0, "name"), "smile.safetensors")
    page.locator(field("visual", "loras", 0, "weight")).fill("1.5")
    expect(page.locator(".strength output")).to_have_text("+1.50")
    page.click("[data-strip]")
    expect(page.locator(".strip-of [role=alert]")).to_contain_text("Set COMPANION_PAINTER")
    page.click("[data-act=close_strip]")
    expect(page.locator(".strip-of")).to_have_count(0)
    page.click(".studio-more summary")
    page.click(".studio-more [data-act=discard]")
    expect(tiles).to_have_count(0)


def test_on_a_phone_the_sketch_stays_in_sight_and_everything_can_be_met_with_a_finger(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{address}#studio")
    page.tap(".studio-tabs [data-id=look]")
    expect(page.locator(".easel-sketch")).to_have_attribute("src", re.compile("companion/drafts/"))
    page.evaluate("document.querySelector('#studio').scrollTo(0, 1800)")
    expect(page.locator(".easel-frame")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    small = page.locator("#studio-form :is(button, select, summary):visible, #studio-easel select:visible").evaluate_all(
        "all => all.map(e => [e.innerText || e.ariaLabel, e.getBoundingClientRect().height]).filter(([, height]) => height < 32)"
    )
    assert small == []
    context.close()
