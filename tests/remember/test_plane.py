import numpy as np

from companion.remember.fake import FakeEmbedder
from companion.remember.plane import Plane


def test_what_is_alike_lies_close_together() -> None:
    points = Plane(FakeEmbedder()).lay_out(["red green blue", "red green blue one", "cat dog horse", "cat dog horse two"])
    assert np.linalg.norm(points[0] - points[1]) < np.linalg.norm(points[0] - points[2])
    assert np.abs(points).max() <= 1


def test_the_same_notes_lie_the_same_way_and_are_embedded_once() -> None:
    embedder = FakeEmbedder()
    plane, notes = Plane(embedder), ["a b", "c d", "e f", "a b"]
    assert (plane.lay_out(notes) == plane.lay_out(notes)).all()
    assert len(embedder.asked) == 3


def test_few_notes_are_no_mistake() -> None:
    plane = Plane(FakeEmbedder())
    assert plane.lay_out([]).shape == (0, 2)
    assert plane.lay_out(["one"]).tolist() == [[0, 0]]
    assert plane.lay_out(["one", "two"]).shape == (2, 2)
