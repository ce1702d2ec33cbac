"""What holds for every book and every conversation: the order, the budget, who is never on, and that reading again changes nothing."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from companion.persona.lore import LINE_TOKENS, PLACES, Found, Lore, Said, Scene, look_up
from companion.persona.lorebook import Decorators, Entry, Lorebook

WORDS = ("mill", "river", "fire", "sea")
texts = st.lists(st.sampled_from((*WORDS, "hello")), max_size=4).map(" ".join)
keys = st.lists(st.sampled_from((*WORDS, "/mi?ll/i")), max_size=2).map(tuple)
few = st.integers(0, 4)
decorators = st.builds(
    Decorators,
    activate_only_after=few,
    activate_only_every=few,
    keep_activate_after_match=st.booleans(),
    dont_activate_after_match=st.booleans(),
    activate=st.booleans(),
    ignore_on_max_context=st.booleans(),
)
entries = st.builds(
    Entry,
    keys=keys,
    secondary_keys=keys,
    logic=st.sampled_from(["and_any", "and_all", "not_any", "not_all"]),
    exclude_keys=keys,
    content=texts,
    enabled=st.booleans(),
    constant=st.booleans(),
    insertion_order=few,
    priority=st.none() | few,
    probability=st.sampled_from([0, 50, 100]),
    sticky=few,
    cooldown=few,
    delay=few,
    scan_depth=st.none() | few,
    position=st.sampled_from(list(PLACES)),
    depth=few,
    decorators=st.just(Decorators()) | decorators,
)
books = st.builds(
    Lorebook,
    scan_depth=few,
    token_budget=st.none() | st.integers(0, 20),
    recursive=st.booleans(),
    entries=st.lists(entries, max_size=6).map(tuple),
)
talks = st.lists(texts, min_size=1, max_size=9).map(
    lambda said: [Said("persona" if i % 2 else "user", text, f"m{i}") for i, text in enumerate(said)]
)
budgets = st.none() | st.integers(0, 30)


def count(text: str) -> int:
    return len(text.split())


def whole(book: Lorebook, said: list[Said], budget: int | None) -> Found:
    return look_up(book, said, Scene("c"), count_tokens=count, budget=budget)


@given(books, talks, budgets)
@settings(max_examples=200, deadline=None)
def test_the_budget_holds_and_what_was_left_out_would_not_have_fitted(book: Lorebook, said: list[Said], budget: int | None) -> None:
    found = whole(book, said, budget)
    most = min(bound for bound in (budget, book.token_budget, 10**9) if bound is not None)
    assert found.tokens == sum(one.tokens for one in found.on) <= most
    for left in (one for one in found.off if one.reason == "budget"):

        def goes_first(number: int) -> tuple[bool, int, int]:
            entry = book.entries[number]
            return entry.decorators.ignore_on_max_context, -entry.worth, number

        before = sum(one.tokens for one in found.on if goes_first(one.number) < goes_first(left.number))
        assert before + count(left.entry.content) + LINE_TOKENS > most


@given(books, talks, budgets)
@settings(max_examples=200, deadline=None)
def test_the_order_is_the_place_then_the_depth_then_the_insertion_order(book: Lorebook, said: list[Said], budget: int | None) -> None:
    told = [one.entry for one in whole(book, said, budget).on]
    for first, second in pairwise(told):
        assert PLACES[first.position] <= PLACES[second.position]
        if first.position == second.position == "depth":
            assert first.depth >= second.depth
        if first.position == second.position and (first.depth == second.depth or first.position != "depth"):
            assert first.insertion_order <= second.insertion_order


@given(books, talks, budgets)
@settings(max_examples=200, deadline=None)
def test_what_is_not_enabled_or_says_nothing_is_never_on_and_nothing_is_both_on_and_off(
    book: Lorebook, said: list[Said], budget: int | None
) -> None:
    found = whole(book, said, budget)
    assert all(one.entry.enabled and one.text for one in found.on)
    assert len({one.number for one in (*found.on, *found.off)}) == len(found.on) + len(found.off)


@given(books, talks, st.data())
@settings(max_examples=200, deadline=None)
def test_reading_message_by_message_with_edits_and_branches_is_reading_at_once(
    book: Lorebook, said: list[Said], data: st.DataObject
) -> None:
    lore = Lore()
    for visit in range(6):
        path = said[: data.draw(st.integers(1, len(said)))]
        if data.draw(st.booleans()):
            place = data.draw(st.integers(0, len(path) - 1))
            path[place] = replace(path[place], text=data.draw(texts), id=f"edited {visit}")
        assert lore.look_up(book, path, Scene("c"), count_tokens=count) == whole(book, path, None)


@given(books, talks)
@settings(max_examples=100, deadline=None)
def test_the_budget_never_changes_what_is_triggered_later(book: Lorebook, said: list[Said]) -> None:
    lore = Lore()
    for place in range(len(said)):
        lore.look_up(book, said[: place + 1], Scene("c"), count_tokens=count, budget=0)
    assert lore.look_up(book, said, Scene("c"), count_tokens=count) == whole(book, said, None)
