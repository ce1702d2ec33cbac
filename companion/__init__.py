"""Companion: a persistent synthetic persona. `companion/turn.py` is the place to start reading."""

import os

# oneDNN writes a kernel for each shape that it multiplies and keeps 1,024 of them, up to a megabyte and a half each, and PyTorch
# has a cache of its own above that one. A conversation needs some dozens, and meets new shapes all the time.
os.environ.setdefault("LRU_CACHE_CAPACITY", "256")
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "256")

# What NumPy multiplies here is small. OpenBLAS would give it to threads that, each time, look out for more for 50 ms, on the cores
# that a reply is being written on.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# libgomp's threads wait for each other at every product by looking: on a machine that is busy otherwise the one looks for as long as
# the other is kept from going on, and a pass takes 100 times as long. After looking 1,000 times they now fall asleep.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
