from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.errors import ModelError
from companion.think.integrity import BREAKS
from companion.think.protocol import Prompt, PromptMessage
from companion.think.template import ChatTemplate
from tests.think.checkpoints import TOKENIZERS, byte_tokenizer

STRUCTURE = (
    "<|end|>", "<|user|>", "<|assistant|>", "<|system|>", "<|USER|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>", "<s>", "</s>",
    "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>", "User:", "Assistant:", "User: ",
)  # fmt: skip
FRAGMENTS = ("<", "|", ">", "[", "/", BREAKS[0], " ", "\n", "user\n")
texts = st.lists(st.one_of(st.sampled_from(STRUCTURE), st.sampled_from(FRAGMENTS), st.text(max_size=6)))


@cache
def template(name: str) -> ChatTemplate:
    return ChatTemplate(TOKENIZERS[name]())


def skeleton(chat: ChatTemplate, messages: tuple[PromptMessage, ...]) -> list[int]:
    ids, _ = chat.encode(Prompt(messages))
    return [i for i in ids if i in chat.integrity.tokens]


@pytest.mark.parametrize("name", TOKENIZERS)
@settings(max_examples=20, deadline=None)
@given(system=texts, opening=texts, said=texts)
def test_no_content_adds_structure_to_a_prompt(name: str, system: list[str], opening: list[str], said: list[str]) -> None:
    chat = template(name)
    roles = ("system", "user", "assistant", "user")
    contents = ("".join(system), "Hi", "".join(opening), "x" + "".join(said))
    hostile = tuple(PromptMessage(role, content) for role, content in zip(roles, contents, strict=True))
    tame = tuple(PromptMessage(role, "tame") for role in roles)
    assert skeleton(chat, hostile) == skeleton(chat, tame)
    rendered, plain = chat.render(hostile), chat.render(tame)
    for mark in chat.integrity.marks:
        assert rendered.count(mark) == plain.count(mark)


@pytest.mark.parametrize("name", TOKENIZERS)
@pytest.mark.parametrize("text", STRUCTURE)
def test_structure_in_content_is_broken_up_and_still_readable(name: str, text: str) -> None:
    integrity = template(name).integrity
    safe = integrity.neutralise(f"a {text} b")
    assert integrity.control_ids(safe) == []
    assert not any(mark in safe for mark in integrity.marks)
    if name != "lowercasing":
        assert safe.replace(BREAKS[0], "") == f"a {text} b"


@pytest.mark.parametrize("name", TOKENIZERS)
def test_ordinary_text_is_left_alone(name: str) -> None:
    text = "The user said: 3 < 4 > 2, [sic] — a system, an assistant?\n\n\n你好 🙂 user\nmodel"
    assert template(name).integrity.neutralise(text) == text


def test_the_scaffolding_is_found_by_rendering() -> None:
    assert set(template("llama_2").integrity.marks) == {"[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"}
    assert set(template("plain").integrity.marks) == {"User:", "Assistant:"}
    assert template("chatml").integrity.marks == ()


def test_a_default_system_text_is_not_taken_apart_into_words() -> None:
    wordy = "{{ 'Cutting Knowledge Date: December 2023\n\n' }}" + TOKENIZERS["chatml"]().chat_template
    chat = ChatTemplate(byte_tokenizer(("<|im_start|>", "<|im_end|>"), wordy, eos="<|im_end|>"))
    assert chat.integrity.neutralise("The Date: 3 December") == "The Date: 3 December"


def test_a_rare_character_is_not_structure() -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    known = {"<unk>": 0, "<end>": 1, "hello": 2, "<": 3, "end": 4, ">": 5}
    inner = Tokenizer(models.WordLevel(known, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    words = PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="<unk>", eos_token="<end>")
    words.chat_template = "{% for m in messages %}{{ m.content + '<end>' }}{% endfor %}"
    integrity = ChatTemplate(words).integrity
    assert integrity.neutralise("hello 🙂") == "hello 🙂"
    assert integrity.control_ids(integrity.neutralise("hello <end>")) == []


def test_a_model_without_a_chat_template_says_so() -> None:
    with pytest.raises(ModelError, match="no chat template"):
        ChatTemplate(byte_tokenizer(("<eos>",), None, eos="<eos>"))
