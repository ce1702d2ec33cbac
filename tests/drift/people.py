"""The personas that ship, and drifts made by hand."""

from companion.drift.meter import Drift
from companion.persona.blueprint import Blueprint
from tests.desk import library


def blueprint(name: str) -> Blueprint:
    return library().get(name).blueprint


def everyone() -> list[Blueprint]:
    return [one.blueprint for one in library().list()]


def drift(score: float, *reasons: str) -> Drift:
    """A reply whose only fault is one of facts."""
    return Drift(score, facts=score, reasons=reasons)
