from functools import cache

import pytest

from companion.think.protocol import Prompt, PromptMessage
from companion.think.template import ChatTemplate
from tests.think.checkpoints import TOKENIZERS

TALK = (
    PromptMessage("system", "You are Ada."),
    PromptMessage("assistant", "Hello."),
    PromptMessage("user", "Hi"),
    PromptMessage("user", "Still there?"),
)


@cache
def template(name: str) -> ChatTemplate:
    return ChatTemplate(TOKENIZERS[name]())


@pytest.mark.parametrize("name", TOKENIZERS)
def test_every_template_is_given_a_conversation_it_accepts(name: str) -> None:
    rendered = template(name).render(TALK).lower()
    where = [rendered.index(part) for part in ("you are ada.", "hello.", "hi", "still there?")]
    assert where == sorted(where)


def test_the_built_in_layout() -> None:
    rendered = "<|system|> You are Ada.<|end|><|assistant|> Hello.<|end|><|user|> Hi<|end|><|assistant|>"
    assert template("starter").render(TALK[:3]) == rendered


def test_a_model_without_a_system_role_reads_it_in_the_first_message() -> None:
    rendered = template("gemma").render((TALK[0], TALK[2]))
    assert rendered == "<bos><start_of_turn>user\nYou are Ada.\n\nHi<end_of_turn>\n<start_of_turn>model\n"


@pytest.mark.parametrize(
    ("name", "tail"),
    [("starter", "<|assistant|> I was"), ("chatml", "assistant\nI was"), ("llama_2", "[/INST] I was")],
)
def test_an_unfinished_reply_goes_on_where_the_template_would_have_it(name: str, tail: str) -> None:
    chat = template(name)
    ids, start = chat.encode(Prompt(TALK, prefix="I was "))
    tokenizer = chat.tokenizer
    assert tokenizer.decode(ids).endswith(tail)
    assert tokenizer.decode(ids[start:]).strip() == "I was"


@pytest.mark.parametrize(
    ("name", "ends"),
    [("starter", "<|end|>"), ("chatml", "<|im_end|>"), ("gemma", "<end_of_turn>"), ("llama_2", "</s>")],
)
def test_the_end_of_a_turn_is_known(name: str, ends: str) -> None:
    chat = template(name)
    assert chat.tokenizer.convert_tokens_to_ids(ends) in chat.end_ids


def test_a_tokenizer_counts_what_stands_in_the_prompt() -> None:
    chat = template("starter")
    assert chat.count("Hello there") == len(chat.plain_ids("Hello there"))
    assert chat.count("<|user|>") > 1


@pytest.mark.parametrize("name", TOKENIZERS)
def test_what_was_read_ahead_is_not_tokenized_again_and_says_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = ChatTemplate(TOKENIZERS[name]())
    talk = (*TALK[:2], *TALK[2:3], PromptMessage("assistant", " It  rains \n"), PromptMessage("user", "I see."), TALK[1])
    known = chat.stable_ids(talk, "[now]\nIt is late.\n")
    looked_at: list[str] = []
    plain_ids = chat.plain_ids
    monkeypatch.setattr(chat, "plain_ids", lambda text: looked_at.append(text) or plain_ids(text))
    for message, prefix in (("[now]\nIt is late.\n[/now]\nHi", ""), ("[now]\nIt is late.\n  naïve 🙂", "I was"), ("Other", "")):
        prompt = Prompt((*talk, PromptMessage("user", message)), prefix=prefix)
        ids, start = chat.encode(prompt)
        assert ids[:start] == plain_ids(chat.render(prompt.messages))
        assert known == ids[: len(known)] or message == "Other"
    edited = Prompt((*talk[:3], PromptMessage("user", "Hi")))
    assert chat.encode(edited)[0] == plain_ids(chat.render(edited.messages))
    if name in ("starter", "chatml", "gemma"):
        assert all("It  rains" not in text for text in looked_at)


@pytest.mark.parametrize("name", TOKENIZERS)
def test_token_ids_are_those_of_transformers(name: str) -> None:
    text = "Hello <|user|> [INST] naïve 🙂 你好\n\n\n  x"
    assert template(name).plain_ids(text) == template(name).tokenizer.encode(text, add_special_tokens=False)
