"""Finding a conversation again: titles, order, search."""

from hypothesis import given, settings
from hypothesis import strategies as st

from companion.store.conversations import Conversations, Message
from companion.store.records import shorten


def say(kept: Conversations, conversation_id: str, text: str, answer: str) -> tuple[Message, Message]:
    user, reply = kept.begin_turn(conversation_id, text)
    return user, kept.finish_reply(reply.id, answer, "complete", "end")


def test_title_is_the_first_words_until_one_is_given(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello."])
    assert conversation.title == ""
    user, _ = say(kept, conversation.id, "  Could you help me\nplan a small garden behind the house this spring?", "Gladly.")
    assert kept.get(conversation.id).title == "Could you help me plan a small garden behind the house this…"
    kept.rename(conversation.id, "  The   garden ")
    assert kept.get(conversation.id).title == "The garden"
    kept.rename(conversation.id, "")
    kept.delete_message(user.id)
    assert kept.get(conversation.id).title == ""


@settings(deadline=None)
@given(st.text(), st.integers(2, 80))
def test_shortening_keeps_the_beginning_within_the_limit(text: str, chars: int) -> None:
    short = shorten(text, chars)
    line = " ".join(text.split())
    assert len(short) <= chars
    assert line.startswith(short.removesuffix("…"))
    assert bool(short) == bool(line)


def test_list_is_newest_first_and_by_persona(kept: Conversations) -> None:
    old, new, other = kept.create("mira", ["Hello."]), kept.create("mira", []), kept.create("jonas", [])
    say(kept, new.id, "Any news?", "None at all.\n\nAnd you?")
    say(kept, old.id, "Rain again", "It suits me.")
    assert [line.id for line in kept.list()] == [old.id, new.id, other.id]
    assert [(line.title, line.preview) for line in kept.list("mira")] == [
        ("Rain again", "It suits me."),
        ("Any news?", "None at all. And you?"),
    ]
    kept.delete(old.id)
    assert [line.id for line in kept.list("mira")] == [new.id]


def test_search_finds_words_anywhere_in_any_case_and_literally(kept: Conversations) -> None:
    a, b, c = (kept.create("mira", []) for _ in range(3))
    user, _ = say(kept, a.id, "Über den Wolken", "It was 100% sunny")
    kept.edit(user.id, "Under the bridge")
    say(kept, b.id, "A snake_case name", "1000 of them")
    kept.rename(c.id, "Grüße aus Köln")

    def found(words: str) -> set[str]:
        return {line.id for line in kept.list(search=words)}

    assert found("ÜBER DEN") == {a.id}  # on a branch that is not shown
    assert found("bridge") == {a.id}
    assert found("100%") == {a.id}
    assert found("e_c") == {b.id}
    assert found("GRÜSSE") == {c.id}
    assert found("nowhere") == set()
    assert found("  ") == {a.id, b.id, c.id}


def test_deleted_words_are_not_found(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello."])
    user, _ = say(kept, conversation.id, "The secret is marzipan", "Noted.")
    kept.delete_message(user.id)
    assert kept.list(search="marzipan") == ()
