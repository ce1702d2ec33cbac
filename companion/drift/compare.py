"""The same battery with and without a persona's adapter: what the LoRA that she wears does to her."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from companion.drift.battery import Battery, Report
from companion.persona.blueprint import Blueprint


@dataclass(frozen=True, slots=True)
class Compared:
    """Two reports of the same probes.

    Attributes:
        adapter: what she wore in the first; empty where she has none, and then both are the same.
        worn, bare: with it, and without.
    """

    adapter: str
    worn: Report
    bare: Report

    @property
    def gained(self) -> float:
        """What the adapter adds to the share in character, in [−1, 1]."""
        return self.worn.score - self.bare.score


def without_adapter(blueprint: Blueprint) -> Blueprint:
    """Her as she would be with nothing over the model."""
    return blueprint.model_copy(update={"model": blueprint.model.model_copy(update={"adapter": None})})


def compare(
    blueprint: Blueprint,
    others: Sequence[Blueprint],
    ask: Callable[[Blueprint, str], "Future[Any]"],
    most: int = 24,
    over: Callable[[], bool] = lambda: False,
) -> Compared | None:
    """Asks the battery twice, with her adapter and without; once where she has none.

    Args:
        ask: asks a blueprint on the side (`Trial.ask`).
        most: probes at most, each time.
        over: asked before each; ends it without a result.

    Raises:
        CompanionError: she could not be asked.
    """
    battery, bare = Battery(blueprint, others), without_adapter(blueprint)
    worn = battery.run(lambda question: str(ask(blueprint, question).result()), most, over)
    if worn is None or not blueprint.model.adapter:
        return None if worn is None else Compared("", worn, worn)
    plain = battery.run(lambda question: str(ask(bare, question).result()), most, over)
    return None if plain is None else Compared(blueprint.model.adapter, worn, plain)
