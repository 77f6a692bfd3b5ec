"""One file a page. Each answers one question, and is found by its name."""
