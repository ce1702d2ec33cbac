"""The recipe of the built-in model, on networks small enough to train here."""

import itertools
import random
import re
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

from companion.remember.fake import FakeEmbedder
from companion.starter.recipe.conversations import Composer
from companion.starter.recipe.drafting import own_replies
from companion.starter.recipe.encoding import Encoder
from companion.starter.recipe.export import export
from companion.starter.recipe.grammar import Entry, Grammar, load_grammar
from companion.starter.recipe.ideas import replies_beside
from companion.starter.recipe.pointing import pointing
from companion.starter.recipe.rows import said, user_text
from companion.starter.recipe.sayings import exchanges
from companion.starter.recipe.shapes import Branches, TailGroup, new_model
from companion.starter.recipe.training import train
from companion.starter.recipe.values import held_out
from companion.starter.recipe.vocabulary import train_tokenizer
from companion.think.layout import Now
from companion.think.protocol import GAP


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return load_grammar()


@pytest.fixture(scope="module")
def encoder(grammar: Grammar) -> Encoder:
    composer = Composer(grammar, random.Random(3))
    rows = [composer.row() for _ in range(60)]
    return Encoder(train_tokenizer(text for row in rows for text in (row.system, *(t for e in row.exchanges for t in e))))


@pytest.fixture
def network() -> LlamaForCausalLM:
    torch.manual_seed(0)
    return new_model(
        LlamaConfig(
            vocab_size=4096, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2,
            tie_word_embeddings=True, eos_token_id=1, pad_token_id=0, attn_implementation="branched",
        )
    )  # fmt: skip


def _entries(entries: tuple[Entry, ...]) -> list[Entry]:
    return [e for entry in entries for e in (entry, *_entries(entry.then))]


def test_enough_was_written_by_hand(grammar: Grammar) -> None:
    entries = _entries(grammar.dialogues)
    assert sum(len(texts) for e in entries for texts in e.replies.values()) >= 3000
    assert len({e.topic for e in entries}) >= 150
    assert len({manner for e in entries for manner in e.replies}) >= 12


def test_every_slot_can_be_filled_and_none_is_left_open(grammar: Grammar) -> None:
    composer = Composer(grammar, random.Random(5))
    for _ in range(200):
        row = composer.row()
        texts = [
            row.system,
            row.greeting,
            *(t for e in row.exchanges for t in e),
            *(t for tail in row.tails for t in (user_text(tail), tail.reply)),
        ]
        assert not [t for t in texts if re.search(r"\{\w+\}", t)]


def test_members_of_a_family_differ_in_their_subject_alone(grammar: Grammar) -> None:
    for side in (grammar.user, grammar.persona):
        for members in side.families:
            assert len({fact.attribute for fact in members}) == len(members)
            assert len({fact.kind for fact in members}) == 1
            if len(members) > 1:
                asked = [fact.ask for fact in members]
                assert all(one != other for i, one in enumerate(asked) for other in asked[i + 1 :])


def test_nothing_that_answers_the_same_question_is_told_beside_a_fact(grammar: Grammar) -> None:
    rng = random.Random(6)
    sister = next(f for f in grammar.user.attributes if f.attribute == "sister_name")
    others = [grammar.user.draw(rng, besides=[sister], near=sister) for _ in range(300)]
    assert all(other and other is not sister for other in others)
    assert not [f.attribute for f in others if f and f.kind == "person" and f.attribute.endswith(": sister")]
    assert [f for f in others if f and f.kind == "person"], "its neighbours are drawn all the same"


def test_training_never_draws_a_held_out_name_and_probes_draw_nothing_else(grammar: Grammar) -> None:
    rng = random.Random(0)
    for kind in ("person", "pet", "city", "book", "food", "hobby"):
        assert not any(held_out(grammar.values.draw(kind, rng)) for _ in range(300))
        assert all(held_out(grammar.values.draw(kind, rng, probe=True)) for _ in range(50))


def test_facts_are_often_told_with_words_that_only_the_prompt_gives_away(grammar: Grammar) -> None:
    rng, values = random.Random(0), grammar.values
    told = [values.told("hobby", rng) for _ in range(400)]
    thrown = [value for value in told if value not in values.lists["hobby"]]
    assert 60 < len(thrown) < 180
    assert not any(held_out(value) for value in told)
    assert set(" ".join(thrown).split()) <= set(values.words)
    assert all(values.told("hobby", rng, probe=True) in values.lists["hobby"] for _ in range(50))
    assert all(values.told("day", rng) in values.lists["day"] for _ in range(50)), "a short list is all there is"


def test_an_idea_leads_to_the_reply_in_talk_and_never_answers_a_question_about_a_fact(grammar: Grammar) -> None:
    beside = {fact.family: ("Rain on the roof. Do you like it?",) for side in (grammar.user, grammar.persona) for fact in side}
    composer = Composer(grammar, random.Random(8), beside=beside)
    tails = [tail for _ in range(40) for tail in composer.row(exchanges=1, tails=12, moments=1).tails]
    talked = [tail for tail in tails if tail.lesson == "talk" and tail.idea and tail.idea not in beside["sister_name"]]
    leads = [re.fullmatch(re.escape(t.idea).replace(re.escape(GAP), ".+"), t.reply) for t in talked]
    assert len(talked) > 60 and all(leads)
    assert any(GAP in tail.idea for tail in talked)
    asked = [tail for tail in tails if tail.lesson in ("recall", "self", "untold", "unwritten")]
    assert {tail.idea for tail in asked} == {"", *beside["sister_name"]}
    assert not any(tail.idea for _ in range(5) for tail in Composer(grammar, random.Random(8)).row(tails=4).tails)


def test_what_is_near_a_message_is_shown_beside_it_and_stands_in_its_prompt(grammar: Grammar) -> None:
    row = Composer(grammar, random.Random(6), point=pointing(FakeEmbedder(dims=384))).row(exchanges=2, tails=6, moments=2)
    pointed = [tail for tail in row.tails if tail.near]
    assert pointed and any(not tail.near for tail in row.tails)
    for tail in pointed:
        shown = "\n".join((row.about_her, *tail.now.memories, *(user for user, _ in row.exchanges[: tail.after])))
        assert all(line.split(": ", 1)[1] in shown for line in tail.near)
        assert user_text(tail).endswith("".join(f"[near] {line}\n" for line in tail.near) + tail.message)


def test_replies_near_a_question_are_found_among_the_exchanges(grammar: Grammar) -> None:
    plain = load_grammar(families=False)
    found = replies_beside(plain, FakeEmbedder(dims=384).encode)
    written = {text for entry, _ in exchanges(plain.dialogues) for texts in entry.replies.values() for text in texts}
    gapped = {said(re.sub(r"\{\w+\}", GAP, text)) for text in written}
    assert found and all(text in gapped for texts in found.values() for text in texts)


def test_the_encoder_writes_what_the_chat_template_writes(grammar: Grammar, encoder: Encoder) -> None:
    row = Composer(grammar, random.Random(9)).row(exchanges=3, tails=1, moments=0)
    messages = [{"role": "system", "content": row.system}, {"role": "assistant", "content": row.greeting}]
    for user, reply in row.exchanges:
        messages += [{"role": "user", "content": user}, {"role": "assistant", "content": reply}]
    encoded = encoder.row(row)
    templated = encoder.tokenizer.apply_chat_template(messages, tokenize=True, return_dict=False)
    assert encoded.ids[0, : encoded.branches.trunk_tokens].tolist() == templated


def test_a_tail_sees_what_it_would_see_as_a_prompt_of_its_own(grammar: Grammar, encoder: Encoder, network: LlamaForCausalLM) -> None:
    beside = {fact.family: ("With _? How was it?",) for fact in grammar.user}
    row = Composer(grammar, random.Random(2), beside=beside, point=pointing(FakeEmbedder())).row(exchanges=4, tails=4, moments=2)
    assert any(tail.idea for tail in row.tails) and any(tail.near for tail in row.tails)
    encoded = encoder.row(row)
    groups = tuple(TailGroup(g.start, g.end, g.trunk_tokens, g.mask.float()) for g in encoded.branches.groups)
    branches = Branches(encoded.branches.trunk_tokens, groups)
    together = network.model(input_ids=encoded.ids, position_ids=encoded.positions, branches=branches, use_cache=False).last_hidden_state[0]
    end = encoded.branches.trunk_tokens
    now: Now | None = None
    for tail in sorted(row.tails, key=lambda t: (t.after, id(t.now))):
        ids = encoder.message("<|system|>", row.system) + encoder.message("<|assistant|>", row.greeting)
        for user, reply in row.exchanges[: tail.after]:
            ids += encoder.message("<|user|>", user) + encoder.message("<|assistant|>", reply)
        ids += encoder.message("<|user|>", user_text(tail)) + encoder.message("<|assistant|>", tail.reply)
        alone = network.model(input_ids=torch.tensor([ids]), use_cache=False).last_hidden_state[0]
        if tail.now is not now:
            now, end = tail.now, end + len(encoder.now(tail))
        own = len(encoder.question(tail)) + len(encoder.message("<|assistant|>", tail.reply))
        assert encoded.ids[0, end : end + own].tolist() == ids[-own:]
        torch.testing.assert_close(together[end : end + own], alone[-own:], atol=2e-5, rtol=1e-4)
        end += own
    assert end == encoded.ids.shape[1]


def test_training_learns_resumes_and_exports(grammar: Grammar, encoder: Encoder, network: LlamaForCausalLM, tmp_path: Path) -> None:
    network = network.to(torch.bfloat16)
    lines: list[str] = []
    asked = itertools.count()

    def minutes() -> float:
        return 60.0 if next(asked) < 60 else 0.0  # asked a few times a step

    before = network.model.embed_tokens.weight.detach().clone()
    train(network, Composer(grammar, random.Random(1)), [], encoder, minutes=minutes, checkpoint=tmp_path / "a.ckpt", say=lines.append)
    assert not torch.equal(before, network.model.embed_tokens.weight)
    trained = network.model.embed_tokens.weight.detach().clone()
    fresh = new_model(network.config).to(torch.bfloat16)
    train(fresh, Composer(grammar, random.Random(1)), [], encoder, minutes=lambda: 0.0, checkpoint=tmp_path / "a.ckpt", say=lines.append)
    assert torch.equal(trained, fresh.model.embed_tokens.weight)

    row = own_replies(fresh, Composer(grammar, random.Random(4)), encoder)
    assert int((row.labels != -100).sum()) > 0
    export(fresh, fresh, encoder.tokenizer, tmp_path / "weights")
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "weights" / "target", dtype=torch.bfloat16)
    assert torch.equal(loaded.model.embed_tokens.weight, trained)
    assert AutoTokenizer.from_pretrained(tmp_path / "weights" / "target").chat_template == encoder.tokenizer.chat_template


def test_what_is_averaged_lies_between_its_two_ends() -> None:
    from companion.starter.recipe.__main__ import averaged

    one, other = {"a": torch.tensor([1.0, 3.0], dtype=torch.bfloat16)}, {"a": torch.tensor([3.0, 3.0], dtype=torch.bfloat16)}
    assert averaged(one, other, 0.0)["a"].equal(one["a"]) and averaged(one, other, 1.0)["a"].equal(other["a"])
    half = averaged(one, other, 0.5)["a"]
    assert half.tolist() == [2.0, 3.0] and half.dtype == torch.bfloat16
