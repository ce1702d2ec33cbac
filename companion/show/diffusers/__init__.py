"""Painting with diffusion models: checkpoints, what they wear, how they fit into memory."""
