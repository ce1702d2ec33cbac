"""A home with a store, and unit vectors from a fixed seed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from companion.remember.protocol import Vector
from companion.store.database import open_database

os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    engine = open_database(home)
    yield engine
    engine.dispose()


@pytest.fixture
def unit() -> Callable[[int], Vector]:
    """`unit(n)`: float32 (n, 48), each of length 1, the same every time."""

    def make(count: int, dims: int = 48) -> Vector:
        vectors = np.random.default_rng(7).standard_normal((count, dims)).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    return make
