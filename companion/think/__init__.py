"""Prompt → reply: what the model reads, and the models that write."""
