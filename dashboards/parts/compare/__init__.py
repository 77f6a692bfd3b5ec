"""Which reports stand side by side."""
