"""Files as they are in a git revision."""
