"""One question, one file; the folder is the first half of its code."""
