"""What a local engine keeps from one turn to the next, and over a restart."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from companion.errors import ModelError
from companion.think.local import LocalEngine
from companion.think.protocol import Prompt, PromptMessage
from tests.think.checkpoints import save_checkpoint, starter_like
from tests.think.test_local import TALK, request, written
from tests.think.test_overlays import save_adapter


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_checkpoint(tmp_path_factory.mktemp("models") / "tiny", starter_like())


def said(*exchanges: tuple[str, str], message: str) -> Prompt:
    """A prompt after some exchanges."""
    past = [PromptMessage(role, text) for user, reply in exchanges for role, text in (("user", user), ("assistant", reply))]  # type: ignore[arg-type]
    return Prompt((TALK[0], *past, PromptMessage("user", message)), stable=1 + len(past))


def test_the_next_turn_reads_only_what_is_new_and_says_the_same(folder: Path) -> None:
    engine = LocalEngine(folder, draft=folder, device="cpu", dtype="float32")
    talk: list[tuple[str, str]] = []
    for turn, message in enumerate(("Hello there.", "How are you today?", "I am well.", "It is Friday.", "Edited: how are you?")):
        if message.startswith("Edited"):
            talk = talk[:1]
        asked = replace(request(said(*talk, message=message), temperature=0.9, seed=turn, max_tokens=30), cache_key="one")
        text, account = written(engine.write(asked))
        alone, unkept = written(LocalEngine(folder, device="cpu", dtype="float32").write(asked))
        assert text == alone and unkept.reused_tokens == 0
        assert account.reused_tokens > (0 if turn == 0 else 20 * len(talk)) or turn == 0
        assert account.plain == "" and account.passes <= account.reply_tokens
        talk.append((message, text or "Hm."))
        engine.settle(replace(asked, prompt=said(*talk, message="")))


def test_what_the_next_message_is_expected_to_begin_with_is_read_before_it_comes(folder: Path) -> None:
    engine = LocalEngine(folder, draft=folder, device="cpu", dtype="float32")
    asked = replace(request(temperature=0.9, seed=1, max_tokens=30), cache_key="one")
    written(engine.write(asked))
    talk, reused = [("Hello there, how are you today?", "I am well.")], []
    for ahead, message in (("", "It is late. Well?"), ("It is late. ", "It is late. Well?"), ("It is late. ", "It is early. Well?")):
        coming = replace(asked, prompt=said(*talk, message=message))
        engine.settle(replace(asked, prompt=Prompt(coming.prompt.messages[:-1], ahead=ahead)))
        text, account = written(engine.write(coming))
        assert text == written(LocalEngine(folder, device="cpu", dtype="float32").write(coming))[0]
        reused.append(account.reused_tokens)
    assert reused[1] >= reused[0] + engine.count_tokens("It is late.") - 1 and reused[0] < reused[2] < reused[1]


def test_the_first_turn_after_a_restart_does_not_read_the_persona_again(folder: Path, tmp_path: Path) -> None:
    persona = "You are Ada. " + "The cat sat on the mat. " * 20
    known = Prompt((PromptMessage("system", f"{persona}\nEarlier: they said hello"), PromptMessage("assistant", "Hello.")), persona=persona)
    asked = replace(request(temperature=0.9, seed=1), cache_key="one")

    def engine() -> LocalEngine:
        return LocalEngine(folder, draft=folder, device="cpu", dtype="float32", states=tmp_path / "states")

    first = engine()
    written(first.write(asked))
    first.settle(replace(asked, prompt=known))
    assert len(list((tmp_path / "states").iterdir())) == 2, "the persona, and the conversation"
    later = replace(asked, prompt=replace(known, messages=(PromptMessage("system", persona), PromptMessage("user", "Hi"))), cache_key="two")
    text, account = written(engine().write(later))
    assert account.reused_tokens > first.count_tokens(persona) - 8
    assert text == written(LocalEngine(folder, device="cpu", dtype="float32").write(later))[0]


def test_the_first_turn_after_a_restart_reads_only_what_is_new(folder: Path, tmp_path: Path) -> None:
    said_before = [("Hello there.", "Hello to you. " * 20), ("Well?", "The cat sat on the mat. " * 20)]
    asked = replace(request(temperature=0.9, seed=1), cache_key="one")

    def engine() -> LocalEngine:
        return LocalEngine(folder, draft=folder, device="cpu", dtype="float32", states=tmp_path / "states")

    first = engine()
    written(first.write(replace(asked, prompt=said(*said_before[:1], message="Well?"))))
    first.settle(replace(asked, prompt=Prompt(said(*said_before, message="").messages[:-1])))
    later = replace(asked, prompt=said(*said_before, message="And now?"))
    again = engine()
    again.load()
    text, account = written(again.write(later))
    assert account.prompt_tokens - account.reused_tokens <= again.count_tokens("And now?") + 6
    assert text == written(LocalEngine(folder, device="cpu", dtype="float32").write(later))[0]
    again.forget("one")
    _, account = written(engine().write(later))
    assert account.reused_tokens == 0 and not list((tmp_path / "states").glob("talk-*"))


def test_settling_reads_ahead_and_is_interrupted_at_once(folder: Path) -> None:
    engine = LocalEngine(folder, device="cpu", dtype="float32")
    asked = replace(request(said(message="Hello there.")), cache_key="one")
    text, _ = written(engine.write(asked))
    later = said(("Hello there.", text), message="And now?")
    engine.settle(replace(asked, prompt=Prompt(later.messages[:-1])))
    _, account = written(engine.write(replace(asked, prompt=later)))
    assert account.prompt_tokens - account.reused_tokens <= engine.count_tokens("And now?") + 6
    cancelled = replace(asked, prompt=Prompt(later.messages[:-1]), cancel=threading.Event())
    cancelled.cancel.set()
    engine.settle(cancelled)


def test_a_forgotten_conversation_is_read_anew_and_the_others_are_not(folder: Path) -> None:
    engine = LocalEngine(folder, draft=folder, device="cpu", dtype="float32")
    engine.forget("one")  # nothing is open, so nothing is kept
    first, second = (replace(request(said(message=message)), cache_key=key) for key, message in (("one", "Hello."), ("two", "Friday.")))
    texts = [written(engine.write(asked))[0] for asked in (first, second)]
    engine.forget("one")
    (both, beside), kept = engine.held(), written(engine.write(second))[1].reused_tokens
    assert both > 0 == beside and kept == engine.load().template.encode(second.prompt)[1] - 1
    engine.forget("two")
    assert engine.held() == (0, 0)
    again, account = written(engine.write(first))
    assert again == texts[0] and account.reused_tokens == 0


def test_an_adapter_is_worn_by_the_persona_that_names_it_and_caches_are_kept_apart(folder: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    for seed, name in enumerate(("poet", "clerk")):
        save_adapter(tmp_path / name, seed, network=AutoModelForCausalLM.from_pretrained(folder))

    def fresh() -> LocalEngine:
        return LocalEngine(folder, draft=folder, device="cpu", dtype="float32", adapters=tmp_path)

    engine, asked = fresh(), replace(request(said(message="Hello there."), max_tokens=30), cache_key="one")
    worn = ["", "poet", "clerk", "poet", ""]
    told = [written(engine.write(replace(asked, adapter=name))) for name in worn]
    assert [account.adapter for _, account in told] == list(worn)
    texts = [text for text, _ in told]
    assert texts == [written(fresh().write(replace(asked, adapter=name)))[0] for name in worn]
    assert len(set(texts)) == 3
    with pytest.raises(ModelError, match="The adapter nobody has no"):
        list(engine.write(replace(asked, adapter="nobody")))
    assert written(engine.write(asked))[0] == texts[0]
