from sqlalchemy import Engine, event

from companion.store.conversations import Conversations


def test_the_alternatives_of_a_whole_path_take_one_query(kept: Conversations, engine: Engine) -> None:
    conversation = kept.create("mira", ["Hello.", "Good day."])
    kept.create("mira", ["A greeting elsewhere."])
    for number in range(5):
        kept.finish_reply(kept.begin_turn(conversation.id, f"Question {number}")[1].id, "An answer.", "complete", "end")
    kept.finish_reply(kept.begin_reply(kept.path(conversation.id)[-2].id).id, "Another.", "complete", "end")
    path = [message.id for message in kept.path(conversation.id)]
    alone = {message_id: kept.siblings(message_id) for message_id in path}
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda connection, cursor, statement, *more: asked.append(statement))
    assert kept.siblings_of(path) == alone
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1
    assert [len(alone[message_id]) for message_id in (path[0], path[1], path[-1])] == [2, 1, 2]


def test_what_is_deleted_has_no_alternatives(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello."])
    user, reply = kept.begin_turn(conversation.id, "Hi")
    kept.finish_reply(reply.id, "Hi!", "complete", "end")
    kept.delete_message(reply.id)
    assert kept.siblings_of([user.id, reply.id]) == {user.id: (user.id,), reply.id: ()}
    kept.delete(conversation.id)
    assert kept.siblings_of([user.id]) == {user.id: ()}
    assert kept.siblings_of([]) == {}
