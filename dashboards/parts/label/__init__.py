"""One rater's way through a blind sample."""
