"""Sees that the files of an embedded Chroma index fit together, before Chroma opens them.

Its native code trusts what it reads: a file cut short by a crash ends the whole program. So the layout is checked here (hnswlib's,
as Chroma 1.5 keeps it): header, rows, links, upper links and lengths, which row is whose, and in SQLite how far the graph has come.
Nothing is repaired, because the database can always fill an index again. 100,000 vectors take about a second.
"""

import pickle
import sqlite3
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from companion.remember.vectors import IndexLost

DATABASE = "chroma.sqlite3"
ROWS_AT_ONCE = 8192
BLANK_BYTES = 1 << 20
_HEADER = struct.Struct("<i6QiIQQQdQ")
_DAMAGED = "its files are damaged"
# What reading noise may raise; MemoryError, where it speaks of sizes beyond reason.
_UNREADABLE = (
    *(OSError, EOFError, MemoryError, sqlite3.Error, struct.error, pickle.UnpicklingError),
    *(LookupError, AttributeError, ValueError, TypeError, OverflowError),
)


@dataclass(frozen=True, slots=True)
class _Header:
    """What hnswlib writes first; sizes and offsets in bytes."""

    version: int
    level0_offset: int
    most: int
    rows: int
    row_bytes: int
    label_offset: int
    vector_offset: int
    top_level: int
    entry: int
    links: int
    links0: int
    neighbours: int
    spread: float
    effort: int


def check(folder: Path) -> None:
    """Reads every file once.

    Args:
        folder: of a client that is not open.

    Raises:
        IndexLost: they do not fit together.
    """
    try:
        graph, reached, written = _progress(folder / DATABASE)
        if reached or (graph and (folder / graph).exists()):
            labels = _check_graph(folder / graph)
            if reached:
                _check_owners(folder / graph / "index_metadata.pickle", labels, written)
    except _UNREADABLE as error:
        raise IndexLost(_DAMAGED) from error


def blank_unused(folder: Path) -> None:
    """Writes zeros over the rows that are set aside and not used: the native code saves memory there as it found it, in which
    vectors that were removed before may still stand.

    Args:
        folder: of a client that is not open. What is damaged is left to `check`.
    """
    for header_path in folder.glob("*/header.bin"):
        try:
            header = _Header(*_HEADER.unpack(header_path.read_bytes()))
        except struct.error:
            continue
        rows = header_path.with_name("data_level0.bin")
        used = header.rows * header.row_bytes
        if rows.exists() and 0 <= used < (size := rows.stat().st_size):
            with rows.open("r+b") as stream:
                stream.seek(used)
                while (left := size - stream.tell()) > 0:
                    stream.write(bytes(min(left, BLANK_BYTES)))


class _PlainUnpickler(pickle.Unpickler):
    """Reads dicts, texts and numbers, and nothing that could run."""

    def find_class(self, module: str, name: str) -> None:
        """Refuses every class and function."""
        raise pickle.UnpicklingError("only plain data belongs here")


def _check_owners(path: Path, labels: NDArray[np.uint64], written: set[str]) -> None:
    """Every row has one owner, every owner one row, and nobody is missing."""
    with path.open("rb") as stream:
        kept = _PlainUnpickler(stream).load()
    owners, rows = kept["id_to_label"], kept["label_to_id"]
    _insist({label: one for one, label in owners.items()} == rows and len(owners) == len(rows))
    _insist(set(rows) == set(labels.tolist()) and len(rows) == len(labels) and written <= set(owners))


def _progress(path: Path) -> tuple[str, int, set[str]]:
    """The graph's folder, the last change that is in its files, and the ids that were last changed before that."""
    with path.open("rb") as stream:
        _insist(stream.read(16) == b"SQLite format 3\0")
    # Not read-only: what a crash left unfinished in the journal is rolled back by whoever opens it first.
    connection = sqlite3.connect(path, timeout=5)
    try:
        _insist(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        graphs = connection.execute("SELECT id FROM segments WHERE scope = 'VECTOR'").fetchall()
        if not graphs:  # made, and never used
            return "", 0, set()
        _insist(len(graphs) == 1)
        graph = str(graphs[0][0])
        reached = connection.execute("SELECT seq_id FROM max_seq_id WHERE segment_id = ?", (graph,)).fetchone()
        at = int(reached[0]) if reached else 0
        first = connection.execute("SELECT min(seq_id) FROM embeddings_queue").fetchone()[0]
        _insist(first is None or int(first) <= at + 1)  # else changes are gone that the graph has not seen
        written = {str(row[0]) for row in connection.execute("SELECT embedding_id FROM embeddings WHERE seq_id <= ?", (at,))}
        return graph, at, written
    finally:
        connection.close()


def _check_graph(folder: Path) -> NDArray[np.uint64]:
    """The labels of the rows that are in the graph, without those that it only marks as deleted."""
    header = _Header(*_HEADER.unpack((folder / "header.bin").read_bytes()))
    dims, rest = divmod(header.label_offset - header.vector_offset, 4)
    _insist(header.version == 1 and header.level0_offset == 0 and rest == 0 and dims > 0)
    _insist(header.vector_offset == 4 + 4 * header.links0 and header.row_bytes == header.label_offset + 8)
    _insist(header.rows <= header.most and (header.rows == 0 or header.entry < header.rows) and header.links <= header.links0)
    rows = folder / "data_level0.bin"
    _insist(rows.stat().st_size >= header.rows * header.row_bytes)
    _insist((folder / "length.bin").stat().st_size >= 4 * header.rows)
    labels = [np.zeros(0, dtype=np.uint64)]
    with rows.open("rb") as stream:
        for first in range(0, header.rows, ROWS_AT_ONCE):
            count = min(ROWS_AT_ONCE, header.rows - first)
            block = np.frombuffer(stream.read(count * header.row_bytes), dtype=np.uint8).reshape(count, header.row_bytes)
            labels.append(_check_rows(block, header))
    _check_upper((folder / "link_lists.bin").read_bytes(), header)
    return np.concatenate(labels)


def _check_rows(block: NDArray[np.uint8], header: _Header) -> NDArray[np.uint64]:
    links = np.ascontiguousarray(block[:, : header.vector_offset]).view(np.uint32)
    counts = links[:, 0] & 0xFFFF
    used = np.arange(header.links0) < counts[:, None]
    _insist(bool((counts <= header.links0).all()) and bool((links[:, 1:][used] < header.rows).all()))
    vectors = np.ascontiguousarray(block[:, header.vector_offset : header.label_offset]).view(np.float32)
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(vectors, axis=1)
    _insist(bool((np.abs(lengths - 1) < 0.01).all()))  # cosine space: all are of unit length; zeros and noise are not
    labels = np.ascontiguousarray(block[:, header.label_offset :]).view(np.uint64)[:, 0]
    live: NDArray[np.uint64] = labels[(links[:, 0] >> 16) & 1 == 0]
    return live


def _check_upper(lists: bytes, header: _Header) -> None:
    """Each row's links above the lowest level: their length in bytes, then a count and ids for each level."""
    at, level_bytes = 0, 4 + 4 * header.links
    for _ in range(header.rows):
        (size,) = struct.unpack_from("<I", lists, at)
        at += 4
        _insist(size % level_bytes == 0 and size <= len(lists) - at)
        for start in range(at, at + size, level_bytes):
            count, *ids = struct.unpack_from(f"<{1 + header.links}I", lists, start)
            count &= 0xFFFF
            _insist(count <= header.links and all(one < header.rows for one in ids[:count]))
        at += size


def _insist(sound: bool) -> None:
    if not sound:
        raise ValueError("the files of the index do not fit together")
