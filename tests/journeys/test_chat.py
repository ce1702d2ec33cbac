"""What a person does on the first evening, in a real browser."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

pytestmark = pytest.mark.browser
expect.set_options(timeout=60_000)  # a busy machine is slow, not wrong


def begin(page: Page, persona: str) -> None:
    """A new conversation with a persona. Nothing is pressed that would change nothing: there would be no sign that it is done."""
    if page.locator(f".persona[data-id={persona}][aria-current]").count() == 0:
        page.click(f".persona[data-id={persona}]")
    expect(page.locator(".log")).to_have_attribute("aria-label", f"Conversation with {persona.capitalize()}")
    if page.locator(".log .turn").count() > 1:
        page.click("#places-list [data-act=new]")
    expect(page.locator(".log .turn")).to_have_count(1)
    expect(page.locator(".openers .opener")).to_have_count(3)


def say(page: Page, text: str) -> None:
    page.fill(".composer textarea", text)
    page.press(".composer textarea", "Enter")
    expect(page.locator(".composer textarea")).to_have_value("")


def finished(page: Page, turns: int) -> None:
    """Waits until nothing is being written and the transcript has so many messages."""
    expect(page.locator("#live .turn")).to_have_count(0)
    expect(page.locator(".log .turn")).to_have_count(turns)
    expect(page.locator(".composer .send")).to_have_text("Send")


def test_a_first_message_streams_and_is_timed(page: Page) -> None:
    begin(page, "mara")
    expect(page.locator(".disclosure")).to_contain_text("Mara is an AI")
    say(page, "Hello there, tell me a story.")
    expect(page.locator(".log .yours")).to_contain_text("Hello there")
    expect(page.locator("#live .words")).to_contain_text("One wave")
    finished(page, 3)
    page.click(".log .chip summary")
    expect(page.locator(".chip-reason")).to_contain_text("in all")
    expect(page.locator(".latency")).to_contain_text("of 0.50")


def test_what_is_typed_before_the_page_is_whole_is_kept(context: BrowserContext, address: str) -> None:
    held: list[Route] = []
    context.route("**/queue/join*", lambda route: held.append(route))
    page = context.new_page()
    page.goto(address)
    page.fill(".composer textarea", "I could not wait.")
    page.press(".composer textarea", "Enter")
    page.locator(".composer textarea").press_sequentially(" I like foghorns.")
    context.unroute("**/queue/join*")  # and lets go what was held
    assert held
    page.wait_for_selector(".log .turn")
    expect(page.locator(".composer textarea")).to_have_attribute("placeholder", re.compile("Write to"))
    expect(page.locator(".composer textarea")).to_have_value("I could not wait. I like foghorns.")
    page.reload()
    page.wait_for_selector(".log .turn")
    expect(page.locator(".composer textarea")).to_have_value("I could not wait. I like foghorns.")
    page.fill(".composer textarea", "")


def test_how_fast_she_was_is_drawn_and_goes_on_while_it_is_open(page: Page) -> None:
    begin(page, "mara")
    say(page, "Hello there.")
    finished(page, 3)
    page.click(".log .chip summary")
    page.click(".log .chip .over-time")
    expect(page.locator("#speed-panel")).to_contain_text("One reply so far.")
    page.keyboard.press("Escape")
    expect(page.locator("#speed-panel")).to_be_hidden()
    say(page, "Tell me a story.")
    page.click(".latency .over-time")
    expect(page.locator("#speed-panel")).to_contain_text("Two replies.")
    page.click("#speed-panel summary")
    expect(page.locator("#speed-panel tbody tr")).to_have_count(2)
    page.click("#speed-panel .pill")
    expect(page.locator("#speed-panel")).to_be_hidden()
    finished(page, 5)


def test_why_she_feels_and_talks_so_is_one_press_away(page: Page) -> None:
    begin(page, "mara")
    say(page, "I am afraid of tomorrow.")
    finished(page, 3)
    say(page, "Thank you, that helps.")
    finished(page, 5)
    expect(page.locator(".log .why-chip")).to_have_count(2)
    page.click("#presence .feeling")
    for told in ("Read in your message", "What it moved", "What she feels", "What she shows"):
        expect(page.locator("#why-panel")).to_contain_text(told)
    expect(page.locator("#why-panel .mood-plane svg")).to_be_visible()
    newest = page.locator("#why-panel [data-act=source]").get_attribute("data-id")
    page.keyboard.press("Escape")
    expect(page.locator("#why-panel")).to_be_hidden()
    page.locator(".log .why-chip summary").first.click()
    page.locator(".log .why-chip [data-act=why]").first.click()
    source = page.locator(f"#why-panel [data-act=source]:not([data-id='{newest}'])")
    source.click()
    expect(page.locator("#why-panel")).to_be_hidden()
    expect(page.locator(".turn.found .words")).to_have_text("I am afraid of tomorrow.")


def test_a_reply_can_be_stopped_and_goes_on(page: Page) -> None:
    begin(page, "mara")
    say(page, "Tell me a story.")
    expect(page.locator("#live .words")).to_contain_text("One wave")
    page.keyboard.press("Escape")
    finished(page, 3)
    expect(page.locator(".log .note")).to_contain_text("You stopped this reply here.")
    page.click(".log .hers:last-of-type [data-act=grow]")
    expect(page.locator("#live .words")).to_contain_text("One wave")
    page.click(".composer .send")
    finished(page, 3)


def test_words_are_edited_swiped_branched_deleted_and_brought_back(page: Page) -> None:
    begin(page, "juno")
    say(page, "First.")
    finished(page, 3)
    page.press(".composer textarea", "ArrowUp")
    expect(page.locator(".composer textarea")).to_have_value("First.")
    say(page, "First, corrected.")
    finished(page, 3)
    expect(page.locator(".log .yours .swipe")).to_contain_text("2 / 2")
    page.hover(".log .yours")
    page.click(".log .yours [aria-label='The version before']")
    expect(page.locator(".log .yours .words")).to_have_text("First.")
    page.click(".log .hers:last-of-type [data-act=again]")
    expect(page.locator(".log .hers:last-of-type .swipe")).to_contain_text("2 / 2")
    finished(page, 3)
    page.hover(".log .hers")
    page.locator(".log .hers").first.locator("[data-act=branch]").click()
    finished(page, 1)
    page.click(".toast button")
    finished(page, 3)
    page.locator(".log .yours [data-act=delete]").click()
    finished(page, 1)
    page.click(".composer .undo")
    finished(page, 3)


def test_a_reload_in_the_middle_shows_what_there_is_and_goes_on(page: Page) -> None:
    begin(page, "theo")
    say(page, "Another story, please.")
    expect(page.locator("#live .words")).to_contain_text("One wave at a time. One")
    page.reload()
    expect(page.locator("#live .words")).to_contain_text("One wave at a time. One")
    finished(page, 3)
    expect(page.locator(".log .hers:last-of-type .words")).to_contain_text("The end.")
    assert page.locator(".log .hers:last-of-type .words").inner_text().count("One wave") == 20


def test_two_tabs_stay_together(page: Page) -> None:
    begin(page, "ines")
    second = page.context.new_page()
    second.goto(page.url)
    expect(second.locator(".log .turn")).to_have_count(1)
    say(page, "A story for two.")
    expect(second.locator("#live .words")).to_contain_text("One wave")
    page.click(".composer .send")
    finished(page, 3)
    finished(second, 3)


def test_leaving_a_reply_behind_neither_stops_nor_mixes_it(page: Page) -> None:
    begin(page, "mara")
    say(page, "A long story.")
    expect(page.locator("#live .words")).to_contain_text("One wave")
    left = page.url
    page.click(".persona[data-id=theo]")
    expect(page.locator(".log")).not_to_contain_text("A long story.")
    expect(page.locator("#live .turn:visible")).to_have_count(0)
    page.goto(left)
    finished(page, 3)
    expect(page.locator(".log .hers:last-of-type .words")).to_contain_text("The end.")


def test_what_is_typed_survives_a_reload(page: Page) -> None:
    begin(page, "ines")
    page.fill(".composer textarea", "Half a thought")
    page.reload()
    expect(page.locator(".composer textarea")).to_have_value("Half a thought")
    page.fill(".composer textarea", "")


def test_a_script_in_a_message_stays_text(page: Page) -> None:
    begin(page, "mara")
    said = '<img src=x onerror="window.broken = 1"><script>window.broken = 1</script>'
    say(page, said)
    finished(page, 3)
    assert page.locator(".log .yours .words").inner_text() == said
    assert page.evaluate("window.broken") is None


def test_a_conversation_is_renamed_and_deleted_with_a_way_back(page: Page) -> None:
    begin(page, "juno")
    say(page, "To be renamed.")
    finished(page, 3)
    row = page.locator(".talk-row", has=page.locator("[aria-current]"))
    row.hover()
    row.locator("summary").click()
    row.locator("input").fill("The night shift")
    row.locator("input").press("Enter")
    expect(page.locator(".talk-open[aria-current]")).to_have_text("The night shift")
    row.hover()
    row.locator("summary").click()
    row.locator("[data-act=remove]").click()
    expect(page.locator(".talks")).not_to_contain_text("The night shift")
    page.click(".toast button")
    expect(page.locator(".talk-open[aria-current]")).to_have_text("The night shift")


def test_the_models_panel_opens_and_closes(page: Page) -> None:
    page.click("#banner button")
    expect(page.locator("#models-panel")).to_be_visible()
    expect(page.locator("#models-panel")).to_contain_text("Qwen3 0.6B")
    page.keyboard.press("Escape")
    expect(page.locator("#models-panel")).to_be_hidden()


def test_a_phone_shows_one_column_with_a_drawer(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector(".log .turn")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.locator("#places")).to_be_hidden()
    page.tap("#top [data-act=drawer]")
    expect(page.locator(".persona[data-id=theo]")).to_be_visible()
    page.tap(".persona[data-id=theo]")
    expect(page.locator("#top")).to_contain_text("Theo")
    expect(page.locator("#places")).to_be_hidden()
    expect(page.locator(".log")).to_have_attribute("aria-label", "Conversation with Theo")
    if page.locator(".log .turn").count() > 1:
        page.tap("#top [data-act=new]")
    expect(page.locator(".log .turn")).to_have_count(1)
    page.fill(".composer textarea", "Hello.")
    page.tap(".composer .send")
    finished(page, 3)
    last = page.locator(".log > .turn:last-of-type")
    rows = last.locator(".chip, .acts [data-act=again], .acts .more").evaluate_all("all => all.map(e => e.getBoundingClientRect().bottom)")
    assert len(set(rows)) == 1
    expect(last.locator("[data-act=delete]")).to_be_hidden()
    last.locator(".more").tap()
    expect(last.locator("[data-act=delete]")).to_be_visible()
    ends = "document.querySelector('.log > .turn:last-of-type .rarer').getBoundingClientRect().bottom"
    page.wait_for_function(f"{ends} <= document.querySelector('.composer').getBoundingClientRect().top")
    short = page.locator("button:visible, summary:visible").evaluate_all(
        "all => all.map(e => [e.innerText || e.ariaLabel, e.getBoundingClientRect().height]).filter(([, height]) => height < 40)"
    )
    assert short == []
    context.close()


def test_nothing_leaves_the_machine(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: set[str] = set()
    problems: list[str] = []
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("response", lambda response: problems.append(response.url) if response.status >= 400 else None)
    page.goto(address)
    page.wait_for_selector(".log .turn")
    page.wait_for_load_state("load")
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('18px Literata') && document.fonts.check('15px Inter'))")
    assert asked - {""} == {urlsplit(address).netloc}
    assert problems == []
    context.close()
