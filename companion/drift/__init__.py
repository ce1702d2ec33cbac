"""Whether she stays herself, measured turn by turn: a meter of each reply, a battery of probes, and what is done when she drifts.

Nothing here asks a model: whoever runs a battery hands in how she is asked (`companion.trial`).
"""
