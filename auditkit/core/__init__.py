"""The nouns: frozen, typed, free of input and output."""
