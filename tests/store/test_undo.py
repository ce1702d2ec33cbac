"""Every action can be taken back, one after the other."""

from companion.store.conversations import Conversations, Undone


def shown(kept: Conversations, conversation_id: str) -> list[str]:
    return [message.text for message in kept.path(conversation_id)]


def say(kept: Conversations, conversation_id: str, text: str, answer: str) -> tuple[str, str]:
    user, reply = kept.begin_turn(conversation_id, text)
    kept.finish_reply(reply.id, answer, "complete", "end")
    return user.id, reply.id


def test_undoing_a_send_hands_the_words_back(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello."])
    say(kept, conversation.id, "One", "Two")
    assert kept.undo(conversation.id) == Undone("send", "One")
    assert shown(kept, conversation.id) == ["Hello."]
    assert kept.get(conversation.id).title == ""
    assert kept.undo(conversation.id) is None


def test_a_whole_history_unwinds(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello."])
    states = [shown(kept, conversation.id)]
    user, reply = say(kept, conversation.id, "One", "Two")
    states.append(shown(kept, conversation.id))
    again = kept.begin_reply(user)
    kept.finish_reply(again.id, "Three", "complete", "end")
    states.append(shown(kept, conversation.id))
    kept.select(reply)
    states.append(shown(kept, conversation.id))
    kept.branch(user)
    states.append(shown(kept, conversation.id))
    kept.edit(user, "Uno")
    states.append(shown(kept, conversation.id))
    kept.delete_message(user)
    states.append(shown(kept, conversation.id))
    kept.rename(conversation.id, "Numbers")
    states.append(shown(kept, conversation.id))
    kept.delete(conversation.id)

    kinds = []
    while undone := kept.undo(conversation.id):
        kinds.append(undone.kind)
        assert shown(kept, conversation.id) == states.pop()
    assert kinds == ["delete", "rename", "delete_message", "edit", "branch", "select", "regenerate", "send"]


def test_leaving_a_version_of_the_persona_is_undone(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello."], version=2)
    kept.pin(conversation.id, 2)
    assert kept.get(conversation.id) == conversation, "nothing changed"
    kept.pin(conversation.id, 4)
    assert kept.get(conversation.id).persona_version == 4 and kept.revision(conversation.id) > conversation.revision
    assert kept.undo(conversation.id) == Undone("change_version")
    assert kept.get(conversation.id).persona_version == 2 and shown(kept, conversation.id) == ["Hello."]


def test_keeping_to_a_version_for_the_first_time_is_nothing_to_undo(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello."])
    kept.pin(conversation.id, 4)
    assert kept.get(conversation.id).persona_version == 4 and kept.undo(conversation.id) is None


def test_an_edit_and_its_first_reply_are_undone_together(kept: Conversations) -> None:
    conversation = kept.create("mira", [])
    user, _ = say(kept, conversation.id, "I like tee", "Golf?")
    fixed = kept.edit(user, "I like tea")
    reply = kept.begin_reply(fixed.id)
    kept.finish_reply(reply.id, "Me too.", "complete", "end")
    second = kept.begin_reply(fixed.id)
    kept.finish_reply(second.id, "How nice.", "complete", "end")
    assert kept.undo(conversation.id) == Undone("regenerate")
    assert shown(kept, conversation.id) == ["I like tea", "Me too."]
    assert kept.undo(conversation.id) == Undone("edit")
    assert shown(kept, conversation.id) == ["I like tee", "Golf?"]


def test_undoing_a_deletion_brings_back_no_more_than_it_took(kept: Conversations) -> None:
    conversation = kept.create("mira", [])
    user, reply = say(kept, conversation.id, "One", "Two")
    again = kept.begin_reply(user)
    kept.finish_reply(again.id, "Three", "complete", "end")
    kept.delete_message(reply)
    kept.delete_message(user)
    kept.undo(conversation.id)
    assert kept.siblings(again.id) == (again.id,)
    kept.undo(conversation.id)
    assert kept.siblings(again.id) == (reply, again.id)


def test_undoing_a_continuation_restores_the_shorter_reply(kept: Conversations) -> None:
    conversation = kept.create("mira", [])
    _, reply = kept.begin_turn(conversation.id, "Go on")
    before = kept.finish_reply(reply.id, "And then", "stopped", "stopped")
    kept.continue_reply(reply.id)
    kept.finish_reply(reply.id, "And then it rained.", "complete", "end")
    assert kept.undo(conversation.id) == Undone("continue")
    assert kept.message(reply.id) == before


def test_undoing_a_rename_restores_the_former_title(kept: Conversations) -> None:
    conversation = kept.create("mira", [])
    say(kept, conversation.id, "One", "Two")
    kept.rename(conversation.id, "Numbers")
    kept.rename(conversation.id, "Letters")
    kept.undo(conversation.id)
    assert kept.get(conversation.id).title == "Numbers"
    kept.undo(conversation.id)
    assert kept.get(conversation.id).title == "One"


def test_conversations_do_not_undo_each_other(kept: Conversations) -> None:
    one, two = kept.create("mira", []), kept.create("mira", [])
    say(kept, one.id, "One", "Two")
    say(kept, two.id, "Three", "Four")
    assert kept.undo(one.id) == Undone("send", "One")
    assert shown(kept, two.id) == ["Three", "Four"]
