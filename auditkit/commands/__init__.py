"""What each command does: it returns what it has to say, and its exit code."""
