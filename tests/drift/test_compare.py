"""With and without her adapter."""

from concurrent.futures import Future

from companion.drift.compare import compare, without_adapter
from companion.persona.blueprint import Blueprint
from tests.drift.people import blueprint, everyone

PLAIN = blueprint("ines")
WORN = PLAIN.model_copy(update={"model": PLAIN.model.model_copy(update={"adapter": "ines-lora"})})


def asked_of(asked: list[str]) -> "object":
    def ask(who: Blueprint, question: str) -> "Future[str]":
        asked.append(who.model.adapter or "")
        future: Future[str] = Future()
        future.set_result("Oh, my dear! Pipo is dancing!" if who.model.adapter else "How can I assist you today?")
        return future

    return ask


def test_an_adapter_is_taken_off_for_half_of_the_questions() -> None:
    asked: list[str] = []
    found = compare(WORN, everyone(), asked_of(asked), most=8)  # type: ignore[arg-type]
    assert found and found.adapter == "ines-lora" and asked == ["ines-lora"] * 8 + [""] * 8
    assert found.gained > 0 and [one.question for one in found.worn.answers] == [one.question for one in found.bare.answers]
    assert without_adapter(WORN) == PLAIN


def test_who_has_none_is_asked_once() -> None:
    asked: list[str] = []
    found = compare(PLAIN, everyone(), asked_of(asked), most=8)  # type: ignore[arg-type]
    assert found and found.adapter == "" and found.gained == 0 and len(asked) == 8
    assert compare(PLAIN, everyone(), asked_of(asked), over=lambda: True) is None  # type: ignore[arg-type]
