"""What reports come to, side by side, and what changed since the last."""
