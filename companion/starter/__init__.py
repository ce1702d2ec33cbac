"""The built-in language model: its weights, the texts it learnt from, and the recipe that trains it."""
