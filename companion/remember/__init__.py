"""From what is being said to what she recalls: embedder, vector index, lexical index, fusion. No language model, ever."""
