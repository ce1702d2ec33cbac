"""One file a step, `NNNN_what.py`; a step that has shipped never changes."""
