"""Replies that fit a schema, from models with random weights: what they write is noise, and valid all the same."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from pydantic import BaseModel, ConfigDict, Field

from companion.errors import ModelError
from companion.think.local import LocalEngine
from companion.think.protocol import Constraints, GenerationRequest, Piece, Prompt, PromptMessage, Written
from companion.think.structure import Structures
from tests.think.checkpoints import TOKENIZERS, save_checkpoint, starter_like

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["found"],
    "properties": {
        "found": {
            "type": "array",
            "minItems": 1,
            "maxItems": 2,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["what", "value", "denied"],
                "properties": {
                    "what": {"enum": ["name", "home"]},
                    "value": {"type": "string", "maxLength": 12},
                    "denied": {"type": "boolean"},
                },
            },
        }
    },
}
TALK = (PromptMessage("system", "You are Ada."), PromptMessage("user", "Hello there, how are you today?"))


def asked(seed: int = 0, temperature: float = 0.0, schema: Any = SCHEMA, **more: Any) -> GenerationRequest:
    bounds = Constraints(temperature=temperature, top_p=1, min_p=0, repetition_penalty=1, max_tokens=300, seed=seed)
    return GenerationRequest(Prompt(TALK), replace(bounds, **more), schema=schema)


def written(events: Iterator[Piece | Written]) -> tuple[str, Written]:
    *pieces, last = events
    assert isinstance(last, Written)
    return "".join(piece.text for piece in pieces if isinstance(piece, Piece)), last


class Found(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    what: Literal["name", "home"]
    value: str = Field(max_length=12)
    denied: bool


class Reply(BaseModel):
    """What the schema says, said otherwise."""

    model_config = ConfigDict(extra="forbid", strict=True)

    found: list[Found] = Field(min_length=1, max_length=2)


def checked(text: str) -> None:
    Reply.model_validate_json(text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_checkpoint(tmp_path_factory.mktemp("models") / "tiny", starter_like())


@pytest.mark.parametrize("name", sorted(TOKENIZERS))
def test_whatever_a_model_writes_it_fits(name: str, tmp_path: Path) -> None:
    engine = LocalEngine(save_checkpoint(tmp_path / name, TOKENIZERS[name]()), device="cpu", dtype="float32")
    told = set()
    for seed in range(2):
        text, account = written(engine.write(asked(seed, temperature=1.5)))
        checked(text)
        assert account.reason == "end"
        told.add(text)
    assert len(told) == 2
    checked(written(engine.write(asked()))[0])
    free, _ = written(engine.write(asked(schema=None, max_tokens=24)))
    with pytest.raises(json.JSONDecodeError):
        json.loads(free)


@pytest.mark.parametrize("temperature", [0.0, 1.2])
def test_guesses_and_kept_states_change_nothing(folder: Path, tmp_path: Path, temperature: float) -> None:
    draft = save_checkpoint(tmp_path / "draft", starter_like())
    alone = LocalEngine(folder, device="cpu", dtype="float32", cache_bytes=0)
    helped = LocalEngine(folder, draft=draft, device="cpu", dtype="float32")
    for seed in range(4):
        request = replace(asked(seed, temperature), cache_key="one")
        text, account = written(helped.write(request))
        assert text == written(alone.write(request))[0]
        checked(text)
        assert account.plain == "" and sum(account.drafted.values()) > 0
        assert seed == 0 or account.reused_tokens > 0
    assert account.accepted["model"] > 0


def test_a_model_that_cannot_be_cut_keeps_to_it_as_well(tmp_path: Path) -> None:
    windowed = save_checkpoint(tmp_path / "windowed", starter_like(), window=16)
    text, account = written(LocalEngine(windowed, device="cpu", dtype="float32").write(asked(1, temperature=1.0)))
    checked(text)
    assert "cannot be cut" in account.plain


def test_a_reply_that_is_cut_short_says_so(folder: Path) -> None:
    text, account = written(LocalEngine(folder, device="cpu", dtype="float32").write(asked(max_tokens=6)))
    assert account.reason == "length"
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


def test_the_bound_is_a_function_of_the_tokens_alone() -> None:
    tokenizer = starter_like()
    structures = Structures(tokenizer, len(tokenizer) + 8, [tokenizer.eos_token_id])
    ids = tokenizer.encode('{"found":[{"what":"home","value":"Porto","denied":false}]}', add_special_tokens=False)
    scores = torch.zeros(1, len(tokenizer) + 8)

    def allowed(bound: Any, history: list[int]) -> list[int]:
        out: list[int] = bound(torch.tensor([history], dtype=torch.long), scores)[0].isfinite().nonzero().flatten().tolist()
        return out

    once = [allowed(structures.bound(SCHEMA), ids[:n]) for n in range(len(ids) + 1)]
    again = structures.bound(SCHEMA)
    for n in [*range(len(ids), -1, -1), 3, len(ids), 0, len(ids) - 1, len(ids)]:
        assert allowed(again, ids[:n]) == once[n]
        assert n == len(ids) or ids[n] in once[n]
    assert once[-1] == [tokenizer.eos_token_id]
    assert once[0] != once[1] and max(map(len, once)) < len(tokenizer)
    astray = [*ids[:4], ids[0], ids[0]]
    assert len(allowed(again, astray)) == len(tokenizer) + 8
    assert allowed(again, ids[:4]) == once[4]


def test_a_tokenizer_of_another_kind_says_so() -> None:
    with pytest.raises(ModelError, match="cannot be held"):
        Structures(object(), 100, [1]).bound(SCHEMA)


def test_a_schema_that_is_none_is_a_mistake_of_ours() -> None:
    tokenizer = starter_like()
    with pytest.raises(ValueError, match="cannot be held to"):
        Structures(tokenizer, len(tokenizer), [1]).bound({"type": "nothing"})


def test_an_error_over_a_schema_costs_no_kept_state(folder: Path) -> None:
    engine = LocalEngine(folder, device="cpu", dtype="float32")
    plain = replace(asked(schema=None, max_tokens=4), cache_key="one")
    written(engine.write(plain))
    with pytest.raises(ValueError):
        written(engine.write(replace(plain, schema={"type": "nothing"})))
    assert written(engine.write(plain))[1].reused_tokens > 0
