from dataclasses import replace
from typing import Any

import pytest

from companion.errors import ModelError
from companion.think.dialect import Foreword
from companion.think.integrity import BREAKS
from companion.think.protocol import Prompt, PromptMessage
from tests.think.server import TALK, Answer, Connect, Handler, Serve, refuses, request, says, written

GREETED = (TALK[0], PromptMessage("assistant", "Good evening."), TALK[1])


def test_two_turns_begin_with_the_same_bytes(serve: Serve, connect: Connect) -> None:
    server = serve(says("I am well."))
    engine = connect(server)
    written(engine.write(request()))
    longer = (*TALK, PromptMessage("assistant", "I am well."), PromptMessage("user", "And <|im_end|> now?"))
    written(engine.write(request(Prompt(longer, stable=3))))
    first, second = (raw[raw.index(b'"messages"') :].split(b"]")[0] for raw in server.raw)
    assert second.startswith(first) and len(second) > len(first)
    assert server.bodies[0]["messages"] == [{"role": message.role, "content": message.content} for message in TALK]


def test_content_never_becomes_control(serve: Serve, connect: Connect) -> None:
    server = serve(says("No."))
    said = "a <|im_end|> b </s> c [/INST] d <｜User｜> e <start_of_turn> but 1 < 2, <b>bold</b> and a [list]"
    written(connect(server).write(request(Prompt((TALK[0], PromptMessage("user", said))))))
    sent = server.bodies[0]["messages"][1]["content"]
    assert sent.replace(BREAKS[0], "") == said
    assert not [mark for mark in ("<|im_end|>", "</s>", "[/INST]", "<｜User｜>", "<start_of_turn>") if mark in sent]
    assert "1 < 2, <b>bold</b> and a [list]" in sent


def picky(*unknown: str, naming: bool) -> Answer:
    def answer(handler: Handler, body: dict[str, Any]) -> None:
        found = [name for name in unknown if name in body]
        if found:
            handler.refuse(422, f"Unexpected fields: {found}" if naming else "Bad request")
        else:
            says("Yes.")(handler, body)

    return answer


@pytest.mark.parametrize("naming", [True, False])
def test_refused_extras_are_left_out_from_then_on(serve: Serve, connect: Connect, naming: bool) -> None:
    server = serve(picky("min_p", "repetition_penalty", naming=naming))
    engine = connect(server)
    assert written(engine.write(request(stop=("x",))))[0] == "Yes."
    assert len(server.raw) == 2 and server.bodies[1]["stop"] == ["x"]
    assert ("chat_template_kwargs" in server.bodies[1]) == naming
    written(engine.write(request()))
    assert len(server.raw) == 3


def greeting_refused(handler: Handler, body: dict[str, Any], status: int = 400, message: str = "Conversation roles must alternate") -> None:
    roles = [message["role"] for message in body["messages"] if message["role"] != "system"]
    if roles[0] != "user":
        handler.refuse(status, message)
    else:
        says("Yes.")(handler, body)


@pytest.mark.parametrize(("status", "message"), [(400, "Conversation roles must alternate"), (400, "Bad request"), (500, "Internal error")])
def test_a_refused_greeting_is_folded_from_then_on(serve: Serve, connect: Connect, status: int, message: str) -> None:
    server = serve(lambda handler, body: greeting_refused(handler, body, status, message))
    engine = connect(server, retries=0)
    assert written(engine.write(request(Prompt(GREETED))))[0] == "Yes."
    asked = len(server.raw)
    assert asked > 1
    written(engine.write(request(Prompt(GREETED))))
    assert len(server.raw) == asked + 1
    last = server.bodies[-1]
    assert [one["role"] for one in last["messages"]] == ["system", "user", "assistant", "user"]
    assert "arrived" in last["messages"][1]["content"]
    assert "min_p" in last  # nothing else was given up


def test_a_template_without_system_and_greeting_is_served(serve: Serve, connect: Connect) -> None:
    def answer(handler: Handler, body: dict[str, Any]) -> None:
        if body["messages"][0]["role"] == "system":
            handler.refuse(400, "System role not supported")
        else:
            greeting_refused(handler, body)

    server = serve(answer)
    assert written(connect(server).write(request(Prompt(GREETED))))[0] == "Yes."
    messages = server.bodies[-1]["messages"]
    assert [one["role"] for one in messages] == ["user", "assistant", "user"]
    assert messages[0]["content"].startswith("You are Ada.")


def test_a_refusal_that_nothing_helps_is_told(serve: Serve, connect: Connect) -> None:
    server = serve(refuses(400, "the moon is full"))
    engine = connect(server)
    with pytest.raises(ModelError, match="the moon is full"):
        list(engine.write(request(Prompt(GREETED, prefix="I am"))))
    assert len(server.raw) <= 8
    server.answers = (says("Yes."),)
    written(engine.write(request()))
    assert "min_p" in server.bodies[-1]  # what did not help is not remembered


def test_an_unfinished_reply_goes_on(serve: Serve, connect: Connect) -> None:
    server = serve(says(" well", " now."))
    text, _ = written(connect(server).write(request(Prompt(TALK, prefix="I am"))))
    assert text == " well now."
    (body,) = server.bodies
    assert body["messages"][-1] == {"role": "assistant", "content": "I am"}
    assert body["continue_final_message"] is True and body["add_generation_prompt"] is False


def test_a_server_that_cannot_go_on_is_asked_in_words(serve: Serve, connect: Connect) -> None:
    def answer(handler: Handler, body: dict[str, Any]) -> None:
        if "continue_final_message" in body:
            handler.refuse(422, "Unexpected fields: {'continue_final_message', 'add_generation_prompt'}")
        else:
            says("very well.")(handler, body)

    server = serve(answer)
    engine = connect(server)
    assert written(engine.write(request(Prompt(TALK, prefix="I am"))))[0] == " very well."
    assert written(engine.write(request(Prompt(TALK, prefix="I am "))))[0] == "very well."
    assert len(server.raw) == 3
    assert [one["role"] for one in server.bodies[-1]["messages"][-2:]] == ["assistant", "user"]


def test_a_repeated_beginning_is_not_shown_twice(serve: Serve, connect: Connect) -> None:
    server = serve(says("I was just", " thinking of", " you."))
    text, _ = written(connect(server).write(request(Prompt(TALK, prefix="I was just thinking"))))
    assert text == " of you."


def test_a_thousand_empty_thoughts_are_passed_over() -> None:
    words = Foreword()
    assert words.feed("<think></think> " * 3000 + "Hello.") == "Hello."
    half = Foreword()
    assert half.feed("<think>a</think>\n<thi") == "" and half.feed("nk>b</think> Hello.") == "Hello."


SCHEMA = {"type": "object", "required": ["found"], "properties": {"found": {"type": "array"}}}


def test_a_schema_is_asked_for_as_the_api_says(serve: Serve, connect: Connect) -> None:
    server = serve(says('{"found":[]}'))
    engine = connect(server)
    assert written(engine.write(replace(request(), schema=SCHEMA)))[0] == '{"found":[]}'
    written(engine.write(request()))
    first, second = server.bodies
    assert first["response_format"] == {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": SCHEMA}}
    assert "response_format" not in second


@pytest.mark.parametrize("naming", [True, False])
def test_a_server_that_takes_no_schema_is_asked_without_from_then_on(serve: Serve, connect: Connect, naming: bool) -> None:
    server = serve(picky("response_format", naming=naming))
    engine = connect(server)
    assert written(engine.write(replace(request(), schema=SCHEMA)))[0] == "Yes."
    tries = len(server.bodies)
    assert tries > 1
    written(engine.write(replace(request(), schema=SCHEMA)))
    assert len(server.bodies) == tries + 1
    assert "response_format" not in server.bodies[-1] and "stream_options" in server.bodies[-1]
