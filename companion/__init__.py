"""Companion: a persistent synthetic persona. `companion/turn.py` is the place to start reading."""

import os

# oneDNN writes a kernel for each shape that it multiplies and keeps 1,024 of them, up to a megabyte and a half each, and PyTorch
# has a cache of its own above that one. A conversation needs some dozens, and meets new shapes all the time.
KERNELS = "256"
for cache in ("LRU_CACHE_CAPACITY", "ONEDNN_PRIMITIVE_CACHE_CAPACITY"):
    os.environ.setdefault(cache, KERNELS)
